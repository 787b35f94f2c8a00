//! Which plugins share a process, in commands and entities.

use chorus::pulse::v1 as wire;
use pulse_model::Isolation;

/// What a client sets; `None`: as the song says, or for the song its default.
pub(super) fn read(isolation: i32) -> Result<Option<Isolation>, &'static str> {
    match wire::Isolation::try_from(isolation) {
        Ok(wire::Isolation::Unspecified) => Ok(None),
        Ok(wire::Isolation::Chain) => Ok(Some(Isolation::Chain)),
        Ok(wire::Isolation::Plugin) => Ok(Some(Isolation::Plugin)),
        Ok(wire::Isolation::Vendor) => Ok(Some(Isolation::Vendor)),
        Ok(wire::Isolation::Shared) => Ok(Some(Isolation::Shared)),
        Err(_) => Err("plugins are isolated by chain, plugin or vendor, or shared"),
    }
}

pub(super) fn write(isolation: Isolation) -> wire::Isolation {
    match isolation {
        Isolation::Chain => wire::Isolation::Chain,
        Isolation::Plugin => wire::Isolation::Plugin,
        Isolation::Vendor => wire::Isolation::Vendor,
        Isolation::Shared => wire::Isolation::Shared,
    }
}
