//! From what a file holds to the commands that make it tracks and clips of the song.

use pulse_model::{
    AddAudioClip, AddDevice, AddMedia, AddMidiEvents, AddNoteClip, AddTrack, Command, DeviceKind, Id, Kind,
    NewMidiEvent, NewNote, Project, SetSignature, SetTempo, TrackKind,
};
use units::Ticks;

use crate::{
    import::smf::{MidiFile, MidiTrack},
    media::{decode::Decoded, intake::StoredMedia},
};

/// The instrument a track of notes gets, so that it can be heard at once.
const INSTRUMENT: &str = "tide";

/// The commands of one file, and what they will have made.
#[derive(Debug, Default)]
pub struct Plan {
    /// One transaction.
    pub commands: Vec<Command>,
    /// Made by them.
    pub tracks: u32,
    /// Made by them.
    pub clips: u32,
    /// Made by them.
    pub notes: u64,
    /// The Media entity of a sound, new or known.
    pub media: Option<Id>,
    /// What could not be kept.
    pub warnings: Vec<String>,
}

/// Where what a file holds is to go. By default on new tracks, at the start.
#[derive(Clone, Copy, Debug, Default)]
pub struct Place {
    /// At or after 0.
    pub start: Ticks,
    /// Goes there if it is a track of the right kind and the file needs but one.
    pub track: Option<Id>,
    /// New tracks go above this one.
    pub before: Option<Id>,
}

impl Place {
    /// The track that is to be used, if it is of this kind.
    fn track_of(self, project: &Project, kind: TrackKind) -> Option<Id> {
        self.track.filter(|id| project.track(*id).is_some_and(|track| track.kind == kind))
    }
}

/// Hands out ids that the song does not use.
pub(crate) struct Ids<'a> {
    project: &'a Project,
    used: u64,
}

impl<'a> Ids<'a> {
    /// None handed out yet.
    pub(crate) fn new(project: &'a Project) -> Self {
        Self { project, used: 0 }
    }

    /// The next one.
    pub(crate) fn next(&mut self) -> Id {
        self.used += 1;
        self.project.free_id(self.used - 1)
    }
}

/// A MIDI file; `stem` is its name for tracks that have none. An untouched song takes its tempo over.
#[must_use]
pub fn midi(project: &Project, file: MidiFile, stem: &str, place: Place) -> Plan {
    let mut plan = Plan { warnings: file.warnings, ..Plan::default() };
    let mut ids = Ids::new(project);
    let is_untouched = place.start == Ticks::ZERO
        && project.count(Kind::Clip) == 0
        && project.count(Kind::TempoPoint) == 1
        && project.count(Kind::SignaturePoint) == 1;
    if is_untouched {
        conduct(&mut plan, &mut ids, &file.tempos, &file.signatures);
    } else if differs(project, &file.tempos) {
        plan.warnings.push("the song keeps its own tempo".to_owned());
    }
    let count = file.tracks.len();
    for (index, track) in file.tracks.into_iter().enumerate() {
        let name = match track.name.as_str() {
            "" if count == 1 => stem.to_owned(),
            "" => format!("{stem} {}", index + 1),
            name => name.to_owned(),
        };
        let known = place.track_of(project, TrackKind::Instrument).filter(|_| count == 1);
        let id = known.unwrap_or_else(|| instrument_track(&mut plan, &mut ids, &name, place.before));
        midi_clip(&mut plan, &mut ids, track, ClipPlace { track: id, start: place.start, name });
    }
    plan
}

fn conduct(plan: &mut Plan, ids: &mut Ids<'_>, tempos: &[(i64, u64)], signatures: &[(i64, u32, u32)]) {
    for &(position, superclocks_per_quarter) in tempos {
        let point = units::TempoPoint { position: Ticks(position), superclocks_per_quarter };
        plan.commands.push(Command::SetTempo(SetTempo {
            id: Some(ids.next()),
            position: Ticks(position),
            bpm: point.bpm(),
        }));
    }
    for &(position, numerator, denominator) in signatures {
        plan.commands.push(Command::SetSignature(SetSignature {
            id: Some(ids.next()),
            position: Ticks(position),
            numerator,
            denominator,
        }));
    }
}

fn differs(project: &Project, tempos: &[(i64, u64)]) -> bool {
    let own = project.tempo_points().map(|point| (point.position.0, point.superclocks_per_quarter));
    !own.eq(tempos.iter().copied())
}

fn instrument_track(plan: &mut Plan, ids: &mut Ids<'_>, name: &str, before: Option<Id>) -> Id {
    let track = ids.next();
    plan.tracks += 1;
    plan.commands.push(add_track(track, TrackKind::Instrument, name, before));
    plan.commands.push(Command::AddDevice(AddDevice {
        id: Some(ids.next()),
        track,
        before: None,
        name: String::new(),
        vendor: String::new(),
        kind: DeviceKind::Builtin(INSTRUMENT.to_owned()),
        parameters: Vec::new(),
        media: Vec::new(),
    }));
    track
}

struct ClipPlace {
    track: Id,
    start: Ticks,
    name: String,
}

fn midi_clip(plan: &mut Plan, ids: &mut Ids<'_>, track: MidiTrack, place: ClipPlace) {
    let clip = ids.next();
    let notes: Vec<NewNote> = track
        .notes
        .iter()
        .map(|note| NewNote {
            id: Some(ids.next()),
            start: Ticks(note.start),
            length: Ticks(note.length),
            pitch: note.key.into(),
            velocity: Some(f64::from(note.velocity) / 127.0),
            release_velocity: f64::from(note.release_velocity) / 127.0,
            channel: note.channel.into(),
        })
        .collect();
    let length = whole_quarters(track.end);
    plan.clips += 1;
    plan.notes += notes.len() as u64;
    let (id, ClipPlace { track: track_id, start, name }) = (Some(clip), place);
    plan.commands.push(Command::AddNoteClip(AddNoteClip {
        id,
        track: track_id,
        start,
        length,
        name,
        notes,
        lane: 0,
    }));
    if !track.events.is_empty() {
        let events = track.events.into_iter().map(|(position, data)| NewMidiEvent {
            id: Some(ids.next()),
            position: Ticks(position),
            data,
        });
        plan.commands.push(Command::AddMidiEvents(AddMidiEvents { clip, events: events.collect() }));
    }
}

/// The next quarter note at or after a position, at least one.
fn whole_quarters(end: i64) -> Ticks {
    let quarter = units::TICKS_PER_QUARTER;
    Ticks::quarters((end.max(1) + quarter - 1) / quarter)
}

fn add_track(id: Id, kind: TrackKind, name: &str, before: Option<Id>) -> Command {
    Command::AddTrack(AddTrack {
        id: Some(id),
        kind,
        name: name.to_owned(),
        color: None,
        before,
        group: None,
    })
}

/// A sound that is stored and was decoded: a media, and with a name and a place for them a clip, on a new track unless the
/// place has one. A sound the song knows gets no second media.
#[must_use]
pub fn sound(
    project: &Project,
    stored: &StoredMedia,
    decoded: &Decoded,
    clip: Option<(&str, Place)>,
) -> Plan {
    let mut ids = Ids::new(project);
    let known = project.all_media().find(|media| media.hash == stored.hash).map(|media| media.id);
    let media = known.unwrap_or_else(|| ids.next());
    let mut plan = Plan { media: Some(media), warnings: decoded.warnings.clone(), ..Plan::default() };
    if known.is_none() {
        plan.commands.push(Command::AddMedia(AddMedia {
            id: Some(media),
            hash: stored.hash.clone(),
            name: stored.name.clone(),
            path: stored.path.clone(),
            sample_rate: decoded.sample_rate,
            channels: decoded.channels,
            frames: decoded.frames as i64,
        }));
    }
    let Some((name, place)) = clip else { return plan };
    let known = place.track_of(project, TrackKind::Audio);
    let track = known.unwrap_or_else(|| ids.next());
    if known.is_none() {
        plan.commands.push(add_track(track, TrackKind::Audio, name, place.before));
        plan.tracks = 1;
    }
    plan.commands.push(Command::AddAudioClip(AddAudioClip {
        id: Some(ids.next()),
        track,
        start: place.start,
        length: None,
        name: name.to_owned(),
        media,
        offset_frames: 0,
        gain_db: 0.0,
        lane: 0,
    }));
    plan.clips = 1;
    plan
}
