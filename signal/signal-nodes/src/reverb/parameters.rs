//! What of the reverb can be set. The ids are in songs: they are never changed or reused.

use crate::parameter::{Unit, parameter_table};

parameter_table! {
    PreDelay = 1, "Room", "Pre-delay", Unit::Milliseconds, 0.0..=250.0, 10.0, "Until the room answers.";
    Size = 2, "Room", "Size", Unit::Percent, 25.0..=200.0, 100.0, "Of the room: 100 % has paths of 17 to 83 ms.";
    Diffusion = 3, "Room", "Diffusion", Unit::Percent, 0.0..=100.0, 80.0, "How soon single echoes become a dense tail.";
    Modulation = 4, "Room", "Modulation", Unit::Percent, 0.0..=100.0, 30.0, "Slow movement of the paths, 0.4 ms at most, against ringing.";
    Decay = 10, "Decay", "Time", Unit::Milliseconds, 100.0..=30000.0, 1800.0, "Until the tail has fallen by 60 dB, between both crossovers (RT60).";
    LowRatio = 11, "Decay", "Low", Unit::Times, 0.25..=2.0, 1.1, "The time of what lies below the low crossover, as a multiple.";
    LowCrossover = 12, "Decay", "Low crossover", Unit::Hertz, 50.0..=1000.0, 250.0, "Where the low time comes in.";
    HighRatio = 13, "Decay", "High", Unit::Times, 0.05..=1.0, 0.45, "The time of what lies above the high crossover, as a multiple.";
    HighCrossover = 14, "Decay", "High crossover", Unit::Hertz, 1000.0..=16000.0, 4500.0, "Where the high time comes in.";
    LowCut = 20, "Output", "Low cut", Unit::Hertz, 20.0..=1000.0, 40.0, "Of what goes into the room, 6 dB an octave.";
    HighCut = 21, "Output", "High cut", Unit::Hertz, 1000.0..=20000.0, 14000.0, "Of what goes into the room, 6 dB an octave.";
    Width = 22, "Output", "Width", Unit::Percent, 0.0..=100.0, 100.0, "0 % is mono.";
    Mix = 23, "Output", "Mix", Unit::Percent, 0.0..=100.0, 25.0, "Room against dry; 100 % on a send.";
}
