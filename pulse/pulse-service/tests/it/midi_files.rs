//! Every MIDI file this machine has, against a count made by walking the raw bytes.

use std::{
    fs,
    path::{Path, PathBuf},
};

use pulse_service::import::smf::{self, MidiFile, SmfError};

/// The files of the Debian packages openttd-openmsx and mma; fewer where they are not installed.
pub fn real_files() -> Vec<PathBuf> {
    let mut files = Vec::new();
    for folder in ["/usr/share/games/openttd/baseset", "/usr/share/mma", "/usr/share/doc/mma"] {
        collect(Path::new(folder), &mut files);
    }
    files.sort();
    files
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            collect(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "mid") {
            files.push(path);
        }
    }
}

/// Counts note-ons with a velocity by walking the bytes, with nothing in common with the importer.
pub fn count_note_ons(file: &[u8]) -> usize {
    let mut count = 0;
    let mut at = 0;
    while at + 8 <= file.len() {
        let length = u32::from_be_bytes(file[at + 4..at + 8].try_into().expect("four bytes")) as usize;
        let end = (at + 8 + length).min(file.len());
        if &file[at..at + 4] == b"MTrk" {
            count += count_in_track(&file[at + 8..end]);
        }
        at = end;
    }
    count
}

fn count_in_track(track: &[u8]) -> usize {
    let mut bytes = track.iter().copied().peekable();
    let mut status = 0;
    let mut count = 0;
    loop {
        if number(&mut bytes).is_none() {
            return count;
        }
        match bytes.peek() {
            None => return count,
            Some(byte) if *byte >= 0x80 => status = bytes.next().expect("peeked"),
            Some(_) => {}
        }
        match status {
            0xFF => {
                bytes.next();
                let length = number(&mut bytes).unwrap_or(0);
                bytes.by_ref().take(length).count();
            }
            0xF0 | 0xF7 => {
                let length = number(&mut bytes).unwrap_or(0);
                bytes.by_ref().take(length).count();
            }
            _ => {
                let two = !matches!(status >> 4, 0xC | 0xD);
                let data: Vec<u8> = bytes.by_ref().take(if two { 2 } else { 1 }).collect();
                count += usize::from(status >> 4 == 9 && data.get(1).is_some_and(|velocity| *velocity > 0));
            }
        }
    }
}

fn number(bytes: &mut impl Iterator<Item = u8>) -> Option<usize> {
    let mut value = 0;
    loop {
        let byte = bytes.next()?;
        value = value << 7 | usize::from(byte & 0x7F);
        if byte < 0x80 {
            return Some(value);
        }
    }
}

fn read(file: &[u8]) -> MidiFile {
    smf::read(file).expect("a MIDI file")
}

/// A file of one track after the other.
pub fn smf_file(format: u16, division: u16, tracks: &[&[u8]]) -> Vec<u8> {
    let mut file = b"MThd\0\0\0\x06".to_vec();
    for word in [format, tracks.len() as u16, division] {
        file.extend(word.to_be_bytes());
    }
    for track in tracks {
        file.extend(b"MTrk");
        file.extend((track.len() as u32).to_be_bytes());
        file.extend(*track);
    }
    file
}

const QUARTER: i64 = 46_126_080;

#[test]
fn every_real_file_has_the_notes_an_independent_walk_counts() {
    let files = real_files();
    assert!(files.len() >= 104, "install the Debian packages openttd-openmsx and mma");
    for path in files {
        let bytes = fs::read(&path).expect("reads");
        let file = smf::read(&bytes).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        assert_eq!(file.note_count(), count_note_ons(&bytes), "{}", path.display());
    }
}

#[test]
fn notes_and_events_come_in_at_their_ticks() {
    let track = [
        &[0, 0xFF, 0x03, 4][..],
        b"Bass",
        &[0, 0xC2, 33],      // program, one data byte
        &[0, 0x92, 60, 100], // C4 on
        &[96, 64, 80],       // a quarter later, running status: E4 on
        &[48, 60, 0],        // velocity 0 ends C4
        &[48, 0x82, 64, 90], // E4 off with a release velocity
        &[0, 0xB2, 7, 127],
        &[0, 0xF0, 3, 0x7E, 0x7F, 0xF7],
        &[0, 0xFF, 0x01, 2],
        b"hi",
        &[0, 0xFF, 0x2F, 0],
    ]
    .concat();
    let file = read(&smf_file(1, 96, &[&track]));
    assert_eq!(file.warnings, Vec::<String>::new());
    assert_eq!(file.tracks.len(), 1);
    let track = &file.tracks[0];
    assert_eq!(track.name, "Bass");
    let notes: Vec<_> = track
        .notes
        .iter()
        .map(|n| (n.start, n.length, n.key, n.velocity, n.release_velocity, n.channel))
        .collect();
    assert_eq!(notes, [(0, QUARTER * 3 / 2, 60, 100, 0, 2), (QUARTER, QUARTER, 64, 80, 90, 2)]);
    let events: Vec<_> = track.events.iter().map(|(at, data)| (*at, data.as_slice())).collect();
    assert_eq!(
        events,
        [
            (0, &[0xC2, 33][..]),
            (2 * QUARTER, &[0xB2, 7, 127]),
            (2 * QUARTER, &[0xF0, 0x7E, 0x7F, 0xF7]),
            (2 * QUARTER, &[0xFF, 0x01, b'h', b'i']),
        ]
    );
}

#[test]
fn overlapping_notes_of_one_key_end_in_the_order_they_began() {
    let track = [0, 0x90, 60, 1, 10, 60, 2, 10, 60, 0, 10, 60, 0, 0, 0xFF, 0x2F, 0];
    let file = read(&smf_file(1, 10, &[&track]));
    let notes: Vec<_> = file.tracks[0].notes.iter().map(|n| (n.velocity, n.start, n.length)).collect();
    assert_eq!(notes, [(1, 0, 2 * QUARTER), (2, QUARTER, 2 * QUARTER)]);
}

#[test]
fn hanging_notes_end_with_the_track_and_are_reported() {
    let track = [0, 0x90, 60, 1, 20, 0xFF, 0x2F, 0];
    let file = read(&smf_file(1, 10, &[&track]));
    assert_eq!(file.tracks[0].notes[0].length, 2 * QUARTER);
    assert_eq!(file.warnings, ["track 1: 1 notes never end: they are closed at the track's end"]);
}

#[test]
fn type_0_becomes_a_track_for_each_channel() {
    let track = [0, 0x90, 60, 1, 0, 0x99, 35, 1, 5, 0x80, 60, 0, 0, 0x89, 35, 0, 0, 0xFF, 0x2F, 0];
    let file = read(&smf_file(0, 10, &[&track]));
    let names: Vec<_> = file.tracks.iter().map(|track| (track.name.as_str(), track.notes.len())).collect();
    assert_eq!(names, [("Channel 1", 1), ("Channel 10", 1)]);
}

#[test]
fn tempo_and_signature_are_read_from_every_track() {
    let conductor = [
        &[0, 0xFF, 0x58, 4, 3, 2, 24, 8][..],
        &[0, 0xFF, 0x51, 3, 0x0F, 0x42, 0x40], // a second a quarter
        &[0x81, 0x40, 0xFF, 0x51, 3, 0x07, 0xA1, 0x20], // at quarter 2: half a second
        &[0, 0xFF, 0x58, 4, 4, 2, 24, 8],      // inside a bar
        &[0, 0xFF, 0x2F, 0],
    ]
    .concat();
    let notes = [0, 0x90, 60, 1, 96, 60, 0, 0, 0xFF, 0x2F, 0];
    let file = read(&smf_file(1, 96, &[&conductor, &notes]));
    assert_eq!(file.tempos, [(0, 282_240_000), (2 * QUARTER, 141_120_000)]);
    assert_eq!(file.signatures, [(0, 4, 4)]);
    assert_eq!(file.tracks.len(), 1);
    assert_eq!(file.warnings.len(), 1, "{:?}", file.warnings);
}

#[test]
fn every_division_is_read() {
    let track = [0, 0x90, 60, 1, 100, 60, 0, 0, 0xFF, 0x2F, 0];
    let length = |division| read(&smf_file(1, division, &[&track])).tracks[0].notes[0].length;
    assert_eq!(length(100), QUARTER);
    assert_eq!(length(1000), QUARTER / 10);
    // 25 frames of 4: a second, laid out as two quarter notes.
    assert_eq!(length(0xE704), 2 * QUARTER);
    assert_eq!(length(0xE804), (200 * QUARTER + 48) / 96);
    let warnings = read(&smf_file(1, 1000, &[&track])).warnings;
    assert_eq!(warnings, ["its 1000 ticks a quarter note don't divide ours: positions are rounded"]);
}

#[test]
fn what_is_no_importable_file_is_refused_in_words() {
    let track = [0, 0xFF, 0x2F, 0];
    assert_eq!(smf::read(&smf_file(2, 96, &[&track])), Err(SmfError::Type2));
    assert_eq!(smf::read(b"RIFF....WAVE"), Err(SmfError::NotMidi));
    assert_eq!(smf::read(&smf_file(1, 96, &[])), Err(SmfError::NoTracks));
    for division in [0, 0x8000, 0x8004, 0xE700] {
        assert!(
            matches!(smf::read(&smf_file(1, division, &[&track])), Err(SmfError::Header(_))),
            "{division:x}"
        );
    }
}

#[test]
fn a_damaged_track_keeps_what_came_before_and_says_so() {
    // The second event has a running status that never began.
    let track = [0, 0x90, 60, 1, 0, 0xFF, 0x01, 0, 5, 60, 0, 0, 0xFF, 0x2F, 0];
    let file = read(&smf_file(1, 96, &[&track]));
    assert_eq!(file.note_count(), 1);
    assert_eq!(file.warnings[0], "track 1 is damaged after event 2: the rest is left out");
}

#[test]
fn garbage_never_panics() {
    let mut random = crate::random::Random::new(1);
    let valid = smf_file(1, 96, &[&[0, 0x90, 60, 1, 96, 60, 0, 0, 0xFF, 0x51, 3, 1, 2, 3, 0, 0xFF, 0x2F, 0]]);
    for _ in 0..20_000 {
        let mut file = valid.clone();
        for _ in 0..=random.below(6) {
            let at = random.below(file.len() as u64) as usize;
            match random.below(3) {
                0 => file[at] = random.below(256) as u8,
                1 => file.truncate(at.max(1)),
                _ => file.insert(at, random.below(256) as u8),
            }
        }
        let _ = smf::read(&file);
    }
    for length in 0..64 {
        let noise: Vec<u8> = (0..length).map(|_| random.below(256) as u8).collect();
        let _ = smf::read(&[b"MThd\0\0\0\x06".as_slice(), &noise].concat());
    }
}
