//! How loud the output is: EBU mode metering (EBU Tech 3341) by the algorithms of ITU-R BS.1770-5 and EBU Tech 3342.
//!
//! 1. The audio thread copies what the graph gives into a ring: [`tap`]. It computes nothing.
//! 2. A thread of its own takes it out, measures it by a [`LoudnessMeter`], and publishes in the telemetry block:
//!    [`thread`].
//! 3. An export is measured by the same [`LoudnessMeter`].
//!
//! Weighting, gating and the true-peak filter are those of the crate `ebur128`; the cases of EBU Tech 3341 are met by
//! this code as a whole (`chorus/conformance/ebu-tech-3341.json`).

mod meter;
mod tap;
mod thread;

#[cfg(test)]
mod conformance;

pub use meter::LoudnessMeter;
pub use tap::{LoudnessFeed, LoudnessTap, tap};
pub use thread::LoudnessThread;
