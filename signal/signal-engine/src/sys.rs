//! What Signal asks of the operating system, one file a system.
//!
//! It holds no audio and no policy: a sleep until a point in time, and the killing of a process that is certainly
//! the one meant.

#[cfg(target_os = "linux")]
mod linux;

#[cfg(target_os = "linux")]
pub use linux::{kill_child, sleep_until};
