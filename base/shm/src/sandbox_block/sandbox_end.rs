//! The sandbox's end of its block. Checks what it reads as well: the plugins beside it can write there too.

use std::{
    os::fd::AsFd,
    sync::{Arc, atomic::Ordering},
};

use super::{
    ANSWERS, Block, FLAG_JUMPED, FLAG_LOOPING, FLAG_PLAYING, FLAG_RESET, FLAG_SIDE_CHAIN, Fault, INTERRUPT,
    Interrupt, MAX_EDITS, MAX_EVENTS, MAX_FRAMES, NUMBER, Position, Request, Requested, STAY_AWAKE,
    TimedEvent, channel, event, next, open, touch,
};
use crate::{
    Deadline, Mapping, OpenError, Waited, load_f32s, spin_until, store_f32s, wait_while_calling, wake,
};

/// The answering end of the block; one owner, the sandbox's audio thread.
#[derive(Debug)]
pub struct SandboxEnd {
    block: Arc<Mapping<Block>>,
    number: u32,
    /// The last call that was heeded.
    pub(super) called: u32,
    frames: usize,
}

impl SandboxEnd {
    /// Maps the block, and the pages for requests of up to `max_frames` with it.
    pub fn open(memory: impl AsFd, max_frames: usize) -> Result<Self, OpenError> {
        let block = open(memory)?;
        touch(&block, max_frames);
        Ok(Self { block: Arc::new(block), number: 0, called: 0, frames: 0 })
    }

    /// What makes it look up from [`SandboxEnd::wait`].
    pub fn interrupt(&self) -> Interrupt {
        Interrupt { block: self.block.clone() }
    }

    /// Tells Signal that requests are answered from now on.
    pub fn announce(&self) {
        self.block.completed.0.state.store(ANSWERS, Ordering::Release);
    }

    /// `[audio]` Sleeps until there is a request, somebody [interrupts](Interrupt), or the deadline. `None`: no request.
    /// Otherwise its frames; there may have been an interruption as well.
    ///
    /// Requests that make no sense are answered with silence by nobody: they count as none.
    pub fn wait(&mut self, deadline: Option<Deadline>) -> Option<usize> {
        let Requested { number, called, .. } = &self.block.requested.0;
        let (last, next) = (self.number, next(self.number));
        let mut called_before = self.called;
        let heed_call = || {
            // Once for each call: whoever calls and does not come must not keep a core busy.
            if called.load(Ordering::Acquire) == next && called_before != next {
                called_before = next;
                spin_until(Deadline::after(STAY_AWAKE), || number.load(Ordering::Acquire) != last);
            }
        };
        let waited = wait_while_calling(number, last, deadline, heed_call);
        self.called = called_before;
        if waited == Waited::TimedOut {
            return None;
        }
        let mut word = number.load(Ordering::Acquire);
        if word & INTERRUPT != 0 {
            // What has come meanwhile stays.
            word = number.fetch_and(NUMBER, Ordering::AcqRel);
        }
        if word & NUMBER == last {
            return None;
        }
        self.number = word & NUMBER;
        let request = self.request();
        let frames = request.frames.load(Ordering::Relaxed) as usize;
        let sound =
            request.number.load(Ordering::Relaxed) == self.number && (1..=MAX_FRAMES).contains(&frames);
        self.frames = frames.min(MAX_FRAMES);
        sound.then_some(frames)
    }

    /// `[audio]` Copies the request's audio and events, as much as fits the buffers; `events` is cleared first and
    /// its capacity never exceeded. Events that make no sense are left out, and offsets never go back.
    pub fn read(&self, audio: [&mut [f32]; 2], events: &mut Vec<TimedEvent>) -> Position {
        let request = self.request();
        self.read_channels(0, audio);
        events.clear();
        let count = (request.event_count.load(Ordering::Relaxed) as usize).min(MAX_EVENTS);
        let mut earliest = 0;
        for words in &request.events.0[..count] {
            if events.len() == events.capacity() {
                break;
            }
            if let Some(mut event) = event::load(words, self.frames as u32) {
                earliest = event.offset.max(earliest);
                event.offset = earliest;
                events.push(event);
            }
        }
        load_position(request)
    }

    /// `[audio]` Copies the side-chain's audio, as much as fits; false: it is not fed, and nothing is written.
    pub fn read_side_chain(&self, audio: [&mut [f32]; 2]) -> bool {
        let is_fed = self.request().flags.load(Ordering::Relaxed) & FLAG_SIDE_CHAIN != 0;
        if is_fed {
            self.read_channels(2, audio);
        }
        is_fed
    }

    /// `[audio]` Notes the time that a slot spends on the request.
    pub fn note_slot(&self, slot: usize, nanoseconds: u32) {
        let reply = &self.block.reply;
        if let Some(spent) = reply.slot_nanoseconds.0.get(slot) {
            spent.store(nanoseconds, Ordering::Relaxed);
        }
    }

    /// `[audio]` Answers the request: writes the audio and the edits, the first [`MAX_EDITS`], and wakes Signal if it
    /// sleeps.
    /// `failed`, a slot and what was wrong with it, makes Signal throw the audio away.
    pub fn complete(
        &mut self,
        audio: [&[f32]; 2],
        edits: &[TimedEvent],
        failed: Option<(u32, Fault)>,
        nanoseconds: u64,
    ) {
        let reply = &self.block.reply;
        for (index, from) in audio.iter().enumerate() {
            store_f32s(from, channel(&reply.audio.0, index, self.frames));
        }
        let edits = &edits[..edits.len().min(MAX_EDITS)];
        for (edit, words) in edits.iter().zip(&reply.events.0) {
            event::store(edit, words);
        }
        reply.event_count.store(edits.len() as u32, Ordering::Relaxed);
        reply.frames.store(self.frames as u32, Ordering::Relaxed);
        let status = failed.map_or(0, |(slot, fault)| ((slot & 0x7fff) + 1) | (fault as u32) << 16);
        reply.status.store(status, Ordering::Relaxed);
        reply.nanoseconds.store(nanoseconds, Ordering::Relaxed);
        reply.number.store(self.number, Ordering::Relaxed);
        let completed = &self.block.completed.0.number;
        // In one order with what Signal does before it sleeps: either it sees the number, or it is seen to sleep.
        completed.store(self.number, Ordering::SeqCst);
        if self.block.requested.0.awaited.load(Ordering::SeqCst) != 0 {
            wake(completed);
        }
    }

    fn read_channels(&self, first: usize, audio: [&mut [f32]; 2]) {
        for (index, to) in audio.into_iter().enumerate() {
            load_f32s(channel(&self.request().audio.0, first + index, self.frames), to);
        }
    }

    fn request(&self) -> &Request {
        &self.block.request
    }
}

fn load_position(request: &Request) -> Position {
    let flags = request.flags.load(Ordering::Relaxed);
    let word = |index: usize| request.words[index].load(Ordering::Relaxed);
    let number = |index: usize, otherwise: f64| {
        let value = f64::from_bits(word(index));
        if value.is_finite() { value } else { otherwise }
    };
    Position {
        playing: flags & FLAG_PLAYING != 0,
        looping: flags & FLAG_LOOPING != 0,
        jumped: flags & FLAG_JUMPED != 0,
        reset: flags & FLAG_RESET != 0,
        samples: word(0).cast_signed(),
        steady_samples: word(1),
        tempo: number(2, 120.0),
        quarters: number(3, 0.0),
        bar_start_quarters: number(4, 0.0),
        bar: (word(5) as u32).cast_signed(),
        numerator: (word(5) >> 32) as u16,
        denominator: (word(5) >> 48) as u16,
        loop_start_quarters: number(6, 0.0),
        loop_end_quarters: number(7, 0.0),
        loop_start_samples: word(8).cast_signed(),
        loop_end_samples: word(9).cast_signed(),
    }
}
