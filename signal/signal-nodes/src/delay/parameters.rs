//! What of the delay can be set. The ids are in songs: they are never changed or reused.

use crate::parameter::{Unit, parameter_table};

const SWITCH: Unit = Unit::Choice(&["Off", "On"]);
const MODES: Unit = Unit::Choice(&["Stereo", "Ping-pong"]);

/// Note lengths by name, and in quarter notes.
pub const NOTES: &[(&str, f64)] = &[
    ("1/1", 4.0),
    ("1/2 dotted", 3.0),
    ("1/2", 2.0),
    ("1/2 triplet", 4.0 / 3.0),
    ("1/4 dotted", 1.5),
    ("1/4", 1.0),
    ("1/4 triplet", 2.0 / 3.0),
    ("1/8 dotted", 0.75),
    ("1/8", 0.5),
    ("1/8 triplet", 1.0 / 3.0),
    ("1/16 dotted", 0.375),
    ("1/16", 0.25),
    ("1/16 triplet", 1.0 / 6.0),
    ("1/32", 0.125),
];

const NOTE: Unit = Unit::Choice(&[
    "1/1",
    "1/2 dotted",
    "1/2",
    "1/2 triplet",
    "1/4 dotted",
    "1/4",
    "1/4 triplet",
    "1/8 dotted",
    "1/8",
    "1/8 triplet",
    "1/16 dotted",
    "1/16",
    "1/16 triplet",
    "1/32",
]);

parameter_table! {
    Time = 1, "Time", "Time", Unit::Milliseconds, 1.0..=4000.0, 350.0, "Until the first echo, where it is not synced.";
    Sync = 2, "Time", "Sync", SWITCH, 0.0..=1.0, 0.0, "Takes the time from the song's tempo.";
    Note = 3, "Time", "Note", NOTE, 0.0..=13.0, 7.0, "The time as a note, where it is synced; halved until it fits into 4 s.";
    Mode = 4, "Echo", "Mode", MODES, 0.0..=1.0, 0.0, "Each side for itself, or from left to right and back.";
    Feedback = 5, "Echo", "Feedback", Unit::Percent, 0.0..=99.0, 35.0, "Level of an echo against the one before.";
    LowCut = 6, "Filter", "Low cut", Unit::Hertz, 20.0..=2000.0, 80.0, "In the loop, 6 dB an octave: each echo is thinner than the one before.";
    HighCut = 7, "Filter", "High cut", Unit::Hertz, 500.0..=20000.0, 8000.0, "In the loop, 6 dB an octave: each echo is darker than the one before.";
    Rate = 8, "Modulation", "Rate", Unit::Hertz, 0.05..=10.0, 0.5, "Of the sine that moves the time; the right side is a quarter behind.";
    Depth = 9, "Modulation", "Depth", Unit::Milliseconds, 0.0..=10.0, 0.0, "How much later it makes the echo at most.";
    Ducking = 10, "Output", "Ducking", Unit::Decibels, 0.0..=24.0, 0.0, "How far the echoes go down while something is played.";
    Mix = 11, "Output", "Mix", Unit::Percent, 0.0..=100.0, 30.0, "Echoes against dry; 100 % on a send.";
}
