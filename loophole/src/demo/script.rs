//! The demo song as public commands, one JSON object each, as `loophole edit` takes them. Does no I/O.

use serde_json::{Value, json};

use super::{
    harmony::{BARS, SECTIONS},
    parts::{self, Groove, PartNote},
    presets::{self, Preset},
};

/// Ticks a quarter note (decision 7 of the architecture).
const QUARTER: f64 = 46_126_080.0;
const BEATS_A_BAR: f64 = 4.0;

/// A stretch of a source song that is rendered to a sound file for the demo song. Bars from 1, end exclusive.
pub struct Stem {
    /// File name, and name of its clips.
    pub name: &'static str,
    /// First bar.
    pub from_bar: u32,
    /// Bar after the last.
    pub to_bar: u32,
}

/// What is rendered from [`kit`].
pub const KIT_STEMS: [Stem; 3] = [
    Stem { name: "Kit A", from_bar: 1, to_bar: 5 },
    Stem { name: "Kit B", from_bar: 5, to_bar: 13 },
    Stem { name: "Kit C", from_bar: 13, to_bar: 21 },
];

/// What is rendered from [`wash`].
pub const WASH_STEM: Stem = Stem { name: "Wash", from_bar: 1, to_bar: 5 };

fn bar(number: usize) -> i64 {
    (number as f64 * BEATS_A_BAR * QUARTER) as i64
}

fn notes(part: &[PartNote]) -> Vec<Value> {
    let ticks = |quarters: f64| (quarters * QUARTER).round() as i64;
    part.iter()
        .map(|n| {
            json!({"start": ticks(n.start), "length": ticks(n.length), "pitch": n.pitch, "velocity": n.velocity})
        })
        .collect()
}

fn form(name: &str) -> Vec<Value> {
    let mut commands = vec![json!({"set_song": {"name": name}})];
    let mut last_bpm = 0.0;
    for section in &SECTIONS {
        if section.bpm != last_bpm {
            commands.push(json!({"set_tempo": {"position": bar(section.first_bar), "bpm": section.bpm}}));
            last_bpm = section.bpm;
        }
    }
    commands
}

struct NewTrack {
    id: u64,
    kind: &'static str,
    name: &'static str,
    color: u32,
    fader_db: f64,
    pan: f64,
}

fn track(new: &NewTrack) -> [Value; 2] {
    let NewTrack { id, kind, name, color, fader_db, pan } = new;
    [
        json!({"add_track": {"id": id, "kind": kind, "name": name, "color": color}}),
        json!({"set_track": {"id": id, "fader_db": fader_db, "pan": pan}}),
    ]
}

fn builtin(id: u64, track: u64, name: &str, preset: &Preset) -> Value {
    let parameters: Vec<Value> =
        preset.values.iter().map(|(id, value)| json!({"id": id, "value": value})).collect();
    json!({"add_device": {"id": id, "track": track, "builtin": name, "parameters": parameters}})
}

fn tide(id: u64, track: u64, preset: &Preset) -> Value {
    builtin(id, track, "tide", preset)
}

fn note_clip(track: u64, name: &str, first: usize, end: usize, part: &[PartNote]) -> Value {
    json!({"add_note_clip": {
        "track": track, "start": bar(first), "length": bar(end - first), "name": name, "notes": notes(part)
    }})
}

fn audio_clip(track: u64, name: &str, first: usize, bars: usize, media: u64, gain_db: f64) -> Value {
    json!({"add_audio_clip": {
        "track": track, "start": bar(first), "length": bar(bars), "name": name, "media": media, "gain_db": gain_db
    }})
}

/// The song that the drum loops are rendered from.
pub fn kit() -> Vec<Value> {
    let mut commands = form("Low Tide: kit");
    let grooves =
        [(0, 4, &parts::GROOVE_INTRO), (4, 12, &parts::GROOVE_VERSE), (12, 20, &parts::GROOVE_CHORUS)];
    type Voice = fn(&Groove) -> &'static [(u32, f64)];
    let voices: [(&str, u32, f64, f64, &Preset, Voice); 3] = [
        ("Kick", 36, 0.0, 0.0, &presets::KICK, |g| g.kick),
        ("Snare", 50, -1.0, 0.06, &presets::SNARE, |g| g.snare),
        ("Hat", 80, -8.0, -0.18, &presets::HAT, |g| g.hat),
    ];
    for (index, (name, pitch, fader_db, pan, preset, voice)) in voices.into_iter().enumerate() {
        let id = 101 + index as u64;
        commands.extend(track(&NewTrack {
            id,
            kind: "TRACK_KIND_INSTRUMENT",
            name,
            color: 0,
            fader_db,
            pan,
        }));
        commands.push(tide(id + 100, id, preset));
        for (first, end, groove) in grooves {
            let part = parts::drum_voice(voice(groove), end - first, pitch);
            commands.push(note_clip(id, name, first, end, &part));
        }
    }
    commands
}

/// The song that the swell of noise is rendered from.
pub fn wash() -> Vec<Value> {
    let mut commands = form("Low Tide: wash");
    let new =
        NewTrack { id: 101, kind: "TRACK_KIND_INSTRUMENT", name: "Wash", color: 4, fader_db: 0.0, pan: 0.0 };
    commands.extend(track(&new));
    commands.push(tide(201, 101, &presets::WASH));
    let swell = [PartNote { start: 0.0, length: 12.0, pitch: 62, velocity: 0.8 }];
    commands.push(note_clip(101, "Wash", 0, 4, &swell));
    commands
}

/// The media of the demo song: ids of what [`KIT_STEMS`] and [`WASH_STEM`] were imported as.
pub struct SongMedia {
    /// In the order of [`KIT_STEMS`].
    pub kit: [u64; 3],
    /// The swell.
    pub wash: u64,
}

const DRUMS: u64 = 101;
const BASS: u64 = 102;
const KEYS: u64 = 103;
const PAD: u64 = 104;
const PLUCK: u64 = 105;
const LEAD: u64 = 106;
const BELLS: u64 = 107;
const WASH: u64 = 108;
const ECHO: u64 = 109;
const HALL: u64 = 110;

fn song_tracks() -> Vec<Value> {
    const AUDIO: &str = "TRACK_KIND_AUDIO";
    const INSTRUMENT: &str = "TRACK_KIND_INSTRUMENT";
    let tracks = [
        NewTrack { id: DRUMS, kind: AUDIO, name: "Drums", color: 0, fader_db: -1.0, pan: 0.0 },
        NewTrack { id: BASS, kind: INSTRUMENT, name: "Bass", color: 1, fader_db: -4.0, pan: 0.0 },
        NewTrack { id: KEYS, kind: INSTRUMENT, name: "Keys", color: 2, fader_db: -6.0, pan: -0.22 },
        NewTrack { id: PAD, kind: INSTRUMENT, name: "Pad", color: 5, fader_db: -8.0, pan: 0.0 },
        NewTrack { id: PLUCK, kind: INSTRUMENT, name: "Pluck", color: 3, fader_db: -6.0, pan: 0.3 },
        NewTrack { id: LEAD, kind: INSTRUMENT, name: "Lead", color: 6, fader_db: -5.0, pan: 0.0 },
        NewTrack { id: BELLS, kind: INSTRUMENT, name: "Bells", color: 4, fader_db: -9.0, pan: -0.35 },
        NewTrack { id: WASH, kind: AUDIO, name: "Wash", color: 7, fader_db: -9.0, pan: 0.0 },
        NewTrack { id: ECHO, kind: "TRACK_KIND_BUS", name: "Echo", color: 7, fader_db: -8.0, pan: 0.0 },
        NewTrack { id: HALL, kind: "TRACK_KIND_BUS", name: "Hall", color: 4, fader_db: -6.0, pan: 0.0 },
    ];
    tracks.iter().flat_map(track).collect()
}

fn song_devices() -> Vec<Value> {
    let clap = |id: u64, track: u64, name: &str, bundle: &str, plugin_id: &str, preset: &Preset| {
        let parameters: Vec<Value> =
            preset.values.iter().map(|(id, value)| json!({"id": id, "value": value})).collect();
        json!({"add_device": {
            "id": id, "track": track, "name": name, "vendor": "Damien Zammit",
            "clap": {"plugin_id": plugin_id, "bundle": bundle}, "parameters": parameters
        }})
    };
    let send = |id: u64, track: u64, target: u64, level_db: f64| json!({"add_send": {"id": id, "track": track, "target": target, "level_db": level_db}});
    vec![
        builtin(210, DRUMS, "eq", &presets::DRUM_TONE),
        builtin(211, DRUMS, "compressor", &presets::DRUM_GLUE),
        tide(202, BASS, &presets::BASS),
        clap(208, BASS, "ZamComp", "ZamComp.clap", "com.zamaudio.ZamComp", &presets::BASS_GLUE),
        tide(203, KEYS, &presets::KEYS),
        builtin(212, KEYS, "eq", &presets::ABOVE_THE_BASS),
        tide(204, PAD, &presets::PAD),
        builtin(213, PAD, "eq", &presets::ABOVE_THE_BASS),
        tide(205, PLUCK, &presets::PLUCK),
        tide(206, LEAD, &presets::LEAD),
        tide(207, BELLS, &presets::BELLS),
        clap(209, ECHO, "ZamDelay", "ZamDelay.clap", "com.zamaudio.ZamDelay", &presets::ECHO),
        builtin(214, HALL, "reverb", &presets::HALL),
        send(401, LEAD, ECHO, -6.0),
        send(402, DRUMS, HALL, -22.0),
        send(403, KEYS, HALL, -12.0),
        send(404, PAD, HALL, -12.0),
        send(405, PLUCK, HALL, -10.0),
        send(406, LEAD, HALL, -12.0),
        send(407, BELLS, HALL, -8.0),
        send(408, ECHO, HALL, -14.0),
    ]
}

fn song_clips(media: &SongMedia) -> Vec<Value> {
    vec![
        audio_clip(DRUMS, "Kit A", 0, 4, media.kit[0], 0.0),
        audio_clip(DRUMS, "Kit B", 4, 8, media.kit[1], 0.0),
        audio_clip(DRUMS, "Kit C", 12, 8, media.kit[2], 0.0),
        note_clip(BASS, "Bass 1", 4, 8, &parts::bass_verse(4, 8)),
        note_clip(BASS, "Bass 2", 8, 12, &parts::bass_verse(8, 12)),
        note_clip(BASS, "Bass, drive", 12, 20, &parts::bass_chorus(12, 20)),
        note_clip(BASS, "Bass, out", 20, 24, &parts::bass_verse(20, 24)),
        note_clip(KEYS, "Keys", 4, 12, &parts::keys(4, 12)),
        note_clip(KEYS, "Keys, open", 14, 20, &parts::keys(14, 20)),
        note_clip(PAD, "Pad", 0, 12, &parts::pad(0, 12)),
        note_clip(PAD, "Pad, wide", 12, 24, &parts::pad(12, 24)),
        note_clip(PLUCK, "Pluck", 2, 4, &parts::pluck(2, 4, false)),
        note_clip(PLUCK, "Pluck", 8, 12, &parts::pluck(8, 12, false)),
        note_clip(PLUCK, "Pluck, fast", 12, 20, &parts::pluck(12, 20, true)),
        note_clip(LEAD, "Tune", 12, 20, &parts::lead_chorus()),
        note_clip(LEAD, "Farewell", 20, 24, &parts::lead_outro()),
        note_clip(BELLS, "Bells", 0, 4, &parts::bells(0, 4)),
        note_clip(BELLS, "Bells", 6, 12, &parts::bells(6, 12)),
        note_clip(BELLS, "Bells, last", 20, 24, &parts::bells(20, 24)),
        audio_clip(WASH, "Wash", 0, 4, media.wash, 0.0),
        audio_clip(WASH, "Wash", 9, 3, media.wash, 0.0),
        audio_clip(WASH, "Wash", 20, 3, media.wash, -2.0),
    ]
}

/// The demo song itself, once its media are in.
pub fn song(media: &SongMedia) -> Vec<Value> {
    let mut commands = form("Low Tide");
    for section in &SECTIONS {
        commands.push(json!({"add_marker": {"position": bar(section.first_bar), "name": section.name}}));
    }
    // It plays until somebody stops it.
    commands.push(json!({"set_song": {"loop_enabled": true, "loop_start": 0, "loop_end": bar(BARS.len())}}));
    commands.extend(song_tracks());
    commands.extend(song_devices());
    commands.extend(song_clips(media));
    commands
}
