//! The harmony and form of the demo song: which chord sounds in which bar. Knows no instruments.

/// A chord as it is played: the root for the bass, and a close voicing for keys and pads. MIDI keys.
#[derive(Clone, Copy)]
pub struct Chord {
    /// Around C2.
    pub root: u32,
    /// Four notes between C3 and G4, ascending, chosen so that neighbours move by step.
    pub voicing: [u32; 4],
}

const fn chord(root: u32, voicing: [u32; 4]) -> Chord {
    Chord { root, voicing }
}

const D_MINOR_9: Chord = chord(38, [53, 57, 60, 64]);
const B_FLAT_MAJOR_7: Chord = chord(34, [53, 57, 58, 62]);
const F_ADD_9: Chord = chord(41, [53, 55, 57, 60]);
const C_SIX_NINE: Chord = chord(36, [52, 55, 57, 62]);
const C_ADD_9: Chord = chord(36, [52, 55, 60, 62]);
const A_MINOR_7: Chord = chord(33, [52, 55, 57, 60]);
const F_MAJOR_7: Chord = chord(41, [52, 53, 57, 60]);
const A_SEVEN_SUS: Chord = chord(33, [52, 55, 57, 62]);
const G_MINOR_9: Chord = chord(43, [53, 57, 58, 62]);
const D_MINOR_ADD_9: Chord = chord(38, [52, 53, 57, 62]);

/// A named stretch of the song.
pub struct Section {
    /// What the marker says.
    pub name: &'static str,
    /// First bar, from 0.
    pub first_bar: usize,
    /// From here on, beats per minute.
    pub bpm: f64,
}

/// The form: 24 bars, about a minute.
pub const SECTIONS: [Section; 4] = [
    Section { name: "Intro", first_bar: 0, bpm: 96.0 },
    Section { name: "Verse", first_bar: 4, bpm: 96.0 },
    Section { name: "Chorus", first_bar: 12, bpm: 104.0 },
    Section { name: "Outro", first_bar: 20, bpm: 92.0 },
];

/// One chord a bar.
pub const BARS: [Chord; 24] = [
    // Intro
    D_MINOR_9,
    D_MINOR_9,
    B_FLAT_MAJOR_7,
    B_FLAT_MAJOR_7,
    // Verse
    D_MINOR_9,
    B_FLAT_MAJOR_7,
    F_ADD_9,
    C_SIX_NINE,
    D_MINOR_9,
    B_FLAT_MAJOR_7,
    F_ADD_9,
    C_SIX_NINE,
    // Chorus
    B_FLAT_MAJOR_7,
    C_ADD_9,
    A_MINOR_7,
    D_MINOR_9,
    B_FLAT_MAJOR_7,
    C_ADD_9,
    F_MAJOR_7,
    A_SEVEN_SUS,
    // Outro
    D_MINOR_9,
    B_FLAT_MAJOR_7,
    G_MINOR_9,
    D_MINOR_ADD_9,
];
