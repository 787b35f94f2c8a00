//! Copies of a song that is being edited, and a Pulse that stands by.

use std::{
    fs,
    os::unix::fs::symlink,
    path::{Path, PathBuf},
};

use chorus::pulse::v1::{
    ExecuteResponse, LinkSignalRequest, SaveCopyRequest, SubscribeRequest, subscribe_response::Kind,
};
use tonic::{Code, Status};

use crate::fixture::{
    Client, Place, add_clip, add_track, execute, import, info, next, save, track_names, undo, whole_song,
};

async fn copy(client: &mut Client, path: &Path, name: &str) -> Result<u64, Status> {
    let path = path.to_str().expect("UTF-8").to_owned();
    Ok(client.save_copy(SaveCopyRequest { path, name: name.to_owned() }).await?.into_inner().sequence)
}

/// A place whose song is the copy at `path`.
fn place_of(path: &Path) -> Place {
    let place = Place::new();
    symlink(path, place.song()).expect("links");
    place
}

fn replica(song: &Path) -> String {
    let text = fs::read_to_string(song.join("song.json")).expect("a text");
    text.lines().find(|line| line.starts_with("\"replica\"")).expect("a number").to_owned()
}

/// What lies beside the song, but for sockets.
fn beside(place: &Place) -> Vec<PathBuf> {
    let folder = place.file("");
    let mut all: Vec<PathBuf> =
        fs::read_dir(folder).expect("reads").map(|entry| entry.expect("an entry").path()).collect();
    all.retain(|path| path.extension().is_none_or(|extension| extension != "sock"));
    all.sort();
    all
}

fn created(response: &ExecuteResponse) -> u64 {
    response.created[0]
}

#[tokio::test]
async fn copy_has_sounds_history_and_a_replica_number_of_its_own() {
    let place = Place::new();
    let pulse = place.pulse();
    let mut client = pulse.client("anna").await;
    let sound = place.file("tone.wav");
    let spec = hound::WavSpec {
        channels: 1,
        sample_rate: 48_000,
        bits_per_sample: 16,
        sample_format: hound::SampleFormat::Int,
    };
    let mut writer = hound::WavWriter::create(&sound, spec).expect("creates");
    for sample in 0..4_800_i16 {
        writer.write_sample(sample).expect("writes");
    }
    writer.finalize().expect("completes");
    assert_eq!(import(&mut client, &[sound]).await[0].error, "");
    execute(&mut client, vec![add_track(100, "Bass"), add_clip(200, 100, 50)]).await.expect("done");
    execute(&mut client, vec![add_track(101, "Lead")]).await.expect("done");
    let target = place.file("Low Tide.loophole");
    let shared = copy(&mut client, &target, "Low Tide").await.expect("copied");
    assert_eq!(shared, 3);

    let other = place_of(&target);
    let copied = other.pulse_with(|program| program);
    let mut there = copied.client("anna").await;
    let about = info(&mut there).await;
    assert_eq!((about.name.as_str(), about.transactions), ("Low Tide", shared + 1));
    assert_eq!(about.diagnostics, Vec::<String>::new());
    assert_eq!((about.clips, about.notes, about.media), (2, 50, 1));
    assert_eq!(track_names(&mut there).await, track_names(&mut client).await);
    save(&mut client).await;
    assert_ne!(replica(&target), replica(&place.song()));
    let here = execute(&mut client, vec![add_track(0, "New")]).await.expect("done");
    let in_copy = execute(&mut there, vec![add_track(0, "New")]).await.expect("done");
    assert_ne!(created(&here), created(&in_copy));
    assert_eq!(undo(&mut there).await.expect("the copy's own"), "Add track New");
    assert_eq!(undo(&mut there).await.expect("history came along"), "Add track Lead");
    assert_eq!(info(&mut client).await.name, "Test");
    copied.end().await;
    let again = other.pulse_with(|program| program);
    assert_eq!(info(&mut again.client("anna").await).await.name, "Low Tide");
    again.end().await;
    pulse.end().await;
}

#[tokio::test]
async fn copies_made_while_it_is_edited_hold_what_was_acknowledged_before() {
    let place = Place::new();
    let pulse = place.pulse();
    let mut client = pulse.client("anna").await;
    let mut copier = pulse.client("ben").await;
    let mut copies = Vec::new();
    for round in 0..5_u64 {
        let target = place.file(&format!("{round}.loophole"));
        let edits = async {
            for number in 0..20 {
                let id = 1_000 * (round + 1) + number;
                execute(&mut client, vec![add_track(id, "Track")]).await.expect("done");
            }
        };
        let (shared, ()) = tokio::join!(copy(&mut copier, &target, ""), edits);
        copies.push((target, shared.expect("copied"), round * 20));
    }
    pulse.kill().await;
    for (target, shared, acknowledged) in copies {
        assert!(shared >= acknowledged, "{shared} of {acknowledged}");
        let other = place_of(&target);
        let copied = other.pulse_with(|program| program);
        let about = info(&mut copied.client("anna").await).await;
        assert_eq!((about.transactions, about.tracks), (shared, shared + 1), "{:?}", about.diagnostics);
        copied.end().await;
    }
}

#[tokio::test]
async fn copy_that_can_not_be_made_leaves_nothing() {
    let place = Place::new();
    let pulse = place.pulse();
    let mut client = pulse.client("anna").await;
    fs::create_dir(place.file("Taken.loophole")).expect("makes");
    // As a copy leaves it whose process died: no process has this number.
    fs::create_dir(place.file(".writing-song-4194305-0")).expect("makes");
    let before = beside(&place);
    for (target, code) in [
        (place.file("Taken.loophole"), Code::AlreadyExists),
        (place.song().join("Inside.loophole"), Code::FailedPrecondition),
        (place.file("nowhere/A.loophole"), Code::FailedPrecondition),
        (place.file("A.song"), Code::FailedPrecondition),
        ("relative.loophole".into(), Code::FailedPrecondition),
    ] {
        let refused = copy(&mut client, &target, "A").await.expect_err("refused");
        assert_eq!(refused.code(), code, "{}: {}", target.display(), refused.message());
        assert_eq!(beside(&place), before);
    }
    copy(&mut client, &place.file("A.loophole"), "A").await.expect("copied");
    assert!(!place.file(".writing-song-4194305-0").exists(), "what a dead process left is swept");
    pulse.end().await;
}

#[tokio::test]
async fn song_that_is_read_only_is_copied_with_what_only_its_text_knows() {
    let place = Place::new();
    let pulse = place.pulse();
    execute(&mut pulse.client("anna").await, vec![add_track(100, "Bass")]).await.expect("done");
    pulse.end().await;
    fs::remove_dir_all(place.song().join("journal")).expect("removes");
    let pulse = place.pulse_with(|program| program.argument("--read-only"));
    let target = place.file("Copy.loophole");
    copy(&mut pulse.client("anna").await, &target, "Copy").await.expect("copied");
    pulse.end().await;
    let other = place_of(&target);
    let copied = other.pulse_with(|program| program);
    assert_eq!(track_names(&mut copied.client("anna").await).await, ["Master", "Bass"]);
    copied.end().await;
}

#[tokio::test]
async fn client_that_had_another_song_gets_this_one_whole() {
    let place = Place::new();
    let pulse = place.pulse();
    let mut client = pulse.client("anna").await;
    execute(&mut client, vec![add_track(100, "Bass")]).await.expect("done");
    let mut first = async |have_sequence, song: &str| {
        let request = SubscribeRequest { have_sequence, song: song.to_owned() };
        let mut stream = client.subscribe(request).await.expect("subscribes").into_inner();
        next(&mut stream).await
    };
    let Kind::Part(part) = first(None, "").await else { panic!("the song comes in parts") };
    assert_eq!(part.path, place.song().display().to_string());
    assert!(matches!(first(Some(0), &part.song).await, Kind::Transaction(_)));
    assert!(matches!(first(Some(0), "another").await, Kind::Part(_)));
    pulse.end().await;
}

#[tokio::test]
async fn pulse_that_stands_by_is_linked_when_it_is_asked() {
    let place = Place::new();
    let signal = place.file("signal.sock");
    let listener = std::os::unix::net::UnixListener::bind(&signal).expect("a socket");
    listener.set_nonblocking(true).expect("set");
    let pulse = place.pulse_with(|program| {
        program.argument("--create").argument("--standby").option("--signal-socket", &signal)
    });
    let mut client = pulse.client("anna").await;
    whole_song(&mut client).await;
    tokio::time::sleep(std::time::Duration::from_millis(300)).await;
    assert!(listener.accept().is_err(), "nobody came to Signal's socket");
    client.link_signal(LinkSignalRequest {}).await.expect("linked");
    let waited = tokio::time::timeout(std::time::Duration::from_secs(60), async {
        while listener.accept().is_err() {
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        }
    });
    assert!(waited.await.is_ok(), "it came when it was asked");
    pulse.kill().await;
}
