//! What of the sampler can be set: of the whole, and the same again of each zone. The ids are in songs: they are never
//! changed or reused.

use std::sync::OnceLock;

use crate::parameter::{ParameterSpec, Unit};
use crate::sample::ZONES;

pub use all::Id;

/// Id of the first zone's first parameter.
const FIRST_ZONE: u32 = 1000;
/// Between the ids of two zones.
const ZONE_STRIDE: u32 = 32;

const FILTERS: Unit = Unit::Choice(&["Off", "Low-pass 12", "Low-pass 24", "Band-pass", "High-pass"]);
const MODES: Unit = Unit::Choice(&["Poly", "Mono", "Legato"]);
const DIRECTIONS: Unit = Unit::Choice(&["Forward", "Reverse"]);
const TRIGGERS: Unit = Unit::Choice(&["Gated", "One-shot"]);
const LOOPS: Unit = Unit::Choice(&["Off", "Forward", "Ping-pong"]);

/// The parameters of the whole.
mod all {
    use super::{FILTERS, MODES};
    use crate::parameter::{Unit, parameter_table};

    parameter_table! {
        Volume = 1, "Output", "Volume", Unit::Decibels, -60.0..=12.0, 0.0, "Of everything; at its lowest, silence.";
        Tune = 2, "Output", "Tune", Unit::Semitones, -48.0..=48.0, 0.0, "Of everything.";
        Fine = 3, "Output", "Fine", Unit::Cents, -100.0..=100.0, 0.0, "Of everything.";
        FilterType = 10, "Filter", "Type", FILTERS, 0.0..=4.0, 0.0, "What passes.";
        Cutoff = 11, "Filter", "Cutoff", Unit::Hertz, 20.0..=20000.0, 20000.0, "At middle C.";
        Resonance = 12, "Filter", "Resonance", Unit::Percent, 0.0..=100.0, 10.0, "100 % is just short of whistling.";
        FilterEnvelope = 13, "Filter", "Envelope", Unit::Octaves, -8.0..=8.0, 0.0, "How far the envelope moves the cutoff.";
        KeyTracking = 14, "Filter", "Key tracking", Unit::Percent, 0.0..=100.0, 0.0, "How far the cutoff follows the key.";
        FilterVelocity = 15, "Filter", "Velocity", Unit::Octaves, 0.0..=8.0, 0.0, "How much softer notes are darker.";
        AmpAttack = 20, "Amplitude", "Attack", Unit::Milliseconds, 0.1..=10000.0, 0.1, "From silence to full.";
        AmpDecay = 21, "Amplitude", "Decay", Unit::Milliseconds, 1.0..=20000.0, 600.0, "Until 60 dB of the way to sustain.";
        AmpSustain = 22, "Amplitude", "Sustain", Unit::Percent, 0.0..=100.0, 100.0, "While the key is held.";
        AmpRelease = 23, "Amplitude", "Release", Unit::Milliseconds, 1.0..=20000.0, 60.0, "Until -60 dB after the key is let go.";
        AmpVelocity = 24, "Amplitude", "Velocity", Unit::Percent, 0.0..=100.0, 70.0, "How much softer notes are quieter.";
        FilterAttack = 30, "Filter envelope", "Attack", Unit::Milliseconds, 0.1..=10000.0, 1.0, "From nothing to full.";
        FilterDecay = 31, "Filter envelope", "Decay", Unit::Milliseconds, 1.0..=20000.0, 400.0, "Until 60 dB of the way to sustain.";
        FilterSustain = 32, "Filter envelope", "Sustain", Unit::Percent, 0.0..=100.0, 0.0, "While the key is held.";
        FilterRelease = 33, "Filter envelope", "Release", Unit::Milliseconds, 1.0..=20000.0, 250.0, "After the key is let go.";
        Mode = 40, "Voice", "Mode", MODES, 0.0..=2.0, 0.0, "Legato is mono without new attacks.";
        Voices = 41, "Voice", "Voices", Unit::Count, 1.0..=32.0, 32.0, "Notes that sound at once; the oldest gives way.";
        Glide = 42, "Voice", "Glide", Unit::Milliseconds, 0.0..=2000.0, 0.0, "Time an octave takes from one note to the next.";
        BendRange = 43, "Voice", "Bend range", Unit::Semitones, 0.0..=24.0, 2.0, "Of the pitch wheel.";
    }
}

macro_rules! zone_table {
    ($($variant:ident = $name:literal, $unit:expr, $minimum:literal ..= $maximum:literal, $default:literal, $meaning:literal;)*) => {
        /// The parameters of a zone; their order is in songs.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum ZoneId {
            $(#[doc = $meaning] $variant,)*
        }

        const OF_ZONE: &[ParameterSpec] = &[$(ParameterSpec {
            id: 0,
            name: $name,
            module: "Zone",
            minimum: $minimum,
            maximum: $maximum,
            default_value: $default,
            unit: $unit,
            meaning: $meaning,
        }),*];
    };
}

zone_table! {
    Root = "Root key", Unit::Key, 0.0..=127.0, 60.0, "The key at which the sound plays as it is.";
    LowKey = "Lowest key", Unit::Key, 0.0..=127.0, 0.0, "The zone takes notes from here on.";
    HighKey = "Highest key", Unit::Key, 0.0..=127.0, 127.0, "The zone takes notes up to here.";
    LowVelocity = "Lowest velocity", Unit::Count, 1.0..=127.0, 1.0, "The zone takes notes as loud and louder.";
    HighVelocity = "Highest velocity", Unit::Count, 1.0..=127.0, 127.0, "The zone takes notes as loud and softer.";
    Tune = "Tune", Unit::Semitones, -48.0..=48.0, 0.0, "Of the sound.";
    Fine = "Fine", Unit::Cents, -100.0..=100.0, 0.0, "Of the sound.";
    Level = "Level", Unit::Decibels, -60.0..=24.0, 0.0, "Of the sound.";
    Pan = "Pan", Unit::Percent, -100.0..=100.0, 0.0, "Takes from the other side; left is negative.";
    Start = "Start", Unit::Percent, 0.0..=100.0, 0.0, "Of the sound's length: what comes before is not played.";
    End = "End", Unit::Percent, 0.0..=100.0, 100.0, "Of the sound's length: what comes after is not played.";
    Direction = "Direction", DIRECTIONS, 0.0..=1.0, 0.0, "Reverse plays from the end to the start.";
    Trigger = "Trigger", TRIGGERS, 0.0..=1.0, 0.0, "A one-shot plays to its end whatever the key does.";
    Loop = "Loop", LOOPS, 0.0..=2.0, 0.0, "What repeats while the note sounds.";
    LoopStart = "Loop start", Unit::Percent, 0.0..=100.0, 0.0, "Of the stretch between start and end.";
    LoopEnd = "Loop end", Unit::Percent, 0.0..=100.0, 100.0, "Of the stretch between start and end.";
    LoopFade = "Loop cross-fade", Unit::Milliseconds, 0.0..=5000.0, 0.0, "At the end of a forward loop, into what comes before its start.";
    Choke = "Choke group", Unit::Count, 0.0..=16.0, 0.0, "A new note silences others of its group; 0 is no group.";
    Tracking = "Key tracking", Unit::Percent, 0.0..=100.0, 100.0, "How far the pitch follows the key.";
}

const MODULES: [&str; ZONES] = [
    "Zone 1", "Zone 2", "Zone 3", "Zone 4", "Zone 5", "Zone 6", "Zone 7", "Zone 8", "Zone 9", "Zone 10",
    "Zone 11", "Zone 12", "Zone 13", "Zone 14", "Zone 15", "Zone 16",
];

const COUNT: usize = Id::COUNT + ZONES * OF_ZONE.len();

/// [any] The parameters by ascending id. The first call makes the list.
#[must_use]
pub fn parameters() -> &'static [ParameterSpec] {
    static PARAMETERS: OnceLock<Vec<ParameterSpec>> = OnceLock::new();
    PARAMETERS.get_or_init(|| {
        let of_zone = |zone: usize| {
            let own = OF_ZONE.iter().zip(FIRST_ZONE + zone as u32 * ZONE_STRIDE..);
            own.map(move |(spec, id)| ParameterSpec { id, module: MODULES[zone], ..*spec })
        };
        all::parameters().iter().copied().chain((0..ZONES).flat_map(of_zone)).collect()
    })
}

/// [any] The number that a parameter of a zone, from 0, has in songs.
#[must_use]
pub fn zone_parameter(zone: usize, id: ZoneId) -> u32 {
    FIRST_ZONE + zone as u32 * ZONE_STRIDE + id as u32
}

/// [audio] The zone and the number in it of a parameter. None: it is none of a zone.
pub(super) fn place(number: u32) -> Option<(usize, usize)> {
    let number = number.checked_sub(FIRST_ZONE)?;
    let (zone, own) = ((number / ZONE_STRIDE) as usize, (number % ZONE_STRIDE) as usize);
    (zone < ZONES && own < OF_ZONE.len()).then_some((zone, own))
}

/// Every value, in its parameter's unit.
#[derive(Debug)]
pub(super) struct Values([f64; COUNT]);

impl Values {
    /// [control] The defaults.
    pub fn new() -> Self {
        Self(std::array::from_fn(|at| parameters()[at].default_value))
    }

    /// [audio] A new value. False: there is no such parameter, or it had that value.
    pub fn set(&mut self, number: u32, value: f64) -> bool {
        let found = parameters().binary_search_by_key(&number, |parameter| parameter.id);
        let Ok(at) = found else { return false };
        let value = parameters()[at].clamp(value);
        std::mem::replace(&mut self.0[at], value) != value
    }

    /// [audio] Of the whole.
    pub fn of(&self, id: Id) -> f64 {
        self.0[id as usize]
    }

    /// [audio] Of a zone, from 0.
    pub fn of_zone(&self, zone: usize, id: ZoneId) -> f64 {
        self.0[Id::COUNT + zone * OF_ZONE.len() + id as usize]
    }
}
