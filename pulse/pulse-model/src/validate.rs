//! What makes a set of entities a valid song. Each entity is judged with what it refers to; nothing is changed here.

mod clips;
mod devices;
mod routing;
mod tracks;

use crate::entity::{Entity, Kind, Media, Song, Track, TrackKind};
use crate::id::Id;
use crate::project::Project;
use crate::rule::{Rule, Violation};
use std::collections::BTreeSet;
use units::{MAX_BPM, MIN_BPM, SampleRate, SignatureMap, SignaturePoint, TempoPoint, Ticks};

pub use clips::{MAX_LANE, MAX_LOOP_TURNS, MAX_MIDI_BYTES};
pub use devices::{MAX_DEVICE_SLOT, MAX_PARAMETERS};
pub(crate) use routing::check_routing;

/// The last position a song can have: what a JavaScript number still holds exactly, three years at 120 beats a minute.
pub const MAX_TICKS: Ticks = Ticks((1 << 53) - 1);

/// Longest name, in bytes: what a person might type, times ten.
pub const MAX_NAME_BYTES: usize = 1024;

/// As much of a name as is said in an error.
const SAID_CHARS: usize = 60;

/// Longest path of a file, in bytes, as on Linux.
const MAX_PATH_BYTES: usize = 4096;

/// Quietest and loudest a fader or send can be set, in dB.
pub const FADER_DB: std::ops::RangeInclusive<f64> = -150.0..=6.0;

/// Lowest rate of media, in Hz: with [`MAX_MEDIA_FRAMES`] it keeps every time within a [`units::Superclock`].
const MIN_MEDIA_HZ: u32 = 1000;

/// Most frames of media: 265 days at 48 kHz.
pub const MAX_MEDIA_FRAMES: i64 = 1 << 40;

/// Most bars of count-in and of pre-roll.
pub const MAX_LEAD_BARS: u32 = 16;

/// Colours in the palette.
pub const COLORS: u32 = 8;

/// Judges one entity of the project.
pub(crate) fn check_entity(project: &Project, entity: &Entity) -> Result<(), Rule> {
    let id = entity.id();
    if !id.is_valid() {
        return Err(Rule::IdRange(id));
    }
    if id == Id::SONG && entity.kind() != Kind::Song {
        return Err(Rule::IdTaken(id));
    }
    match entity {
        Entity::Song(it) => check_song(it),
        Entity::TempoPoint(it) => {
            check_point(it.position, "tempo", &project.index.tempo_points)?;
            let length = |bpm| TempoPoint::from_bpm(Ticks::ZERO, bpm).superclocks_per_quarter;
            let range = length(MAX_BPM)..=length(MIN_BPM);
            in_range(range.contains(&it.superclocks_per_quarter), "tempo", "5 to 1000 beats a minute", || {
                format!("{} superclocks a quarter note", it.superclocks_per_quarter)
            })
        }
        Entity::SignaturePoint(it) => {
            check_point(it.position, "signature", &project.index.signature_points)?;
            check_signature(it.numerator, it.denominator)
        }
        Entity::Marker(it) => {
            check_name(&it.name)?;
            check_position("position", it.position)
        }
        Entity::Track(it) => tracks::check_track(project, it),
        Entity::Device(it) => devices::check_device(project, it),
        Entity::Send(it) => tracks::check_send(project, it),
        Entity::Media(it) => check_media(it),
        Entity::Clip(it) => clips::check_clip(project, it),
        Entity::Note(it) => clips::check_note(project, it),
        Entity::MidiEvent(it) => clips::check_midi_event(project, it),
    }
}

/// Judges that nothing refers any more to what is gone, and that what a song always has is there.
pub(crate) fn check_removed(project: &Project, gone: &Entity) -> Result<(), Rule> {
    let id = gone.id();
    let orphan = match gone {
        Entity::Song(_) => return Err(Rule::Essential("a song cannot be without itself")),
        Entity::TempoPoint(it) if it.position == Ticks::ZERO => {
            return check_point_at_zero(project.tempo_points().next().map(|point| point.position), "tempo");
        }
        Entity::SignaturePoint(it) if it.position == Ticks::ZERO => {
            return check_point_at_zero(
                project.signature_points().next().map(|point| point.position),
                "signature",
            );
        }
        Entity::Track(it) if it.kind == TrackKind::Master => return Err(Rule::Essential("the master stays")),
        Entity::Track(_) => (project.devices_of(id).next().map(|it| format!("device {}", it.name)))
            .or_else(|| project.clips_of(id).next().map(|it| format!("clip “{}”", it.name)))
            .or_else(|| project.sends_of(id).next().map(|it| format!("send {}", it.id)))
            .or_else(|| project.sends_to(id).next().map(|it| format!("send {}", it.id)))
            .or_else(|| project.tracks_into(id).next().map(|it| format!("track {}", it.name)))
            .or_else(|| project.members_of(id).next().map(|it| format!("track {}", it.name))),
        Entity::Media(_) => (project.clips_playing(id).next().map(|it| format!("clip “{}”", it.name)))
            .or_else(|| project.devices_playing(id).next().map(|it| format!("device {}", it.name))),
        Entity::Clip(_) => (project.notes_of(id).next().map(|it| format!("note {}", it.id)))
            .or_else(|| project.midi_events_of(id).next().map(|it| format!("MIDI event {}", it.id))),
        _ => None,
    };
    orphan.map_or(Ok(()), |orphan| Err(Rule::Needed(orphan)))
}

fn check_point_at_zero(first: Option<Ticks>, what: &'static str) -> Result<(), Rule> {
    match (first, what) {
        (Some(Ticks::ZERO), _) => Ok(()),
        (_, "tempo") => Err(Rule::Essential("the tempo at the start of the song stays")),
        _ => Err(Rule::Essential("the signature at the start of the song stays")),
    }
}

/// Judges where signatures begin: to be called when any of them changed, since those after it count from it.
pub(crate) fn check_signatures(project: &Project) -> Result<(), (Id, Rule)> {
    let mut earlier: Vec<SignaturePoint> = Vec::new();
    for point in project.signature_points() {
        if let Some(last) = earlier.last()
            && (point.position - last.position).0 % last.bar_length().0 != 0
        {
            let at = SignatureMap::new(earlier).bar_beat(point.position);
            return Err((point.id, Rule::MidBar(at.to_string())));
        }
        earlier.push(SignaturePoint {
            position: point.position,
            numerator: point.numerator,
            denominator: point.denominator,
        });
    }
    Ok(())
}

/// For people: kind, name and id.
pub(crate) fn describe(entity: &Entity) -> String {
    let name = match entity {
        Entity::Song(_) => return "the song".into(),
        Entity::Track(it) => &it.name,
        Entity::Device(it) => &it.name,
        Entity::Media(it) => &it.name,
        Entity::Clip(it) => &it.name,
        Entity::Marker(it) => &it.name,
        _ => return format!("{} {}", entity.kind().name(), entity.id()),
    };
    let start: String = name.chars().take(SAID_CHARS).collect();
    let more = if start.len() < name.len() { "…" } else { "" };
    format!("{} {start}{more} ({})", entity.kind().name(), entity.id())
}

/// A rule broken by an entity, with its name.
pub(crate) fn violation(entity: &Entity, rule: Rule) -> Violation {
    Violation { entity: Some(entity.id()), subject: describe(entity), rule }
}

/// What people call a kind of track, with its article.
pub(crate) fn track_kind(kind: TrackKind) -> &'static str {
    match kind {
        TrackKind::Audio => "an audio track",
        TrackKind::Instrument => "an instrument track",
        TrackKind::Bus => "a bus",
        TrackKind::Group => "a group",
        TrackKind::Master => "the master",
    }
}

pub(crate) fn in_range(
    fits: bool,
    what: &'static str,
    range: &'static str,
    value: impl FnOnce() -> String,
) -> Result<(), Rule> {
    if fits { Ok(()) } else { Err(Rule::Range { what, range, value: value() }) }
}

pub(crate) fn check_position(what: &'static str, position: Ticks) -> Result<(), Rule> {
    in_range((Ticks::ZERO..=MAX_TICKS).contains(&position), what, "0 to 2^53 - 1 ticks", || {
        position.to_string()
    })
}

fn check_name(name: &str) -> Result<(), Rule> {
    check_text("name", name, MAX_NAME_BYTES)
}

fn check_text(what: &'static str, text: &str, most: usize) -> Result<(), Rule> {
    if text.len() > most { Err(Rule::TooLong { what, most }) } else { Ok(()) }
}

fn check_song(it: &Song) -> Result<(), Rule> {
    if it.id != Id::SONG {
        return Err(Rule::Essential("there is one song, with id 1"));
    }
    check_name(&it.name)?;
    check_position("loop start", it.loop_start)?;
    check_position("loop end", it.loop_end)?;
    let fits = if it.loop_enabled { it.loop_end > it.loop_start } else { it.loop_end >= it.loop_start };
    in_range(fits, "loop end", "after the loop's start", || it.loop_end.to_string())?;
    check_position("punch in", it.punch_in)?;
    check_position("punch out", it.punch_out)?;
    let fits = if it.punch_enabled { it.punch_out > it.punch_in } else { it.punch_out >= it.punch_in };
    in_range(fits, "punch out", "after punch in", || it.punch_out.to_string())?;
    let level = it.metronome_level_db;
    in_range(FADER_DB.contains(&level), "metronome level", "-150 to +6 dB", || level.to_string())?;
    for (what, bars) in [("count-in", it.count_in_bars), ("pre-roll", it.pre_roll_bars)] {
        in_range(bars <= MAX_LEAD_BARS, what, "0 to 16 bars", || bars.to_string())?;
    }
    Ok(())
}

fn check_point(position: Ticks, what: &'static str, all: &BTreeSet<(Ticks, Id)>) -> Result<(), Rule> {
    check_position("position", position)?;
    let here = all.range((position, Id(0))..=(position, Id::MAX)).count();
    if here > 1 { Err(Rule::SamePosition(what)) } else { Ok(()) }
}

fn check_signature(numerator: u32, denominator: u32) -> Result<(), Rule> {
    in_range((1..=64).contains(&numerator), "numerator", "1 to 64", || numerator.to_string())?;
    let fits = denominator.is_power_of_two() && denominator <= 32;
    in_range(fits, "denominator", "1, 2, 4, 8, 16 or 32", || denominator.to_string())
}

/// The track an id names.
pub(crate) fn track(project: &Project, id: Id) -> Result<&Track, Rule> {
    project.track(id).ok_or_else(|| missing(project, id, Kind::Track))
}

/// Why an id does not name what it should.
pub(crate) fn missing(project: &Project, id: Id, expected: Kind) -> Rule {
    match project.kind(id) {
        Some(found) => Rule::WrongKind { id, found: found.name(), expected: expected.name() },
        None => Rule::NotFound { expected: expected.name(), id },
    }
}

fn check_hash(what: &'static str, hash: &str) -> Result<(), Rule> {
    let fits = hash.len() == 64 && hash.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    in_range(fits, what, "64 hexadecimal digits", || hash.chars().take(80).collect())
}

fn check_media(it: &Media) -> Result<(), Rule> {
    check_name(&it.name)?;
    check_hash("hash", &it.hash)?;
    check_text("path", &it.path, MAX_PATH_BYTES)?;
    let inside =
        !it.path.is_empty() && !it.path.starts_with('/') && it.path.split('/').all(|part| part != "..");
    in_range(inside, "path", "inside the song's folder", || it.path.clone())?;
    let rate = (MIN_MEDIA_HZ..=SampleRate::MAX_HZ).contains(&it.sample_rate);
    in_range(rate, "sample rate", "1,000 to 1,536,000 Hz", || it.sample_rate.to_string())?;
    in_range((1..=8).contains(&it.channels), "channels", "1 to 8", || it.channels.to_string())?;
    in_range((1..=MAX_MEDIA_FRAMES).contains(&it.frames), "frames", "1 to 2^40", || it.frames.to_string())
}
