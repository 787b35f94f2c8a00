//! Where the song is, as the audio thread tells it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering};

/// Where the song is, for whoever reads ahead, draws or stamps: as of the last block.
#[derive(Clone, Debug, Default)]
pub struct TransportView(Arc<Transport>);

/// What both ends see.
#[derive(Debug, Default)]
struct Transport {
    position: AtomicI64,
    playing: AtomicBool,
    frames: AtomicU64,
}

impl TransportView {
    /// [any] Where the playhead is, in samples.
    #[must_use]
    pub fn position(&self) -> i64 {
        self.0.position.load(Ordering::Relaxed)
    }

    /// [any] Whether the song moves on.
    #[must_use]
    pub fn is_playing(&self) -> bool {
        self.0.playing.load(Ordering::Relaxed)
    }

    /// [any] Frames computed since the player was made, whatever the song did: the number of the next block's first frame.
    #[must_use]
    pub fn frames(&self) -> u64 {
        self.0.frames.load(Ordering::Relaxed)
    }

    /// [audio] After a block.
    pub(crate) fn publish(&self, position: i64, playing: bool, frames: u64) {
        self.0.position.store(position, Ordering::Relaxed);
        self.0.playing.store(playing, Ordering::Relaxed);
        self.0.frames.store(frames, Ordering::Relaxed);
    }
}
