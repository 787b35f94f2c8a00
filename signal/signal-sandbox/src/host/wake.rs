//! Ends the main thread's `poll`. Says nothing of why.

use std::{os::fd::OwnedFd, sync::Arc};

/// An event descriptor, shared.
#[derive(Clone, Debug)]
pub struct Wake(Arc<OwnedFd>);

impl Wake {
    /// Makes one.
    pub fn new() -> std::io::Result<Self> {
        use rustix::event::{EventfdFlags, eventfd};
        Ok(Self(Arc::new(eventfd(0, EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK)?)))
    }

    /// `[any]` Wakes, without waiting.
    pub fn wake(&self) {
        // It fails only when the counter is full, and then it is awake.
        let _ = rustix::io::write(&self.0, &1_u64.to_ne_bytes());
    }

    /// Takes notice of all wakes so far.
    pub fn clear(&self) {
        let _ = rustix::io::read(&self.0, &mut [0_u8; 8]);
    }

    /// For `poll`.
    pub fn descriptor(&self) -> &OwnedFd {
        &self.0
    }
}
