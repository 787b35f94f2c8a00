//! How another thread of the sandbox makes its audio thread look up.

use std::sync::{Arc, atomic::Ordering};

use super::{Block, INTERRUPT};
use crate::{Mapping, wake};

/// Ends waits of the [`SandboxEnd`](super::SandboxEnd) that made it, from any thread of its process.
#[derive(Clone, Debug)]
pub struct Interrupt {
    pub(super) block: Arc<Mapping<Block>>,
}

impl Interrupt {
    /// `[any]` Ends the audio thread's present wait, or its next one, at once. What was done before is visible to it then.
    pub fn raise(&self) {
        let word = &self.block.requested.0.number;
        word.fetch_or(INTERRUPT, Ordering::AcqRel);
        wake(word);
    }
}
