//! What of the EQ can be set. The ids are in songs: they are never changed or reused.

use crate::parameter::{Unit, parameter_table};

const SWITCH: Unit = Unit::Choice(&["Off", "On"]);
const SLOPES: Unit = Unit::Choice(&["12 dB/oct", "24 dB/oct", "36 dB/oct", "48 dB/oct"]);

parameter_table! {
    HighPassOn = 10, "High-pass", "On", SWITCH, 0.0..=1.0, 0.0, "Whether the band is heard.";
    HighPassFrequency = 11, "High-pass", "Frequency", Unit::Hertz, 20.0..=20000.0, 80.0, "Below it the sound is taken away; -3 dB at a Q of 0.71.";
    HighPassSlope = 12, "High-pass", "Slope", SLOPES, 0.0..=3.0, 1.0, "How steeply: Butterworth filters of order 2, 4, 6, 8.";
    HighPassQ = 13, "High-pass", "Q", Unit::Quality, 0.3..=6.0, 0.71, "Resonance at the frequency; 0.71 is flat.";
    LowShelfOn = 20, "Low shelf", "On", SWITCH, 0.0..=1.0, 1.0, "Whether the band is heard.";
    LowShelfFrequency = 21, "Low shelf", "Frequency", Unit::Hertz, 20.0..=20000.0, 120.0, "Where half of the gain is reached.";
    LowShelfGain = 22, "Low shelf", "Gain", Unit::Decibels, -24.0..=24.0, 0.0, "Of all far below the frequency.";
    LowShelfQ = 23, "Low shelf", "Q", Unit::Quality, 0.3..=2.0, 0.71, "Steepness; above 0.71 it overshoots.";
    Bell1On = 30, "Bell 1", "On", SWITCH, 0.0..=1.0, 1.0, "Whether the band is heard.";
    Bell1Frequency = 31, "Bell 1", "Frequency", Unit::Hertz, 20.0..=20000.0, 250.0, "The middle of the bell.";
    Bell1Gain = 32, "Bell 1", "Gain", Unit::Decibels, -24.0..=24.0, 0.0, "At the middle.";
    Bell1Q = 33, "Bell 1", "Q", Unit::Quality, 0.1..=30.0, 1.0, "Frequency over the width at half of the gain in decibels.";
    Bell2On = 40, "Bell 2", "On", SWITCH, 0.0..=1.0, 1.0, "Whether the band is heard.";
    Bell2Frequency = 41, "Bell 2", "Frequency", Unit::Hertz, 20.0..=20000.0, 700.0, "The middle of the bell.";
    Bell2Gain = 42, "Bell 2", "Gain", Unit::Decibels, -24.0..=24.0, 0.0, "At the middle.";
    Bell2Q = 43, "Bell 2", "Q", Unit::Quality, 0.1..=30.0, 1.0, "Frequency over the width at half of the gain in decibels.";
    Bell3On = 50, "Bell 3", "On", SWITCH, 0.0..=1.0, 1.0, "Whether the band is heard.";
    Bell3Frequency = 51, "Bell 3", "Frequency", Unit::Hertz, 20.0..=20000.0, 2000.0, "The middle of the bell.";
    Bell3Gain = 52, "Bell 3", "Gain", Unit::Decibels, -24.0..=24.0, 0.0, "At the middle.";
    Bell3Q = 53, "Bell 3", "Q", Unit::Quality, 0.1..=30.0, 1.0, "Frequency over the width at half of the gain in decibels.";
    Bell4On = 60, "Bell 4", "On", SWITCH, 0.0..=1.0, 1.0, "Whether the band is heard.";
    Bell4Frequency = 61, "Bell 4", "Frequency", Unit::Hertz, 20.0..=20000.0, 5000.0, "The middle of the bell.";
    Bell4Gain = 62, "Bell 4", "Gain", Unit::Decibels, -24.0..=24.0, 0.0, "At the middle.";
    Bell4Q = 63, "Bell 4", "Q", Unit::Quality, 0.1..=30.0, 1.0, "Frequency over the width at half of the gain in decibels.";
    HighShelfOn = 70, "High shelf", "On", SWITCH, 0.0..=1.0, 1.0, "Whether the band is heard.";
    HighShelfFrequency = 71, "High shelf", "Frequency", Unit::Hertz, 20.0..=20000.0, 8000.0, "Where half of the gain is reached.";
    HighShelfGain = 72, "High shelf", "Gain", Unit::Decibels, -24.0..=24.0, 0.0, "Of all far above the frequency.";
    HighShelfQ = 73, "High shelf", "Q", Unit::Quality, 0.3..=2.0, 0.71, "Steepness; above 0.71 it overshoots.";
    LowPassOn = 80, "Low-pass", "On", SWITCH, 0.0..=1.0, 0.0, "Whether the band is heard.";
    LowPassFrequency = 81, "Low-pass", "Frequency", Unit::Hertz, 20.0..=20000.0, 16000.0, "Above it the sound is taken away; -3 dB at a Q of 0.71.";
    LowPassSlope = 82, "Low-pass", "Slope", SLOPES, 0.0..=3.0, 1.0, "How steeply: Butterworth filters of order 2, 4, 6, 8.";
    LowPassQ = 83, "Low-pass", "Q", Unit::Quality, 0.3..=6.0, 0.71, "Resonance at the frequency; 0.71 is flat.";
    Output = 90, "Output", "Gain", Unit::Decibels, -24.0..=24.0, 0.0, "Of everything, after the bands.";
}
