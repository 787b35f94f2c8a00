//! Journals that were torn, cut and flipped, at every byte of their last line.

use std::fs;

use pulse_service::store::{
    folder::SongFolder,
    open::{self, Opened},
};

use crate::{
    fixture::{Place, add_track, execute, info, save, track_names},
    random::Random,
};

/// A song of three changes and no text, whose journal is one segment.
async fn song_without_text() -> (Place, Vec<u8>) {
    let place = Place::new();
    let pulse = place.pulse();
    let mut client = pulse.client("anna").await;
    for (id, name) in [(100, "Bass"), (101, "Lead"), (102, "Keys")] {
        execute(&mut client, vec![add_track(id, name)]).await.expect("done");
    }
    pulse.kill().await;
    let _ = fs::remove_file(place.song().join("song.json"));
    let _ = fs::remove_dir_all(place.song().join("tracks"));
    let segments = place.segments();
    assert_eq!(segments.len(), 1);
    let journal = fs::read(&segments[0]).expect("reads");
    (place, journal)
}

fn start_of_last_line(journal: &[u8]) -> usize {
    journal[..journal.len() - 1].iter().rposition(|byte| *byte == b'\n').expect("lines") + 1
}

fn opened(place: &Place) -> Opened {
    let before = place.files();
    let opened = open::open(&SongFolder::new(place.song())).expect("opens");
    assert_eq!(place.files(), before, "opening changes no byte");
    opened
}

#[tokio::test]
async fn a_journal_cut_at_any_byte_of_its_last_line_opens_before_it() {
    let (place, journal) = song_without_text().await;
    let segment = place.segments().remove(0);
    assert_eq!(opened(&place).sequence(), 3);
    for length in start_of_last_line(&journal)..journal.len() {
        fs::write(&segment, &journal[..length]).expect("writes");
        let opened = opened(&place);
        assert_eq!(opened.sequence(), 2, "{length} bytes");
        assert!(!opened.needs_snapshot);
        let is_torn = length > start_of_last_line(&journal);
        assert_eq!(opened.diagnostics.len(), usize::from(is_torn), "{:?}", opened.diagnostics);
    }
}

#[tokio::test]
async fn a_bit_flipped_anywhere_in_the_last_line_is_noticed() {
    let (place, journal) = song_without_text().await;
    let segment = place.segments().remove(0);
    let mut random = Random::new(7);
    for at in start_of_last_line(&journal)..journal.len() {
        let mut damaged = journal.clone();
        damaged[at] ^= 1 << random.below(8);
        fs::write(&segment, &damaged).expect("writes");
        let opened = opened(&place);
        assert_eq!(opened.sequence(), 2, "byte {at}");
        assert_eq!(opened.diagnostics.len(), 1, "{:?}", opened.diagnostics);
    }
}

#[tokio::test]
async fn damage_anywhere_never_panics_and_never_invents() {
    let (place, journal) = song_without_text().await;
    let segment = place.segments().remove(0);
    let mut random = Random::new(11);
    for _ in 0..300 {
        let mut damaged = journal.clone();
        for _ in 0..=random.below(3) {
            let at = random.below(damaged.len() as u64) as usize;
            match random.below(3) {
                0 => damaged[at] ^= 1 << random.below(8),
                1 => damaged.truncate(at.max(1)),
                _ => drop(damaged.remove(at)),
            }
        }
        fs::write(&segment, &damaged).expect("writes");
        if let Ok(opened) = open::open(&SongFolder::new(place.song())) {
            assert!(opened.sequence() <= 3);
            let expected: Vec<u64> = (1..=opened.sequence()).collect();
            let found: Vec<u64> = opened.transactions.iter().map(|it| it.sequence).collect();
            assert_eq!(found, expected);
        }
    }
}

#[tokio::test]
async fn writing_goes_on_after_a_torn_line_in_a_new_segment() {
    let (place, journal) = song_without_text().await;
    let segment = place.segments().remove(0);
    let torn = &journal[..journal.len() - 5];
    fs::write(&segment, torn).expect("writes");
    for (round, id) in (200..203).enumerate() {
        let pulse = place.pulse();
        let mut client = pulse.client("anna").await;
        assert_eq!(info(&mut client).await.tracks, 3 + round as u64);
        execute(&mut client, vec![add_track(id, "New")]).await.expect("done");
        pulse.kill().await;
        assert_eq!(fs::read(&segment).expect("reads"), torn, "the torn line stays");
        assert_eq!(place.segments().len(), 2 + round);
    }
    assert_eq!(opened(&place).sequence(), 5);
}

#[tokio::test]
async fn the_text_bridges_a_damaged_journal_and_what_follows_it_is_kept() {
    let place = Place::new();
    let pulse = place.pulse();
    let mut client = pulse.client("anna").await;
    execute(&mut client, vec![add_track(100, "Bass")]).await.expect("done");
    execute(&mut client, vec![add_track(101, "Lead")]).await.expect("done");
    save(&mut client).await;
    execute(&mut client, vec![add_track(102, "Keys")]).await.expect("done");
    pulse.kill().await;
    let segment = place.segments().remove(0);
    let mut journal = fs::read(&segment).expect("reads");
    let at = journal.windows(4).position(|window| window == b"Bass").expect("is there");
    journal[at] = b'b';
    fs::write(&segment, &journal).expect("writes");
    let opened = opened(&place);
    assert_eq!((opened.base.sequence, opened.sequence()), (2, 3), "{:?}", opened.diagnostics);
    // From then on the journal stands by itself, also without the text.
    let pulse = place.pulse();
    let mut client = pulse.client("anna").await;
    assert_eq!(track_names(&mut client).await, ["Master", "Bass", "Lead", "Keys"]);
    assert!(!info(&mut client).await.diagnostics.is_empty());
    execute(&mut client, vec![add_track(103, "Pad")]).await.expect("done");
    pulse.kill().await;
    fs::remove_file(place.song().join("song.json")).expect("removes");
    let pulse = place.pulse();
    assert_eq!(track_names(&mut pulse.client("anna").await).await, ["Master", "Bass", "Lead", "Keys", "Pad"]);
    pulse.end().await;
}

#[tokio::test]
async fn a_text_newer_than_what_is_left_of_the_journal_is_used() {
    let place = Place::new();
    let pulse = place.pulse();
    let mut client = pulse.client("anna").await;
    for (id, name) in [(100, "Bass"), (101, "Lead"), (102, "Keys")] {
        execute(&mut client, vec![add_track(id, name)]).await.expect("done");
    }
    pulse.end().await;
    let segment = place.segments().remove(0);
    let journal = fs::read(&segment).expect("reads");
    fs::write(&segment, &journal[..journal.len() / 2]).expect("writes");
    for id in [103, 104] {
        let pulse = place.pulse();
        let mut client = pulse.client("anna").await;
        assert_eq!(track_names(&mut client).await[..4], ["Master", "Bass", "Lead", "Keys"]);
        execute(&mut client, vec![add_track(id, "Pad")]).await.expect("done");
        pulse.kill().await;
    }
    assert_eq!(opened(&place).sequence(), 5);
}
