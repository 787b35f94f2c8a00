//! Scheduling by operating system.

#[cfg(target_os = "linux")]
mod linux;
#[cfg(not(target_os = "linux"))]
mod other;

#[cfg(target_os = "linux")]
pub use linux::set_fifo;
#[cfg(not(target_os = "linux"))]
pub use other::set_fifo;
