//! The built-in devices as the song knows them: names, and which are instruments. What they sound like is Signal's.
//!
//! `chorus/conformance/devices.json` lists the same devices.

/// A built-in device.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Builtin {
    /// In songs.
    pub name: &'static str,
    /// What a device of it is called at first.
    pub title: &'static str,
    /// Whether it takes notes, and stands on instrument tracks only.
    pub is_instrument: bool,
}

const fn instrument(name: &'static str, title: &'static str) -> Builtin {
    Builtin { name, title, is_instrument: true }
}

const fn effect(name: &'static str, title: &'static str) -> Builtin {
    Builtin { name, title, is_instrument: false }
}

/// All of them.
pub const BUILTINS: &[Builtin] = &[
    instrument("tide", "Tide"),
    instrument("sampler", "Sampler"),
    instrument("drums", "Drums"),
    effect("trim", "Trim"),
    effect("eq", "EQ"),
    effect("compressor", "Compressor"),
    effect("delay", "Delay"),
    effect("reverb", "Reverb"),
    effect("limiter", "Limiter"),
];

/// What is said of a name that is none of theirs.
pub(crate) const UNKNOWN: &str =
    "there is no such built-in: there are tide, sampler, drums, trim, eq, compressor, delay, reverb, limiter";

impl Builtin {
    /// The one with this name.
    #[must_use]
    pub fn find(name: &str) -> Option<&'static Self> {
        BUILTINS.iter().find(|builtin| builtin.name == name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn list_is_the_one_that_signal_and_page_have() {
        let text = include_str!("../../../chorus/conformance/devices.json");
        let listed: Vec<serde_json::Value> = serde_json::from_str(text).expect("a list of devices");
        let ours: Vec<_> =
            BUILTINS.iter().map(|it| (Some(it.name), Some(it.title), Some(it.is_instrument))).collect();
        let theirs: Vec<_> = listed
            .iter()
            .map(|it| (it["name"].as_str(), it["title"].as_str(), it["instrument"].as_bool()))
            .collect();
        assert_eq!(ours, theirs);
    }

    #[test]
    fn refusal_names_them_all() {
        let names: Vec<_> = BUILTINS.iter().map(|builtin| builtin.name).collect();
        assert!(UNKNOWN.ends_with(&names.join(", ")), "{UNKNOWN}");
    }
}
