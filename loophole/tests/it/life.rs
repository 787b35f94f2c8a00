//! Starting, dying, starting again, ending: and nothing left behind.

use rustix::process::Signal;

use crate::fixture::{Home, eventually, send};

#[test]
fn everything_starts_and_ctrl_c_leaves_nothing() {
    let home = Home::new();
    let mut running = home.start(&["--new", "Song.loophole"]);
    assert!(
        running.url.starts_with("http://127.0.0.1:") && running.url.contains("/#token="),
        "{}",
        running.url
    );
    assert!(running.page().starts_with("HTTP/1.1 200"), "{}", running.page());
    assert!(home.path("Song.loophole").is_dir());

    let processes = running.processes();
    let supervisor = &processes[0];
    assert_eq!(
        (&supervisor["kind"], supervisor["pid"].as_u64()),
        (&"supervisor".into(), Some(running.pid()))
    );
    for process in &processes {
        assert!(process["memory_bytes"].as_u64().is_some_and(|bytes| bytes > 100_000), "{process}");
        assert_eq!(process["restarts"], 0);
    }
    assert!(running.end_by(Signal::INT), "{}", home.terminal());
    assert_eq!(home.survivors(), [""; 0]);
    assert!(home.runtime_entries().is_empty());
}

#[test]
fn each_killed_process_comes_back_and_the_terminal_says_so() {
    let home = Home::new();
    let mut running = home.start(&["--new", "Song.loophole"]);
    let url = running.url.clone();
    for kind in ["pulse", "signal", "aura"] {
        let before = running.await_other(kind, 0)["pid"].as_u64().expect("pid");
        send(before, Signal::KILL);
        let after = running.await_other(kind, before);
        assert_eq!(after["restarts"], 1, "{after}");
        assert_eq!(after["last_exit"], "ended by signal 9 (SIGKILL)");
        let line = format!("loophole: {kind} ended by signal 9 (SIGKILL); starting it again");
        assert!(home.terminal().contains(&line), "{}", home.terminal());
    }
    assert_eq!(running.url, url);
    assert!(running.page().starts_with("HTTP/1.1 200"), "the port survives Aura");
    assert!(running.end_by(Signal::TERM));
    assert_eq!(home.survivors(), [""; 0]);
}

#[test]
fn killed_supervisor_leaves_no_orphan_and_the_next_start_removes_its_sockets() {
    let home = Home::new();
    let mut running = home.start(&["--new", "Song.loophole"]);
    let folder = home.path(&format!("run/loophole/{}", running.pid()));
    assert!(folder.join("supervisor.sock").exists());
    assert!(!running.end_by(Signal::KILL));
    eventually("no process is left", || home.survivors().is_empty());
    assert!(folder.exists());

    let mut next = home.start(&["Song.loophole"]);
    assert!(!folder.exists());
    assert!(next.end_by(Signal::INT));
    assert!(home.runtime_entries().is_empty());
}

#[test]
fn kill_and_stop_do_what_they_say_and_only_to_ours() {
    let home = Home::new();
    let mut running = home.start(&["--new", "Song.loophole"]);
    let before = running.await_other("signal", 0)["pid"].as_u64().expect("pid");
    home.run(&["kill", &before.to_string()]).succeeded();
    running.await_other("signal", before);
    let foreign = home.run(&["kill", &std::process::id().to_string()]).refused();
    assert!(foreign.contains("none of Loophole's processes"), "{foreign}");
    let own = home.run(&["kill", &running.pid().to_string()]).refused();
    assert!(own.contains("can be killed"), "{own}");
    home.run(&["stop"]).succeeded();
    assert!(running.child.wait().expect("wait").success());
    assert_eq!(home.survivors(), [""; 0]);
    assert_eq!(home.run(&["stop"]).refused(), "loophole: Loophole is not running");
}

#[test]
fn loophole_alone_opens_the_last_song_again() {
    let home = Home::new();
    let opened = |home: &Home| {
        let mut running = home.start(&[]);
        let all = home.run(&["ps", "--json"]).json();
        assert!(running.end_by(Signal::INT));
        all[0]["song_path"].as_str().expect("path").to_owned()
    };
    let first = opened(&home);
    assert!(first.ends_with("data/loophole/songs/Untitled.loophole"), "{first}");
    assert_eq!(opened(&home), first);
}

#[test]
fn song_that_cannot_be_opened_ends_it_with_the_reason() {
    let home = Home::new();
    let song = home.song("Busy", r#"{"set_song": {"name": "Busy"}}"#);
    let _running = home.start(&["Busy.loophole"]);
    let refused = home.run(&[song.to_str().expect("UTF-8"), "--no-browser"]);
    assert!(!refused.ok);
    assert!(refused.stderr.contains("open already"), "{}", refused.stderr);
    assert_eq!(home.runtime_entries().len(), 1, "only the first one's folder is left");
}

#[test]
fn log_gathers_all_processes() {
    let home = Home::new();
    let mut running = home.start(&["--new", "Song.loophole"]);
    let pid = running.await_other("aura", 0)["pid"].as_u64().expect("pid");
    send(pid, Signal::KILL);
    running.await_other("aura", pid);
    assert!(running.end_by(Signal::INT));
    let log = home.run(&["logs"]).succeeded();
    assert!(log.contains("loophole opening "), "{log}");
    assert!(log.contains("loophole aura ended by signal 9"), "{log}");
    let token = running.url.split("token=").nth(1).expect("token");
    assert!(!log.contains(token), "the token does not belong in a log");
}
