//! "tide": a polyphonic synthesiser of two oscillators, a filter and three envelopes.

mod parameters;

pub use parameters::{Id, parameters};

/// The name it has in a graph.
pub const NAME: &str = "tide";
