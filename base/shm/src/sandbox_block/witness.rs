//! Which plugin's code a sandbox is in, so that the guilty one is known when the process dies or hangs.
//!
//! | offset | bytes | witness |
//! |---|---|---|
//! | 0 | 4 | slot that the audio thread runs, from 1; 0: none |
//! | 4 | 4 | slot that the main thread runs, from 1; 0: none |
//! | 8 | 4 | slot whose code raised a fatal signal, from 1; 0: none did, or it is not known |
//!
//! The sandbox writes it, Signal reads it. A plugin can write there too and accuse another one of its process: what is
//! decided by it may only concern plugins of that process.

use std::{
    os::fd::AsFd,
    sync::atomic::{AtomicU32, Ordering},
};

use super::{Block, MAX_SLOTS, open};
use crate::{Mapping, OpenError};

#[derive(Debug)]
#[repr(C)]
pub(super) struct Words {
    audio: AtomicU32,
    main: AtomicU32,
    fatal: AtomicU32,
}

/// A thread of the sandbox that runs plugins' code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Runner {
    /// It answers requests.
    Audio,
    /// It loads, saves and calls back.
    Main,
}

/// Who may have done it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Suspect {
    /// Position in the chain.
    pub slot: usize,
    /// Its code raised the signal that ended the process; otherwise it was running, as others may have been.
    pub raised: bool,
}

/// A view of the words, for either side.
#[derive(Debug)]
pub struct Witness {
    block: Mapping<Block>,
}

impl Witness {
    /// Maps the block.
    ///
    /// # Errors
    /// The memory is no sandbox block.
    pub fn open(memory: impl AsFd) -> Result<Self, OpenError> {
        open(memory).map(|block| Self { block })
    }

    fn word(&self, runner: Runner) -> &AtomicU32 {
        let words = &self.block.witness.0;
        match runner {
            Runner::Audio => &words.audio,
            Runner::Main => &words.main,
        }
    }

    /// `[audio]` From now on this thread is in the code of a slot; `None`: in none.
    pub fn enter(&self, runner: Runner, slot: Option<usize>) {
        let number = slot.map_or(0, |slot| u32::try_from(slot + 1).unwrap_or(0));
        self.word(runner).store(number, Ordering::Relaxed);
    }

    /// `[any]` A fatal signal was raised on this thread. Callable from a signal handler.
    pub fn accuse(&self, runner: Runner) {
        let running = self.word(runner).load(Ordering::Relaxed);
        self.block.witness.0.fatal.store(running, Ordering::Relaxed);
    }

    /// `[any]` Who raised the fatal signal, else who runs: first on the thread named, then on the other one.
    pub fn suspect(&self, first: Runner) -> Option<Suspect> {
        let words = &self.block.witness.0;
        let slot = |word: &AtomicU32| {
            let number = word.load(Ordering::Relaxed) as usize;
            (1..=MAX_SLOTS).contains(&number).then(|| number - 1)
        };
        if let Some(slot) = slot(&words.fatal) {
            return Some(Suspect { slot, raised: true });
        }
        let second = if first == Runner::Audio { Runner::Main } else { Runner::Audio };
        let running = slot(self.word(first)).or_else(|| slot(self.word(second)));
        running.map(|slot| Suspect { slot, raised: false })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sandbox_block::create;

    #[test]
    fn a_plugin_that_raises_a_signal_is_told_apart_from_those_that_run_beside_it() {
        let memory = create().unwrap();
        let (sandbox, signal) = (Witness::open(&memory).unwrap(), Witness::open(&memory).unwrap());
        assert_eq!(signal.suspect(Runner::Audio), None);
        sandbox.enter(Runner::Audio, Some(0));
        sandbox.enter(Runner::Main, Some(2));
        assert_eq!(signal.suspect(Runner::Audio), Some(Suspect { slot: 0, raised: false }));
        assert_eq!(signal.suspect(Runner::Main), Some(Suspect { slot: 2, raised: false }));
        sandbox.accuse(Runner::Main);
        assert_eq!(signal.suspect(Runner::Audio), Some(Suspect { slot: 2, raised: true }));
    }

    #[test]
    fn slots_that_no_chain_has_are_nobody() {
        let memory = create().unwrap();
        let witness = Witness::open(&memory).unwrap();
        witness.enter(Runner::Audio, Some(MAX_SLOTS));
        assert_eq!(witness.suspect(Runner::Audio), None);
        witness.enter(Runner::Audio, None);
        assert_eq!(witness.suspect(Runner::Main), None);
    }
}
