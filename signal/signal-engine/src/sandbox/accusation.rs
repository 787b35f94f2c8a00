//! Which plugin of a chain spoilt a block last, from the audio thread to whoever tells people. Keeps one, the last.

use std::sync::atomic::{AtomicU32, Ordering};

use shm::sandbox_block::Fault;

/// A slot and what its plugin did, or nothing. Written by the audio thread, read by any.
#[derive(Debug, Default)]
pub struct Accusation(AtomicU32);

impl Accusation {
    /// `[audio]` The plugin of `slot` did it.
    pub fn accuse(&self, slot: u32, fault: Fault) {
        self.0.store(((slot & 0xffff) + 1) | ((fault as u32) << 16), Ordering::Relaxed);
    }

    /// Takes it: what is told once is not told again.
    pub fn take(&self) -> Option<(usize, Fault)> {
        let word = self.0.swap(0, Ordering::Relaxed);
        let fault = [Fault::Refused, Fault::NotFinite, Fault::TooLoud].get((word >> 16) as usize)?;
        Some(((word & 0xffff).checked_sub(1)? as usize, *fault))
    }
}

/// What it did, for people; follows the plugin's name.
pub fn words(fault: Fault) -> &'static str {
    match fault {
        Fault::Refused => "refused to process a block",
        Fault::NotFinite => "gave samples that are no numbers",
        Fault::TooLoud => "gave a level above +60 dBFS",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_plugin_accused_is_told_once() {
        let accusation = Accusation::default();
        assert_eq!(accusation.take(), None);
        accusation.accuse(0, Fault::Refused);
        accusation.accuse(3, Fault::TooLoud);
        assert_eq!(accusation.take(), Some((3, Fault::TooLoud)));
        assert_eq!(accusation.take(), None);
    }
}
