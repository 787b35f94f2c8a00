//! The built-in devices: what they are called, what they are, what of them can be set. Makes none: the workshop does.
//!
//! `chorus/conformance/devices.json` lists the same devices, and the song model and the page are tested against it.

use crate::parameter::ParameterSpec;
use crate::{tide, trim};

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
        name: trim::NAME,
        title: "Trim",
        what: "gain",
        is_instrument: false,
        parameters: trim::parameters,
    },
];

/// [any] The device with this name.
#[must_use]
pub fn find(name: &str) -> Option<&'static Device> {
    DEVICES.iter().find(|device| device.name == name)
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
