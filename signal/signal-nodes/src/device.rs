//! The built-in devices: what they are called, what they are, what of them can be set. Makes none: the workshop does.
//!
//! `chorus/conformance/devices.json` lists the same devices, and the song model and the page are tested against it.

use crate::parameter::ParameterSpec;
use crate::{compressor, delay, drums, eq, limiter, reverb, sampler, tide, trim};

/// A built-in device as its users see it.
#[derive(Clone, Copy, Debug)]
pub struct Device {
    /// In songs and graphs.
    pub name: &'static str,
    /// For people.
    pub title: &'static str,
    /// What it is, in a word or two.
    pub what: &'static str,
    /// Whether notes go in.
    pub is_instrument: bool,
    /// By ascending id.
    pub parameters: fn() -> &'static [ParameterSpec],
}

/// All of them, instruments first.
pub const DEVICES: &[Device] = &[
    Device {
        name: tide::NAME,
        title: "Tide",
        what: "synth",
        is_instrument: true,
        parameters: tide::parameters,
    },
    Device {
        name: sampler::NAME,
        title: "Sampler",
        what: "sounds across the keys",
        is_instrument: true,
        parameters: sampler::parameters,
    },
    Device {
        name: drums::NAME,
        title: "Drums",
        what: "drum machine",
        is_instrument: true,
        parameters: drums::parameters,
    },
    Device {
        name: trim::NAME,
        title: "Trim",
        what: "gain",
        is_instrument: false,
        parameters: trim::parameters,
    },
    Device {
        name: eq::NAME,
        title: "EQ",
        what: "equaliser",
        is_instrument: false,
        parameters: eq::parameters,
    },
    Device {
        name: compressor::NAME,
        title: "Compressor",
        what: "dynamics",
        is_instrument: false,
        parameters: compressor::parameters,
    },
    Device {
        name: delay::NAME,
        title: "Delay",
        what: "echo",
        is_instrument: false,
        parameters: delay::parameters,
    },
    Device {
        name: reverb::NAME,
        title: "Reverb",
        what: "room",
        is_instrument: false,
        parameters: reverb::parameters,
    },
    Device {
        name: limiter::NAME,
        title: "Limiter",
        what: "true-peak limiter",
        is_instrument: false,
        parameters: limiter::parameters,
    },
];

/// [any] The device with this name.
#[must_use]
pub fn find(name: &str) -> Option<&'static Device> {
    DEVICES.iter().find(|device| device.name == name)
}

impl Device {
    /// [any] Samples between its input and its output.
    #[must_use]
    pub fn latency(&self, sample_rate: u32) -> u32 {
        if self.name == limiter::NAME { limiter::latency(sample_rate) } else { 0 }
    }
}

#[cfg(test)]
mod tests {
    use super::DEVICES;

    #[test]
    fn list_is_the_one_that_song_and_page_have() {
        let text = include_str!("../../../chorus/conformance/devices.json");
        let listed: Vec<serde_json::Value> = serde_json::from_str(text).expect("a list of devices");
        let ours: Vec<_> = DEVICES
            .iter()
            .map(|it| serde_json::json!({"name": it.name, "title": it.title, "what": it.what, "instrument": it.is_instrument}))
            .collect();
        assert_eq!(ours, listed);
    }
}
