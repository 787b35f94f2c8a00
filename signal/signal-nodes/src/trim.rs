//! "trim": a gain in decibels.

use crate::parameter::{ParameterSpec, Unit};

/// The name it has in a graph.
pub const NAME: &str = "trim";

/// Id of the gain.
pub const GAIN: u32 = 1;

/// What can be set.
pub const PARAMETERS: &[ParameterSpec] = &[ParameterSpec {
    id: GAIN,
    name: "Gain",
    module: "Trim",
    minimum: -60.0,
    maximum: 24.0,
    default_value: 0.0,
    unit: Unit::Decibels,
}];
