//! The song: its entities, the commands that change it, the transactions they become, and their history.
//!
//! Pure: no I/O, no clock, no contract types. Pulse's process stores and sends what this crate computes.

mod command;
mod entity;
mod extra;
mod hex;
mod id;
mod transaction;

pub use command::*;
pub use entity::*;
pub use extra::Extra;
pub use id::Id;
pub use transaction::{Transaction, Update, invert};

/// Names of the built-in devices: a synth and a gain.
pub const BUILTINS: [&str; 2] = ["tide", "trim"];
