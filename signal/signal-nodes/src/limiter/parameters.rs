//! What of the limiter can be set. The ids are in songs: they are never changed or reused.

use crate::parameter::{Unit, parameter_table};

parameter_table! {
    Input = 1, "Limiter", "Input", Unit::Decibels, -12.0..=36.0, 0.0, "Gain before limiting.";
    Ceiling = 2, "Limiter", "Ceiling", Unit::Decibels, -24.0..=0.0, -1.0, "The true peak (dBTP) that the output stays below.";
    Release = 3, "Limiter", "Release", Unit::Milliseconds, 5.0..=2000.0, 120.0, "Until 63 % of a reduction is given back.";
    LookAhead = 4, "Limiter", "Look-ahead", Unit::Milliseconds, 0.5..=5.0, 3.0, "How long before a peak the gain begins to fall; the latency is that of 5 ms.";
}
