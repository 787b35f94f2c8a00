//! The devices of tracks.

use super::is_default;
use crate::extra::Extra;
use crate::id::Id;
use serde::{Deserialize, Serialize};

/// One device of a track's chain, in ascending order.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "fields say all")]
pub struct Device {
    pub id: Id,
    pub track: Id,
    pub order: f64,
    pub name: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub vendor: String,
    #[serde(default)]
    pub bypass: bool,
    /// Written as a member `builtin` or `clap` of the device.
    #[serde(flatten)]
    pub kind: DeviceKind,
    /// Values that differ from the device's own, by ascending id.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub parameters: Vec<ParameterValue>,
    /// Hex BLAKE3 of the plugin's own state in `state/`, empty if it has none.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub state: String,
    /// Sounds it plays, by ascending slot.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub media: Vec<DeviceMedia>,
    /// `None`: as the song says. Plugins only, as the next two.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub isolation: Option<Isolation>,
    /// A second process with the plugin loaded waits to take over when the first one dies.
    #[serde(default, skip_serializing_if = "is_default")]
    pub standby: bool,
    /// It is not loaded; state and values are kept as they are.
    #[serde(default, skip_serializing_if = "is_default")]
    pub disabled: bool,
    /// Fields of later versions.
    #[serde(flatten)]
    pub extra: Extra,
}

/// Which plugins share a process, and so a fate: what crashes or hangs one of them silences all of them, and no other.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Isolation {
    /// Those next to it in its track's chain.
    #[default]
    Chain,
    /// None: it has a process of its own.
    Plugin,
    /// All of its vendor that say so.
    Vendor,
    /// All that say so.
    Shared,
}

/// What a device is made of.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeviceKind {
    /// One of ours: see [`BUILTINS`](crate::BUILTINS).
    Builtin(String),
    /// A CLAP plugin.
    Clap(ClapPlugin),
}

/// Which CLAP plugin a device is.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ClapPlugin {
    /// Its id in its bundle, for example `com.zamaudio.ZamComp`.
    pub plugin_id: String,
    /// File name of the bundle, searched in the CLAP folders; or an absolute path.
    pub bundle: String,
    /// Fields of later versions.
    #[serde(flatten)]
    pub extra: Extra,
}

/// One parameter of a device in the parameter's own range.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "fields say all")]
pub struct ParameterValue {
    pub id: u32,
    pub value: f64,
}

/// A sound that a built-in device plays.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeviceMedia {
    /// 0 to 127; what it means is the device's.
    pub slot: u32,
    /// A [`Media`](crate::Media) entity.
    pub media: Id,
}
