//! The song on disk: text, lock, versions, clean ends.

use std::{fs, os::unix::fs::MetadataExt as _};

use tonic::Code;

use crate::fixture::{Place, add_clip, add_track, execute, fade, info, save, track_names, whole_song};

#[tokio::test]
async fn text_alone_gives_the_same_song() {
    let place = Place::new();
    let pulse = place.pulse();
    let mut client = pulse.client("anna").await;
    execute(&mut client, vec![add_track(100, "Bäss"), add_clip(200, 100, 50), fade(100, -3.1)])
        .await
        .expect("done");
    let (_, before) = whole_song(&mut client).await;
    pulse.end().await;
    // As after a git clone: neither journal nor cache.
    fs::remove_dir_all(place.song().join("journal")).expect("removes");
    fs::remove_dir_all(place.song().join("cache")).expect("removes");
    for _ in 0..2 {
        let pulse = place.pulse_with(|program| program);
        let mut client = pulse.client("anna").await;
        assert_eq!(whole_song(&mut client).await.1, before);
        assert_eq!(info(&mut client).await.diagnostics, Vec::<String>::new());
        pulse.end().await;
    }
    assert_eq!(place.segments().len(), 1, "the text became the journal's first line once");
}

#[tokio::test]
async fn text_is_a_line_an_entity_and_only_what_changed_is_written() {
    let place = Place::new();
    let pulse = place.pulse();
    let mut client = pulse.client("anna").await;
    execute(&mut client, vec![add_track(100, "Bass"), add_clip(200, 100, 3)]).await.expect("done");
    execute(&mut client, vec![add_track(101, "Lead")]).await.expect("done");
    save(&mut client).await;
    let shard = |id: u64| place.song().join(format!("tracks/{id}.json"));
    let text = fs::read_to_string(shard(100)).expect("reads");
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines.len(), 2 + 1 + 1 + 3, "{text}");
    assert!(lines[1].starts_with(r#"{"track":{"id":100,"#) && lines[3].starts_with(r#"{"note":"#), "{text}");
    let inode = |id| fs::metadata(shard(id)).expect("exists").ino();
    let (bass, lead) = (inode(100), inode(101));
    execute(&mut client, vec![fade(101, -6.0)]).await.expect("done");
    save(&mut client).await;
    assert_eq!(inode(100), bass);
    assert_ne!(inode(101), lead);
    pulse.end().await;
}

#[tokio::test]
async fn a_clean_end_leaves_the_text_of_the_last_change() {
    let place = Place::new();
    let pulse = place.pulse();
    let mut client = pulse.client("anna").await;
    execute(&mut client, vec![add_track(100, "Bass")]).await.expect("done");
    pulse.end().await;
    let manifest = fs::read_to_string(place.song().join("song.json")).expect("reads");
    assert!(manifest.contains("\"sequence\":1,"), "{manifest}");
    let ignored = fs::read_to_string(place.song().join(".gitignore")).expect("reads");
    assert!(ignored.contains("/journal/") && ignored.contains("/cache/"));
}

#[tokio::test]
async fn a_song_that_is_open_is_not_opened_twice() {
    let place = Place::new();
    let pulse = place.pulse();
    let mut client = pulse.client("anna").await;
    let lock = fs::read_to_string(place.song().join("lock")).expect("reads");
    assert!(lock.contains("\"address\":") && lock.contains("pulse.sock"), "{lock}");
    execute(&mut client, vec![add_track(100, "Bass")]).await.expect("done");
    let second = Place::new();
    std::os::unix::fs::symlink(place.song(), second.song()).expect("links");
    second.pulse().fails().await;
    execute(&mut client, vec![add_track(101, "Lead")]).await.expect("the first goes on");
    pulse.kill().await;
    let pulse = place.pulse();
    assert_eq!(track_names(&mut pulse.client("anna").await).await, ["Master", "Bass", "Lead"]);
    pulse.end().await;
}

#[tokio::test]
async fn a_newer_format_is_refused_and_not_touched() {
    let place = Place::new();
    place.pulse().end_after_opening().await;
    let manifest = place.song().join("song.json");
    let text = fs::read_to_string(&manifest).expect("reads");
    fs::write(&manifest, text.replace("\"format\":1", "\"format\":2")).expect("writes");
    let before = place.files();
    place.pulse().fails().await;
    assert_eq!(place.files(), before);
}

#[tokio::test]
async fn there_is_no_song_where_none_was_made() {
    let place = Place::new();
    place.pulse_with(|program| program).fails().await;
    assert!(!place.song().exists());
}

#[tokio::test]
async fn a_read_only_song_answers_and_refuses_edits() {
    let place = Place::new();
    let pulse = place.pulse();
    execute(&mut pulse.client("anna").await, vec![add_track(100, "Bass")]).await.expect("done");
    pulse.end().await;
    let before = place.files();
    let pulse = place.pulse_with(|program| program.argument("--read-only"));
    let mut client = pulse.client("anna").await;
    assert_eq!(track_names(&mut client).await, ["Master", "Bass"]);
    let refusal = execute(&mut client, vec![add_track(101, "Lead")]).await.expect_err("refused");
    assert_eq!(refusal.code(), Code::FailedPrecondition);
    assert!(info(&mut client).await.read_only);
    pulse.end().await;
    assert_eq!(place.files(), before);
}

#[tokio::test]
async fn a_damaged_text_beside_a_whole_journal_loses_nothing() {
    let place = Place::new();
    let pulse = place.pulse();
    execute(&mut pulse.client("anna").await, vec![add_track(100, "Bass")]).await.expect("done");
    pulse.end().await;
    let damages: [&dyn Fn(&str) -> String; 4] = [
        &|_| String::new(),
        &|text| text[..text.len() / 2].to_owned(),
        &|text| text.replace("Test", "Tset"),
        &|text| format!("<<<<<<< ours\n{text}"),
    ];
    let manifest = place.song().join("song.json");
    let whole = fs::read_to_string(&manifest).expect("reads");
    for (number, damage) in damages.iter().enumerate() {
        let damaged = damage(&whole);
        fs::write(&manifest, &damaged).expect("writes");
        let pulse = place.pulse();
        let mut client = pulse.client("anna").await;
        assert_eq!(track_names(&mut client).await[..2], ["Master", "Bass"]);
        assert!(!info(&mut client).await.diagnostics.is_empty(), "damage {number} is said");
        assert_eq!(fs::read_to_string(&manifest).expect("reads"), damaged, "opening changes no byte");
        execute(&mut client, vec![add_track(101 + number as u64, "Lead")]).await.expect("done");
        pulse.end().await;
        let aside = place.song().join(format!("recovered-{}/song.json", number + 1));
        assert_eq!(fs::read_to_string(aside).expect("kept aside"), damaged);
    }
}
