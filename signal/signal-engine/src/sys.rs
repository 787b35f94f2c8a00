//! What Signal asks of the operating system: a sleep until a point in time, one file a system; and libraries found at run
//! time.
//!
//! It holds no audio and no policy.

pub mod foreign_library;
#[cfg(target_os = "linux")]
mod linux;

#[cfg(target_os = "linux")]
pub use linux::sleep_until;
