//! The parameters, as a table. Their ids have gaps: a host that counts instead of asking hits an unknown one.

use std::ops::RangeInclusive;

use clack_extensions::params::ParamInfoFlags;

/// A parameter.
#[derive(Debug)]
pub struct Parameter {
    pub id: u32,
    pub name: &'static str,
    pub minimum: f64,
    pub maximum: f64,
    pub default_value: f64,
    pub flags: ParamInfoFlags,
}

impl Parameter {
    /// What it may be set to.
    pub fn range(&self) -> RangeInclusive<f64> {
        self.minimum..=self.maximum
    }
}

/// Multiplies the sound.
pub const GAIN: u32 = 10;
/// In samples: takes effect with a restart.
pub const LATENCY: u32 = 20;
/// Another value makes the plugin want something of its host: see [`crate::main_thread::Want`].
pub const WANT: u32 = 30;
/// How often the host broke a rule.
pub const VIOLATIONS: u32 = 40;

/// How often its pipe was read from.
pub const READS: u32 = 50;

/// All of them.
pub const PARAMETERS: [Parameter; 5] = [
    Parameter {
        id: GAIN,
        name: "Gain",
        minimum: 0.0,
        maximum: 2.0,
        default_value: 1.0,
        flags: ParamInfoFlags::IS_AUTOMATABLE
            .union(ParamInfoFlags::IS_MODULATABLE)
            .union(ParamInfoFlags::IS_MODULATABLE_PER_NOTE_ID),
    },
    Parameter {
        id: LATENCY,
        name: "Latency",
        minimum: 0.0,
        maximum: 4800.0,
        default_value: 0.0,
        flags: ParamInfoFlags::IS_STEPPED,
    },
    Parameter {
        id: WANT,
        name: "Want",
        minimum: 0.0,
        maximum: 6.0,
        default_value: 0.0,
        flags: ParamInfoFlags::IS_STEPPED.union(ParamInfoFlags::IS_HIDDEN),
    },
    Parameter {
        id: VIOLATIONS,
        name: "Violations",
        minimum: 0.0,
        maximum: 1_000_000.0,
        default_value: 0.0,
        flags: ParamInfoFlags::IS_READONLY,
    },
    Parameter {
        id: READS,
        name: "Reads",
        minimum: 0.0,
        maximum: 1_000_000.0,
        default_value: 0.0,
        flags: ParamInfoFlags::IS_READONLY.union(ParamInfoFlags::IS_HIDDEN),
    },
];

/// The parameter of this id.
pub fn find(id: u32) -> Option<&'static Parameter> {
    PARAMETERS.iter().find(|parameter| parameter.id == id)
}
