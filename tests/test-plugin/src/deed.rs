//! What `test.deed` does to its host, and when: the worst that real plugins were seen to do, on demand.

use std::sync::atomic::{AtomicU32, Ordering};

use crate::sys;

/// What it does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deed {
    /// Ends the process as a failed assertion does.
    Abort,
    /// Writes to address 0.
    Segfault,
    /// Calls itself for ever.
    Overflow,
    /// Never returns, and never rests.
    Loop,
    /// Returns after a minute.
    Sleep,
    /// Ends the process as if all were well.
    Exit,
    /// Allocates, touches and frees 64 MiB in pieces.
    Storm,
    /// Starts a process.
    Fork,
    /// Closes every descriptor, its host's too.
    Close,
    /// Cuts the memory it shares to nothing.
    Truncate,
    /// Wakes everybody who waits on the memory it shares, for no reason, from a thread that goes on.
    Forge,
    /// Gives NaN.
    Nan,
    /// Gives infinity.
    Infinity,
    /// Gives 120 dB above full scale.
    Loud,
    /// Gives events without end.
    Flood,
    /// Has another latency after each block.
    Latency,
}

/// In the order of parameter 6.
pub const DEEDS: [Deed; 16] = [
    Deed::Abort,
    Deed::Segfault,
    Deed::Overflow,
    Deed::Loop,
    Deed::Sleep,
    Deed::Exit,
    Deed::Storm,
    Deed::Fork,
    Deed::Close,
    Deed::Truncate,
    Deed::Forge,
    Deed::Nan,
    Deed::Infinity,
    Deed::Loud,
    Deed::Flood,
    Deed::Latency,
];

/// When it does that, in the order of parameter 7.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum Phase {
    /// While it processes a block.
    Process = 0,
    /// While it is activated, which is a part of loading.
    Activate = 1,
    /// While it gives its state.
    Save = 2,
    /// While it is given its state: that says so itself, since it comes before all values.
    Load = 3,
    /// In a callback on the main thread.
    Callback = 4,
    /// While it puts a value in words.
    Convert = 5,
    /// While it is deactivated.
    Deactivate = 6,
}

/// The last of them.
pub const LAST_PHASE: u32 = Phase::Deactivate as u32;

/// What was asked of a plugin.
#[derive(Debug, Default)]
pub struct Order {
    deed: AtomicU32,
    phase: AtomicU32,
    given: AtomicU32,
}

impl Order {
    /// Which deed.
    pub fn deed(&self) -> Deed {
        DEEDS.get(self.deed.load(Ordering::Relaxed) as usize).copied().unwrap_or(Deed::Abort)
    }

    /// As the parameters have it.
    pub fn numbers(&self) -> (u32, u32, bool) {
        let number = |word: &AtomicU32| word.load(Ordering::Relaxed);
        (number(&self.deed), number(&self.phase), number(&self.given) != 0)
    }

    pub fn set_deed(&self, number: u32) {
        self.deed.store(number, Ordering::Relaxed);
    }

    pub fn set_phase(&self, number: u32) {
        self.phase.store(number, Ordering::Relaxed);
    }

    pub fn give(&self, given: bool) {
        self.given.store(u32::from(given), Ordering::Relaxed);
    }

    /// Whether it is time for it.
    pub fn is_due(&self, phase: Phase) -> bool {
        let (_, asked, given) = self.numbers();
        given && asked == phase as u32
    }

    /// Does it if it is time.
    pub fn obey(&self, phase: Phase) {
        if self.is_due(phase) {
            perform(self.deed());
        }
    }
}

/// Does it, unless it is a matter of what the plugin gives out.
pub fn perform(deed: Deed) {
    match deed {
        Deed::Abort => std::process::abort(),
        Deed::Segfault => sys::write_to_nowhere(),
        Deed::Overflow => drop(std::hint::black_box(overflow(0))),
        Deed::Loop => loop {
            std::hint::spin_loop();
        },
        Deed::Sleep => std::thread::sleep(std::time::Duration::from_secs(60)),
        Deed::Exit => std::process::exit(0),
        Deed::Storm => storm(),
        Deed::Fork => sys::fork(),
        Deed::Close => sys::close_all(),
        Deed::Truncate => sys::truncate_shared_memory(),
        Deed::Forge => drop(std::thread::spawn(sys::forge_wakes_without_end)),
        Deed::Nan | Deed::Infinity | Deed::Loud | Deed::Flood | Deed::Latency => {}
    }
}

#[expect(unconditional_recursion, reason = "that is what it is for")]
fn overflow(depth: u64) -> u64 {
    let frame = std::hint::black_box([depth; 64]);
    overflow(frame[0] + 1) + frame[63]
}

fn storm() {
    let mut pieces: Vec<Vec<u8>> = (0..1024).map(|size| vec![1; 1 + size * 128]).collect();
    pieces.sort_by_key(|piece| std::hint::black_box(piece.len() % 7));
}
