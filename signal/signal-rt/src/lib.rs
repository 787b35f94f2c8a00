//! What an audio thread may use: rings, cells, workers, priorities, and a guard that catches what it may not use.
//!
//! 1. The thread calls [`enter`] once with its [`Role`]; without real-time rights it runs all the same and is told the remedy.
//! 2. It wraps each block in [`audio_scope`]: denormals off, and in debug builds any allocation or release aborts.
//! 3. What it is done with goes through a [`Discard`] ring to the [`Collector`], which drops it elsewhere.
//!
//! There is no audio in here, and no lock: `std::sync::Mutex` is banned in this crate and those above it by lint.
#![deny(clippy::disallowed_types)]

mod cell;
mod crew;
mod discard;
mod memory;
mod scope;
mod thread;

pub use assert_no_alloc;
pub use cell::{BorrowCell, Shared, Unique};
pub use crew::{Crew, MAX_THREADS};
pub use discard::{Collector, Discard, discard_ring};
pub use memory::hold_memory;
pub use rtrb;
pub use scope::{allow_allocation, audio_scope};
pub use thread::{Entered, Role, enter};

/// Names the allocator that aborts when an audio thread allocates, in debug builds. Once in each binary and test binary.
#[macro_export]
macro_rules! guard_allocations {
    () => {
        #[cfg(debug_assertions)]
        #[global_allocator]
        static ALLOCATION_GUARD: $crate::assert_no_alloc::AllocDisabler =
            $crate::assert_no_alloc::AllocDisabler;
    };
}
