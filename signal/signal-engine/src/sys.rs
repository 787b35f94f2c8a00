//! What Signal asks of the operating system, one file a system.
//!
//! It holds no audio and no policy: a sleep until a point in time.

#[cfg(target_os = "linux")]
mod linux;

#[cfg(target_os = "linux")]
pub use linux::sleep_until;
