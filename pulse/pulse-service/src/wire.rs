//! Where the contracts meet the model: the only place of this crate that names generated types.
//!
//! What comes in is checked once and becomes a domain type; what goes out is cut into parts of at most 1 MiB.

pub mod bundle;
mod clip_command;
pub mod command;
pub mod entity;
mod grants;
pub mod graph;
pub mod incident;
mod isolation;
pub mod parts;
pub mod recording;
pub mod service;
pub mod signal;
