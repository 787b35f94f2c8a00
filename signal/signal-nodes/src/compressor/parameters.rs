//! What of the compressor can be set. The ids are in songs: they are never changed or reused.

use crate::parameter::{Unit, parameter_table};

const SWITCH: Unit = Unit::Choice(&["Off", "On"]);
const DETECTION: Unit = Unit::Choice(&["Peak", "RMS"]);

parameter_table! {
    Threshold = 1, "Curve", "Threshold", Unit::Decibels, -60.0..=0.0, -18.0, "The level from which on it compresses, of the louder channel.";
    Ratio = 2, "Curve", "Ratio", Unit::Ratio, 1.0..=100.0, 3.0, "Decibels above the threshold that make one above it; 100:1 limits.";
    Knee = 3, "Curve", "Knee", Unit::Decibels, 0.0..=24.0, 6.0, "The range around the threshold in which the ratio comes in.";
    Attack = 4, "Time", "Attack", Unit::Milliseconds, 0.1..=200.0, 10.0, "Until 63 % of a reduction is reached, in decibels.";
    Release = 5, "Time", "Release", Unit::Milliseconds, 5.0..=2000.0, 150.0, "Until 63 % of a reduction is given back, in decibels.";
    Detection = 6, "Detector", "Detection", DETECTION, 0.0..=1.0, 0.0, "Follows peaks, or the mean power of the last 10 ms.";
    LowCut = 7, "Detector", "Low cut", Unit::Hertz, 20.0..=500.0, 20.0, "The detector does not hear below it, 6 dB an octave; 20 Hz is off.";
    MakeUp = 8, "Output", "Make-up", Unit::Decibels, -12.0..=36.0, 0.0, "Gain after compression.";
    AutoMakeUp = 9, "Output", "Auto make-up", SWITCH, 0.0..=1.0, 0.0, "Adds half of what full scale is reduced by.";
    Mix = 10, "Output", "Mix", Unit::Percent, 0.0..=100.0, 100.0, "How much of the compressed is heard beside the dry.";
}
