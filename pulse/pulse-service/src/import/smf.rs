//! Standard MIDI files: type 0 and 1, any division, into tracks of notes and events in ticks.
//!
//! Everything that can't be kept exactly becomes a warning, and only what is no such file at all an error. It knows no
//! song: which track becomes what is the plan's matter.
//!
//! Format: "Standard MIDI Files 1.0", MIDI Manufacturers Association, RP-001.

mod clock;
mod conductor;
mod notes;

use midly::{Format, MetaMessage, Timing, TrackEvent, TrackEventKind};

use clock::Clock;
use conductor::Conductor;
use notes::NoteCollector;
use pulse_model::MAX_MIDI_BYTES;

/// Longer files are refused: the longest we know, a "black MIDI", has 40 MB.
pub const MAX_FILE_BYTES: u64 = 64 << 20;

/// Why a file can't be imported.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum SmfError {
    /// It does not begin as MIDI files do.
    #[error("it is no Standard MIDI file")]
    NotMidi,
    /// The header makes no sense.
    #[error("its header is damaged: {0}")]
    Header(String),
    /// Type 2 holds independent songs.
    #[error("it is of type 2 (independent patterns), which can't be imported; save it as type 0 or 1")]
    Type2,
    /// It has no tracks.
    #[error("it has no tracks")]
    NoTracks,
    /// Positions beyond any song.
    #[error("it is longer than a song can be")]
    TooLong,
}

/// A MIDI file, positions in ticks from the start of the song.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct MidiFile {
    /// Name of a type 1 file's first track where that has no notes.
    pub name: String,
    /// Position and superclocks a quarter note, ascending; one a position.
    pub tempos: Vec<(i64, u64)>,
    /// Position, numerator, denominator; ascending, each at the start of a bar.
    pub signatures: Vec<(i64, u32, u32)>,
    /// What plays, in the order of the file.
    pub tracks: Vec<MidiTrack>,
    /// What could not be kept exactly.
    pub warnings: Vec<String>,
}

/// What becomes one track and one clip.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct MidiTrack {
    /// As in the file, may be empty.
    pub name: String,
    /// By ascending start.
    pub notes: Vec<MidiNote>,
    /// All else: position and the message, status byte first, meta events as FF, type, data.
    pub events: Vec<(i64, Vec<u8>)>,
    /// The end of its last note or event.
    pub end: i64,
}

/// A note.
#[derive(Clone, Debug, PartialEq)]
pub struct MidiNote {
    /// In ticks.
    pub start: i64,
    /// In ticks, above 0.
    pub length: i64,
    /// 0 to 127.
    pub key: u8,
    /// 1 to 127.
    pub velocity: u8,
    /// 0 to 127.
    pub release_velocity: u8,
    /// 0 to 15.
    pub channel: u8,
}

impl MidiFile {
    /// All notes of all tracks.
    #[must_use]
    pub fn note_count(&self) -> usize {
        self.tracks.iter().map(|track| track.notes.len()).sum()
    }
}

/// Reads a file.
///
/// # Errors
/// If it is no MIDI file, is of type 2 or has nothing in it.
pub fn read(file: &[u8]) -> Result<MidiFile, SmfError> {
    check_header(file)?;
    let (header, chunks) = midly::parse(file).map_err(|error| SmfError::Header(error.to_string()))?;
    if header.format == Format::Sequential {
        return Err(SmfError::Type2);
    }
    let mut out = MidiFile::default();
    let clock = Clock::new(header.timing, &mut out.warnings)?;
    let announced = chunks.size_hint().0;
    let mut conductor = Conductor::default();
    let mut tracks = Vec::new();
    let mut found = 0;
    for (index, chunk) in chunks.enumerate() {
        let Ok(events) = chunk else { continue };
        let mut reader = TrackReader::new(index, &clock, &mut conductor, &mut out.warnings);
        reader.read(events)?;
        found += 1;
        tracks.push(reader.finish());
    }
    if found == 0 {
        return Err(SmfError::NoTracks);
    }
    if found != announced {
        out.warnings.push(format!("it announces {announced} tracks and has {found}"));
    }
    if header.format == Format::SingleTrack {
        tracks = tracks.into_iter().flat_map(split_by_channel).collect();
    }
    out.tempos = conductor.tempos(matches!(header.timing, Timing::Timecode(..)), &mut out.warnings);
    out.signatures = conductor.signatures(&mut out.warnings);
    arrange(&mut out, tracks);
    Ok(out)
}

/// What midly would stumble over, looked at first.
fn check_header(file: &[u8]) -> Result<(), SmfError> {
    let smf = match file {
        [b'R', b'I', b'F', b'F', ..] => {
            let at =
                file.windows(4).take(4096).position(|window| window == b"MThd").ok_or(SmfError::NotMidi)?;
            &file[at..]
        }
        _ => file,
    };
    if smf.get(..4) != Some(b"MThd") {
        return Err(SmfError::NotMidi);
    }
    let division = smf.get(12..14).ok_or_else(|| SmfError::Header("it is cut off".to_owned()))?;
    match *division {
        // -128 frames a second can't be negated in a byte.
        [0x80, _] | [0x80..=0xFF, 0] | [0, 0] => {
            Err(SmfError::Header("its division is 0 or invalid".to_owned()))
        }
        _ => Ok(()),
    }
}

/// Reads the events of one chunk.
struct TrackReader<'a> {
    index: usize,
    clock: &'a Clock,
    conductor: &'a mut Conductor,
    warnings: &'a mut Vec<String>,
    position: i64,
    notes: NoteCollector,
    track: MidiTrack,
    oversized: usize,
}

impl<'a> TrackReader<'a> {
    fn new(
        index: usize,
        clock: &'a Clock,
        conductor: &'a mut Conductor,
        warnings: &'a mut Vec<String>,
    ) -> Self {
        let (notes, track) = (NoteCollector::default(), MidiTrack::default());
        Self { index, clock, conductor, warnings, position: 0, notes, track, oversized: 0 }
    }

    fn read(&mut self, events: midly::EventIter<'_>) -> Result<(), SmfError> {
        let end = events.unread().as_ptr_range().end;
        let mut reached = events.unread().as_ptr();
        let (mut raw_position, mut count, mut ended) = (0_i64, 0, false);
        for event in events.bytemapped() {
            let Ok((bytes, event)) = event else { break };
            reached = bytes.as_ptr_range().end;
            raw_position += i64::from(event.delta.as_int());
            self.position = self.clock.ticks(raw_position).ok_or(SmfError::TooLong)?;
            self.event(bytes, &event);
            ended |= matches!(event.kind, TrackEventKind::Meta(MetaMessage::EndOfTrack));
            count += 1;
        }
        if reached != end && !ended {
            let name = self.index + 1;
            self.warnings.push(format!("track {name} is damaged after event {count}: the rest is left out"));
        }
        Ok(())
    }

    fn event(&mut self, bytes: &[u8], event: &TrackEvent<'_>) {
        match event.kind {
            TrackEventKind::Midi { channel, message } => {
                if !self.notes.take(self.position, channel.as_int(), message, self.clock.shortest()) {
                    // A running status leaves its first byte out; written by itself a message has it.
                    let mut data = Vec::with_capacity(3);
                    let live = midly::live::LiveEvent::Midi { channel, message };
                    if live.write_std(&mut data).is_ok() {
                        self.keep(data);
                    }
                }
            }
            TrackEventKind::SysEx(data) => self.keep([&[0xF0], data].concat()),
            TrackEventKind::Escape(data) => self.keep([&[0xF7], data].concat()),
            TrackEventKind::Meta(message) => self.meta(bytes, message),
        }
    }

    fn meta(&mut self, bytes: &[u8], message: MetaMessage<'_>) {
        match message {
            MetaMessage::EndOfTrack => {}
            MetaMessage::Tempo(microseconds) => self.conductor.tempo(self.position, microseconds.as_int()),
            MetaMessage::TimeSignature(numerator, power, _, _) => {
                self.conductor.signature(self.position, numerator, power);
            }
            MetaMessage::TrackName(name) if self.track.name.is_empty() => self.track.name = text(name),
            _ => {
                // FF, type, length in seven-bit bytes, data.
                let [_, kind, rest @ ..] = bytes else { return };
                let length_bytes =
                    rest.iter().position(|byte| byte & 0x80 == 0).map_or(rest.len(), |at| at + 1);
                self.keep([&[0xFF, *kind], &rest[length_bytes..]].concat());
            }
        }
    }

    fn keep(&mut self, data: Vec<u8>) {
        if data.len() > MAX_MIDI_BYTES {
            self.oversized += 1;
        } else {
            self.track.events.push((self.position, data));
        }
    }

    fn finish(self) -> MidiTrack {
        let Self { index, mut track, notes, position, .. } = self;
        let name = format!("track {}", index + 1);
        if self.oversized > 0 {
            self.warnings.push(format!("{name}: {} events above 1 MiB are left out", self.oversized));
        }
        track.notes = notes.finish(position, self.clock.shortest(), &name, self.warnings);
        track.notes.sort_by_key(|note| (note.start, note.key));
        let last_note = track.notes.iter().map(|note| note.start + note.length).max().unwrap_or(0);
        track.end = track.events.last().map_or(0, |event| event.0).max(last_note).max(position);
        track
    }
}

/// Text of unknown encoding: UTF-8 where it is that, else Latin 1; without what can't be shown.
fn text(bytes: &[u8]) -> String {
    const LONGEST_NAME: usize = 120;
    let text = std::str::from_utf8(bytes)
        .map_or_else(|_| bytes.iter().map(|&byte| char::from(byte)).collect(), ToOwned::to_owned);
    let shown: String = text.chars().filter(|letter| !letter.is_control()).take(LONGEST_NAME).collect();
    shown.trim().to_owned()
}

/// A type 0 track as one track for each channel it uses; what has no channel goes with the first.
fn split_by_channel(track: MidiTrack) -> Vec<MidiTrack> {
    let mut channels: [Option<MidiTrack>; 16] = Default::default();
    let blank = || MidiTrack { end: track.end, ..MidiTrack::default() };
    for note in &track.notes {
        channels[usize::from(note.channel)].get_or_insert_with(blank).notes.push(note.clone());
    }
    let of_channel = |event: &&(i64, Vec<u8>)| event.1.first().is_some_and(|status| *status < 0xF0);
    for event in track.events.iter().filter(of_channel) {
        channels[usize::from(event.1[0] & 0x0F)].get_or_insert_with(blank).events.push(event.clone());
    }
    let used = channels.iter().flatten().count();
    let mut tracks = Vec::new();
    for (channel, part) in
        channels.into_iter().enumerate().filter_map(|(channel, part)| Some((channel, part?)))
    {
        let name = match (track.name.as_str(), used) {
            ("", _) => format!("Channel {}", channel + 1),
            (name, 1) => name.to_owned(),
            (name, _) => format!("{name} {}", channel + 1),
        };
        tracks.push(MidiTrack { name, ..part });
    }
    if tracks.is_empty() {
        tracks.push(MidiTrack { name: track.name.clone(), ..blank() });
    }
    let without_channel = track.events.iter().filter(|event| !of_channel(event)).cloned();
    tracks[0].events.extend(without_channel);
    tracks[0].events.sort_by_key(|event| event.0);
    tracks
}

/// Tracks that only conduct become none; what else they hold goes with the first that plays.
fn arrange(out: &mut MidiFile, tracks: Vec<MidiTrack>) {
    let plays = |track: &MidiTrack| {
        !track.notes.is_empty()
            || track.events.iter().any(|event| event.1.first().is_some_and(|byte| *byte < 0xF0))
    };
    let any_plays = tracks.iter().any(plays);
    let mut homeless = Vec::new();
    for (index, track) in tracks.into_iter().enumerate() {
        if plays(&track) {
            out.tracks.push(track);
            continue;
        }
        if index == 0 {
            out.name.clone_from(&track.name);
        }
        if any_plays || !out.tracks.is_empty() {
            homeless.extend(track.events);
        } else if !track.events.is_empty() {
            out.tracks.push(track);
        }
    }
    if let Some(first) = out.tracks.first_mut() {
        first.events.extend(homeless);
        first.events.sort_by_key(|event| event.0);
        first.end = first.events.last().map_or(0, |event| event.0).max(first.end);
    }
}
