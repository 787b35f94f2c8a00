//! Other songs in a Loophole that runs: opened, begun, copied, refused; and nothing left behind.

use std::{
    fs,
    path::Path,
    time::{Duration, Instant},
};

use rustix::process::Signal;

use crate::fixture::{Home, Running, eventually, send};

/// A song with one marker of its own.
fn marked(name: &str) -> String {
    format!(
        "{{\"set_song\": {{\"name\": \"{name}\"}}}}\n{{\"add_marker\": {{\"position\": 0, \"name\": \"{name}\"}}}}"
    )
}

fn open_song(home: &Home) -> String {
    let all = home.run(&["ps", "--json"]).json();
    let path = all[0]["song_path"].as_str().expect("a path");
    Path::new(path).file_stem().expect("a name").to_string_lossy().into_owned()
}

fn pulses(running: &Running<'_>) -> usize {
    running.processes().iter().filter(|process| process["kind"] == "pulse").count()
}

/// Descriptors of the supervisor, and how many of them are memory.
fn descriptors(running: &Running<'_>) -> (usize, usize) {
    let entries = fs::read_dir(format!("/proc/{}/fd", running.pid())).expect("its descriptors");
    let targets: Vec<String> = entries
        .filter_map(|entry| fs::read_link(entry.ok()?.path()).ok())
        .map(|target| target.to_string_lossy().into_owned())
        .collect();
    (targets.len(), targets.iter().filter(|target| target.starts_with("/memfd:")).count())
}

/// The same once it has not changed for a while: a process that ended a moment ago may still be held.
fn descriptors_at_rest(running: &Running<'_>) -> (usize, usize) {
    let (mut last, mut since) = (descriptors(running), Instant::now());
    eventually("descriptors come to rest", || {
        let now = descriptors(running);
        if std::mem::replace(&mut last, now) != now {
            since = Instant::now();
        }
        since.elapsed() > Duration::from_secs(1)
    });
    last
}

fn locked(song: &Path) -> bool {
    fs::read_to_string(song.join("lock")).is_ok_and(|text| !text.is_empty())
}

#[test]
fn another_song_is_opened_and_begun_and_the_last_one_opens_next_time() {
    let home = Home::new();
    let (one, two) = (home.song("One", &marked("One")), home.song("Two", &marked("Two")));
    let mut running = home.start(&["One.loophole"]);
    let before = running.await_other("pulse", 0)["pid"].as_u64().expect("a pid");
    let opened = home.run(&["switch", "Two.loophole"]).succeeded();
    assert_eq!(opened.trim(), two.to_str().expect("UTF-8"));
    assert_eq!(open_song(&home), "Two");
    assert!(!locked(&one) && locked(&two));
    assert_eq!(home.run(&["info", "Two.loophole", "--json"]).json()["name"], "Two");
    assert_eq!(home.run(&["switch", "Two.loophole"]).succeeded().trim(), two.to_str().expect("UTF-8"));

    // Killed, it comes back with the song that is open.
    let pulse = running.await_other("pulse", before)["pid"].as_u64().expect("a pid");
    home.run(&["kill", &pulse.to_string()]).succeeded();
    running.await_other("pulse", pulse);
    assert_eq!(home.run(&["info", "Two.loophole", "--json"]).json()["name"], "Two");

    let untitled = home.run(&["switch"]).succeeded();
    assert!(untitled.trim().ends_with("data/loophole/songs/Untitled.loophole"), "{untitled}");
    let begun = home.run(&["switch", "--new", "Three.loophole"]).succeeded();
    assert!(Path::new(begun.trim()).join("journal").is_dir());
    assert_eq!(home.run(&["info", "Three.loophole", "--json"]).json()["name"], "Three");
    assert!(running.end_by(Signal::INT), "{}", home.terminal());
    assert_eq!(home.survivors(), [""; 0]);

    let mut again = home.start(&[]);
    assert_eq!(open_song(&home), "Three");
    assert!(again.end_by(Signal::INT));
}

#[test]
fn songs_are_listed_newest_first_with_who_has_them_open() {
    let home = Home::new();
    home.song("One", &marked("One"));
    let _running = home.start(&["One.loophole"]);
    home.run(&["switch"]).succeeded();
    home.run(&["switch", "One.loophole"]).succeeded();
    let songs = home.run(&["songs", "--json"]).json();
    let names: Vec<&str> =
        songs.as_array().expect("a list").iter().filter_map(|it| it["name"].as_str()).collect();
    assert_eq!(names, ["One", "Untitled"]);
    assert!(songs[0]["open_by_pid"].as_u64().is_some_and(|pid| pid > 0) && songs[1]["open_by_pid"] == 0);
    assert!(songs[0]["changed_ms"].as_i64() > Some(0) && songs[0]["opened_ms"].as_i64() > Some(0));
    let text = home.run(&["songs"]).succeeded();
    assert!(
        text.lines().next().is_some_and(|line| line.starts_with("One") && line.contains("open, by")),
        "{text}"
    );
}

#[test]
fn refused_song_leaves_the_present_one_as_it_is() {
    let home = Home::new();
    let _one = home.song("One", &marked("One"));
    let newer = home.song("Newer", &marked("Newer"));
    let manifest = newer.join("song.json");
    let text = fs::read_to_string(&manifest).expect("reads");
    fs::write(&manifest, text.replace("\"format\":1", "\"format\":2")).expect("writes");
    let damaged = home.song("Damaged", &marked("Damaged"));
    fs::write(damaged.join("song.json"), "{").expect("writes");
    for segment in fs::read_dir(damaged.join("journal")).expect("reads") {
        fs::write(segment.expect("an entry").path(), "no journal\n").expect("writes");
    }
    home.song("Busy", &marked("Busy"));
    fs::create_dir(home.path("Folder.loophole")).expect("makes");
    fs::write(home.path("File.loophole"), "").expect("writes");
    let mut other = home.start(&["Busy.loophole"]);
    let running = home.start(&["One.loophole"]);
    let pid = running.pid().to_string();
    let pulse = running.await_other("pulse", 0)["pid"].clone();
    for (name, reason) in [
        ("Newer", "newer Loophole"),
        ("Damaged", "can't be opened"),
        ("Busy", "open already"),
        ("Folder", "no song"),
        ("File", "a song is a folder"),
        ("Absent", "does not exist"),
    ] {
        let refused = home.run(&["switch", &format!("{name}.loophole"), "--pid", &pid]).refused();
        assert!(refused.contains(reason), "{name}: {refused}");
        assert_eq!(running.await_other("pulse", 0)["pid"], pulse, "{name}: the same Pulse goes on");
    }
    for bad in ["../x", "Busy"] {
        let refused = home.run(&["switch", "--new", &format!("{bad}.song"), "--pid", &pid]).refused();
        assert!(refused.contains(".loophole"), "{refused}");
    }
    assert_eq!(pulses(&running), 1);
    assert_eq!(home.run(&["info", "One.loophole", "--json"]).json()["name"], "One");
    assert!(other.end_by(Signal::INT));
    // What was locked a moment ago can be opened now.
    home.run(&["switch", "Busy.loophole", "--pid", &pid]).succeeded();
}

#[test]
fn copy_of_an_open_and_of_a_closed_song_is_a_song_of_its_own() {
    let home = Home::new();
    home.song("One", &marked("One"));
    let _running = home.start(&["One.loophole"]);
    home.run(&["copy", "One.loophole", "-o", "Copy.loophole"]).succeeded();
    home.run(&["copy", "Copy.loophole", "-o", "Second.loophole"]).succeeded();
    for name in ["Copy", "Second"] {
        let info = home.run(&["info", &format!("{name}.loophole"), "--json"]).json();
        assert_eq!((info["name"].as_str(), &info["diagnostics"]), (Some(name), &serde_json::json!([])));
    }
    let taken = home.run(&["copy", "One.loophole", "-o", "Copy.loophole"]).refused();
    assert!(taken.contains("there already"), "{taken}");
    home.run(&["switch", "Second.loophole"]).succeeded();
    assert_eq!(open_song(&home), "Second");
}

#[test]
fn fifty_switches_leave_no_process_no_memory_and_no_lock() {
    let home = Home::new();
    let songs = [home.song("One", &marked("One")), home.song("Two", &marked("Two"))];
    let mut running = home.start(&["One.loophole"]);
    home.run(&["switch", "Two.loophole"]).succeeded();
    home.run(&["switch", "One.loophole"]).succeeded();
    let before = descriptors_at_rest(&running);
    for round in 0..50 {
        let name = ["Two", "One"][round % 2];
        home.run(&["switch", &format!("{name}.loophole")]).succeeded();
        assert_eq!(open_song(&home), name);
    }
    eventually(&format!("there are {before:?} descriptors again"), || descriptors(&running) == before);
    assert!(locked(&songs[0]) && !locked(&songs[1]));
    assert_eq!(pulses(&running), 1);
    let sockets = fs::read_dir(home.path(&format!("run/loophole/{}", running.pid()))).expect("reads").count();
    assert_eq!(sockets, 5, "a lock, three sockets, and what leads to Pulse's");
    assert!(running.end_by(Signal::TERM), "{}", home.terminal());
    assert_eq!(home.survivors(), [""; 0]);
    for song in &songs {
        assert!(!locked(song));
        let info = home.run(&["info", song.to_str().expect("UTF-8"), "--json"]).json();
        assert_eq!(info["diagnostics"], serde_json::json!([]));
    }
}

#[test]
fn whoever_is_killed_in_a_switch_one_of_the_songs_is_open() {
    let home = Home::new();
    home.song("One", &marked("One"));
    home.song("Two", &marked("Two"));
    for victim in ["pulse", "signal", "aura"] {
        for pause_ms in [0, 40, 120, 300] {
            let mut running = home.start(&["One.loophole"]);
            let pid = running.await_other(victim, 0)["pid"].as_u64().expect("a pid");
            let mut switch = home.command(&["switch", "Two.loophole"]).spawn().expect("spawns");
            std::thread::sleep(std::time::Duration::from_millis(pause_ms));
            // The old Pulse may be gone by then.
            if Path::new(&format!("/proc/{pid}")).exists() {
                send(pid, Signal::KILL);
            }
            let switched = switch.wait().expect("ends").success();
            for kind in ["pulse", "signal", "aura"] {
                running.await_other(kind, 0);
            }
            let name = open_song(&home);
            assert_eq!(name, if switched { "Two" } else { "One" }, "{victim} after {pause_ms} ms");
            let info = home.run(&["info", &format!("{name}.loophole"), "--json"]).json();
            assert_eq!(info["name"], name.as_str(), "the open song answers");
            assert!(running.end_by(Signal::INT), "{}", home.terminal());
            assert_eq!(home.survivors(), [""; 0], "{victim} after {pause_ms} ms");
        }
    }
}

#[test]
fn killed_supervisor_leaves_either_song_whole() {
    let home = Home::new();
    home.song("One", &marked("One"));
    home.song("Two", &marked("Two"));
    for pause_ms in [0, 60, 150, 400] {
        let mut running = home.start(&["One.loophole"]);
        let mut switch = home.command(&["switch", "Two.loophole"]);
        let mut switch = switch.stderr(std::process::Stdio::null()).spawn().expect("spawns");
        std::thread::sleep(std::time::Duration::from_millis(pause_ms));
        assert!(!running.end_by(Signal::KILL));
        switch.wait().expect("ends");
        eventually("no process is left", || home.survivors().is_empty());
        let mut again = home.start(&[]);
        let name = open_song(&home);
        assert!(["One", "Two"].contains(&name.as_str()), "{name}");
        assert!(again.end_by(Signal::INT));
        for name in ["One", "Two"] {
            let info = home.run(&["info", &format!("{name}.loophole"), "--json"]).json();
            assert_eq!((info["name"].as_str(), &info["diagnostics"]), (Some(name), &serde_json::json!([])));
        }
    }
}
