//! Memory shared between Loophole's processes: its layouts, its mapping, and waiting on it.
//!
//! 1. One process creates a sealed memory file ([`create_sealed`]); its size can never change again, so that no peer
//!    can make another one fault by truncating it.
//! 2. The descriptor is handed on by inheritance or over a socket, and each process maps it ([`Mapping`]), which
//!    checks seals and size.
//! 3. Both sides use the fields, which are all atomics: a peer may write anything at any time, and that is not
//!    undefined behaviour here, only a wrong value. Whoever reads a field copies it once, checks the copy and uses
//!    the copy (E10).
//! 4. One side waits for the other on a word of the mapping, until an absolute [`Deadline`] at the latest.
//!
//! Layouts: [`telemetry`] (Signal to the screen) and [`sandbox_block`] (Signal to a sandbox and back). This crate
//! starts no thread, owns no process and knows no plugin.
//!
//! ```
//! use std::os::fd::AsFd as _;
//! let memory = shm::telemetry::create()?;
//! let mut writer = shm::telemetry::Writer::open(memory.as_fd())?;
//! let reader = shm::telemetry::Reader::open(memory.as_fd())?;
//! writer.publish(&shm::telemetry::Transport { position_samples: 48_000, ..Default::default() });
//! assert_eq!(reader.transport().map(|transport| transport.position_samples), Some(48_000));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
#![allow(unsafe_code)]

mod deadline;
mod mapping;
mod seqlock;
mod words;

pub mod sandbox_block;
pub mod telemetry;

pub use deadline::{Deadline, Waited, wait_while, wake};
use deadline::{spin_until, wait_while_calling};
pub use mapping::{Layout, Mapping, OpenError, create_sealed};
pub use seqlock::Seqlock;
pub use words::{load_f32s, store_f32s};
