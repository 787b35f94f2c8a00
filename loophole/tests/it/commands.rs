//! Commands on songs that are closed, and on songs that are open.

use std::fs;

use rustix::process::Signal;
use sha2::{Digest as _, Sha256};

use crate::fixture::Home;

/// A bar of two notes on the built-in synth, in 4/4 at 120 bpm.
const TUNE: &str = r#"
{"transaction": "A tune"}
{"add_track": {"id": 100, "kind": "TRACK_KIND_INSTRUMENT", "name": "Bass"}}
{"add_device": {"id": 101, "track": 100, "builtin": "tide"}}
{"add_note_clip": {"id": 102, "track": 100, "start": 0, "length": 184504320, "notes": [{"start": 0, "length": 46126080, "pitch": 45}, {"start": 92252160, "length": 46126080, "pitch": 52}]}}
{"transaction": "Mix it"}
{"set_track": {"id": 100, "fader_db": -6.0}}
"#;

#[test]
fn script_makes_a_song_and_info_counts_it() {
    let home = Home::new();
    let done = home.run_with(&["edit", "--new", "Tune.loophole", "-", "--json"], TUNE).json();
    assert_eq!(done[0]["transaction"]["created"][1], 101);
    let (first, second) = (&done[0]["transaction"]["sequence"], &done[1]["transaction"]["sequence"]);
    assert_eq!(second.as_u64(), first.as_u64().map(|sequence| sequence + 1));
    let info = home.run(&["info", "Tune.loophole", "--json"]).json();
    assert_eq!((&info["clips"], &info["notes"], &info["devices"]), (&1.into(), &2.into(), &1.into()));
    assert!(info["tracks"].as_u64().is_some_and(|tracks| tracks >= 2), "the track and the master: {info}");
    assert_eq!(info["transactions"], *second);
    assert_eq!(info["length_quarters"], 4.0);
    assert_eq!(info["tempo_map"][0]["bpm"], 120.0);
    assert!(home.runtime_entries().is_empty() && home.survivors().is_empty());
}

#[test]
fn undo_and_redo_work_across_scripts() {
    let home = Home::new();
    home.song("Tune", TUNE);
    let notes = || home.run(&["info", "Tune.loophole", "--json"]).json()["notes"].as_u64();
    let undo_all = "{\"undo\": {}}\n{\"undo\": {}}";
    let done = home.run_with(&["edit", "Tune.loophole", "-", "--json"], undo_all).json();
    assert_eq!(done[1]["undone"]["label"], "A tune");
    assert_eq!(notes(), Some(0));
    home.run_with(&["edit", "Tune.loophole", "-"], "{\"redo\": {}}").succeeded();
    assert_eq!(notes(), Some(2));
}

#[test]
fn refused_line_is_named_with_its_rule_and_changes_nothing() {
    let home = Home::new();
    home.song("Tune", TUNE);
    let script = "{\"set_song\": {\"name\": \"x\"}}\n\n{\"set_track\": {\"id\": 100, \"pan\": 7}}";
    let error = home.run_with(&["edit", "Tune.loophole", "-"], script).refused();
    assert!(error.starts_with("loophole: line 3 (set_track)"), "{error}");
    let name = home.run(&["info", "Tune.loophole", "--json"]).json()["name"].clone();
    assert_eq!(name, "Tune", "the whole transaction was refused");
}

#[test]
fn errors_are_one_clear_line() {
    let home = Home::new();
    fs::write(home.path("file.loophole"), "no song").expect("file");
    for (arguments, part) in [
        (vec!["info", "missing.loophole"], "cannot open"),
        (vec!["info", "file.loophole"], "a song is a folder"),
        (vec!["missing.loophole"], "--new creates it"),
        (vec!["edit", "missing.loophole", "/dev/null"], "cannot open"),
        (vec!["edit", "--new", "odd-name", "/dev/null"], "ends in .loophole"),
        (vec!["edit", "x.loophole", "missing.txt"], "cannot read missing.txt"),
        (vec!["render", "missing.loophole", "-o", "x.wav"], "cannot open"),
    ] {
        let error = home.run(&arguments).refused();
        assert!(error.starts_with("loophole: ") && error.contains(part), "{arguments:?}: {error}");
    }
    assert!(home.runtime_entries().is_empty());
}

#[test]
fn commands_are_listed_for_people_and_programs() {
    let home = Home::new();
    let listed = home.run(&["commands", "--json"]).json();
    let names: Vec<&str> =
        listed.as_array().expect("array").iter().filter_map(|c| c["name"].as_str()).collect();
    assert!(names.contains(&"split_clip") && names.contains(&"add_note_clip"), "{names:?}");
    let text = home.run(&["commands"]).succeeded();
    assert!(text.contains("split_clip: Cuts a clip in two"), "{text}");
}

#[test]
fn import_counts_what_it_brought_and_says_what_it_could_not() {
    let home = Home::new();
    let tune: &[u8] = b"MThd\0\0\0\x06\0\0\0\x01\0\x60MTrk\0\0\0\x14\
        \0\x90\x3c\x40\x60\x80\x3c\0\0\x90\x3e\x40\x60\x80\x3e\0\0\xff\x2f\0";
    fs::write(home.path("tune.mid"), tune).expect("file");
    fs::write(home.path("noise.mid"), "no MIDI").expect("file");
    let ran = home.run(&["import", "tune.mid", "noise.mid", "-o", "New.loophole", "--json"]);
    assert!(!ran.ok);
    assert_eq!(ran.stderr.lines().count(), 1, "{}", ran.stderr);
    assert!(ran.stderr.contains("noise.mid"), "{}", ran.stderr);
    let files: serde_json::Value = serde_json::from_str(&ran.stdout).expect("JSON");
    assert_eq!((&files[0]["tracks"], &files[0]["notes"]), (&1.into(), &2.into()), "{files}");
    assert_eq!(home.run(&["info", "New.loophole", "--json"]).json()["notes"], 2);
}

#[test]
fn render_writes_what_it_reports_and_is_the_same_for_any_block_and_threads() {
    let home = Home::new();
    home.song("Tune", TUNE);
    let mut hashes = Vec::new();
    for (index, options) in [
        ["--block", "256", "--threads", "1"],
        ["--block", "64", "--threads", "2"],
        ["--block", "random:7", "--threads", "2"],
    ]
    .iter()
    .enumerate()
    {
        let output = format!("out{index}.wav");
        let mut arguments = vec!["render", "Tune.loophole", "-o", &output, "--bits", "32f", "--json"];
        arguments.extend(options);
        let report = home.run(&arguments).json();
        let mut wav = hound::WavReader::open(home.path(&output)).expect("WAV");
        assert_eq!((wav.spec().sample_rate, wav.spec().channels), (48_000, 2));
        assert_eq!(report["frames"], wav.duration());
        let samples: Vec<f32> = wav.samples().collect::<Result<_, _>>().expect("samples");
        let peak = samples.iter().fold(0.0_f32, |peak, sample| peak.max(sample.abs()));
        assert!(peak > 0.01, "it sounds: {report}");
        let peak_dbfs = 20.0 * f64::from(peak).log10();
        assert!((report["peak_dbfs"].as_f64().expect("peak") - peak_dbfs).abs() < 0.01, "{report}");
        let bytes: Vec<u8> = samples.iter().flat_map(|sample| sample.to_le_bytes()).collect();
        let digest: String = Sha256::digest(&bytes).iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(report["pcm_sha256"], digest);
        hashes.push(digest);
    }
    assert!(hashes.iter().all(|hash| hash == &hashes[0]), "{hashes:?}");
    assert!(home.runtime_entries().is_empty() && home.survivors().is_empty());
}

#[test]
fn render_takes_bars_rate_and_bits() {
    let home = Home::new();
    home.song("Tune", TUNE);
    let arguments = [
        "render",
        "Tune.loophole",
        "-o",
        "bar.wav",
        "--from",
        "1",
        "--to",
        "2",
        "--rate",
        "44100",
        "--bits",
        "16",
        "--json",
    ];
    let report = home.run(&arguments).json();
    assert_eq!(
        (&report["frames"], &report["rate"]),
        (&88_200.into(), &44_100.into()),
        "a bar of 4/4 at 120 bpm"
    );
    let wav = hound::WavReader::open(home.path("bar.wav")).expect("WAV");
    assert_eq!((wav.spec().bits_per_sample, wav.duration()), (16, 88_200));
    let error = home.run(&["render", "Tune.loophole", "-o", "x.wav", "--from", "2", "--to", "2"]).refused();
    assert!(error.contains("nothing lies between"), "{error}");
    assert!(!home.path("x.wav").exists());
}

#[test]
fn open_song_is_edited_and_rendered_where_it_is_open() {
    let home = Home::new();
    home.song("Tune", TUNE);
    let mut running = home.start(&["Tune.loophole"]);
    home.run_with(&["edit", "Tune.loophole", "-"], r#"{"set_song": {"name": "Renamed"}}"#).succeeded();
    let info = home.run(&["info", "Tune.loophole", "--json"]).json();
    assert_eq!((&info["name"], &info["read_only"]), (&"Renamed".into(), &false.into()));
    home.run(&["render", "Tune.loophole", "-o", "open.wav", "--to", "2", "--from", "1"]).succeeded();
    assert!(home.path("open.wav").exists());
    let pulse = running.await_other("pulse", 0);
    assert_eq!(pulse["restarts"], 0, "the running Pulse was asked, and not ended afterwards");
    assert!(running.end_by(Signal::INT));
    assert_eq!(home.run(&["info", "Tune.loophole", "--json"]).json()["name"], "Renamed");
}
