//! The names of the processes that plugins share. It decides nothing: how a plugin is isolated, the song says.

use pulse_model::{Device, Isolation};

/// Longest name, in bytes, as the contract has it.
const MAX_NAME_BYTES: usize = 200;

/// The process of a plugin; empty: that of its chain. A plugin whose vendor is not known has no vendor's to share.
pub(crate) fn name(device: &Device, isolation: Isolation) -> String {
    match isolation {
        Isolation::Chain => String::new(),
        Isolation::Vendor if !device.vendor.is_empty() => {
            let mut name = format!("vendor:{}", device.vendor);
            name.truncate(name.floor_char_boundary(MAX_NAME_BYTES));
            name
        }
        Isolation::Plugin | Isolation::Vendor => format!("device:{}", device.id),
        Isolation::Shared => "shared".into(),
    }
}
