//! What of the drum machine can be set: the volume, and the same again of each pad. The ids are in songs: they are never
//! changed or reused.

use crate::parameter::{ParameterSpec, Unit};
use crate::sample::ZONES;

use super::kit::NAMES;

/// The pads' keys.
pub const PAD_KEYS: std::ops::Range<u8> = 36..52;

/// A decay as long as this leaves a sound as it is.
pub(super) const LONGEST_DECAY: f32 = 20_000.0;
/// A cutoff as high as this lets everything pass.
pub(super) const OPEN_HERTZ: f32 = 20_000.0;

const VOLUME: u32 = 1;
/// Id of the first pad's first parameter.
const FIRST_PAD: u32 = 100;
/// Between the ids of two pads.
const PAD_STRIDE: u32 = 16;

macro_rules! pad_table {
    ($($variant:ident = $name:literal, $unit:expr, $minimum:literal ..= $maximum:literal, $default:literal, $meaning:literal;)*) => {
        /// The parameters of a pad; their order is in songs.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum PadId {
            $(#[doc = $meaning] $variant,)*
        }

        const OF_PAD: &[ParameterSpec] = &[$(ParameterSpec {
            id: 0,
            name: $name,
            module: "Pad",
            minimum: $minimum,
            maximum: $maximum,
            default_value: $default,
            unit: $unit,
            meaning: $meaning,
        }),*];
    };
}

pad_table! {
    Drum = "Drum", Unit::Choice(NAMES), 0.0..=15.0, 0.0, "What the pad plays while it has no sound of its own.";
    Level = "Level", Unit::Decibels, -60.0..=12.0, 0.0, "At its lowest, silence.";
    Pan = "Pan", Unit::Percent, -100.0..=100.0, 0.0, "Takes from the other side; left is negative.";
    Tune = "Tune", Unit::Semitones, -36.0..=36.0, 0.0, "Of the sound.";
    Fine = "Fine", Unit::Cents, -100.0..=100.0, 0.0, "Of the sound.";
    Decay = "Decay", Unit::Milliseconds, 5.0..=20000.0, 20000.0, "Until -60 dB; at its longest, the sound as it is.";
    Cutoff = "Cutoff", Unit::Hertz, 20.0..=20000.0, 20000.0, "Of a low-pass of 12 dB; at its highest, none.";
    Resonance = "Resonance", Unit::Percent, 0.0..=100.0, 30.0, "Of the low-pass.";
    Choke = "Choke group", Unit::Count, 0.0..=16.0, 0.0, "A new hit silences others of its group; 0 is no group.";
    Velocity = "Velocity", Unit::Percent, 0.0..=100.0, 80.0, "How much softer hits are quieter.";
}

const MODULES: [&str; ZONES] = [
    "Pad 1", "Pad 2", "Pad 3", "Pad 4", "Pad 5", "Pad 6", "Pad 7", "Pad 8", "Pad 9", "Pad 10", "Pad 11",
    "Pad 12", "Pad 13", "Pad 14", "Pad 15", "Pad 16",
];

/// Pads that play hi-hats at first: one foot cannot be in two places.
const HATS: [usize; 3] = [6, 8, 10];

const COUNT: usize = 1 + ZONES * OF_PAD.len();

const fn table() -> [ParameterSpec; COUNT] {
    let volume = ParameterSpec {
        id: VOLUME,
        name: "Volume",
        module: "Output",
        minimum: -60.0,
        maximum: 12.0,
        // A hit of every limb at once stays below full scale.
        default_value: -9.0,
        unit: Unit::Decibels,
        meaning: "Of everything.",
    };
    let mut table = [volume; COUNT];
    let mut at = 1;
    while at < COUNT {
        let (pad, own) = ((at - 1) / OF_PAD.len(), (at - 1) % OF_PAD.len());
        table[at] = OF_PAD[own];
        table[at].id = FIRST_PAD + pad as u32 * PAD_STRIDE + own as u32;
        table[at].module = MODULES[pad];
        if own == PadId::Drum as usize {
            table[at].default_value = pad as f64;
        }
        if own == PadId::Choke as usize && (pad == HATS[0] || pad == HATS[1] || pad == HATS[2]) {
            table[at].default_value = 1.0;
        }
        at += 1;
    }
    table
}

/// [any] The parameters by ascending id.
#[must_use]
pub fn parameters() -> &'static [ParameterSpec] {
    static PARAMETERS: [ParameterSpec; COUNT] = table();
    &PARAMETERS
}

/// [any] The number that a parameter of a pad, from 0, has in songs.
#[must_use]
pub fn pad_parameter(pad: usize, id: PadId) -> u32 {
    FIRST_PAD + pad as u32 * PAD_STRIDE + id as u32
}

/// [audio] The pad of a parameter. None: it is of the whole.
pub(super) fn place(number: u32) -> Option<usize> {
    let number = number.checked_sub(FIRST_PAD)?;
    let (pad, own) = ((number / PAD_STRIDE) as usize, (number % PAD_STRIDE) as usize);
    (pad < ZONES && own < OF_PAD.len()).then_some(pad)
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

    /// [audio] Of the whole, in decibels.
    pub fn volume(&self) -> f64 {
        self.0[0]
    }

    /// [audio] Of a pad, from 0.
    pub fn of_pad(&self, pad: usize, id: PadId) -> f64 {
        self.0[1 + pad * OF_PAD.len() + id as usize]
    }
}
