//! Signal's end of a sandbox's block. Believes nothing the other side wrote.

use std::{os::fd::AsFd, sync::atomic::Ordering};

use super::{
    ANSWERS, Block, Event, FLAG_JUMPED, FLAG_LOOPING, FLAG_PLAYING, FLAG_RESET, FLAG_SIDE_CHAIN, Fault,
    MAX_EDITS, MAX_EVENTS, MAX_FRAMES, MAX_LEVEL, Position, Reply, Request, TimedEvent, channel, event, next,
    open, touch,
};
use crate::{Deadline, Mapping, OpenError, load_f32s, spin_until, store_f32s, wait_while, wake};

/// Why a reply was thrown away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BadReply {
    /// Its number, length or an event makes no sense.
    Garbage,
    /// A sample is NaN, infinite or beyond [`MAX_LEVEL`], and the sandbox did not say so.
    NoSound,
    /// What the sandbox says that a plugin did.
    Plugin {
        /// Position of the plugin in the chain.
        slot: u32,
        /// What it did.
        fault: Fault,
    },
}

/// What a good reply says beside its audio.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReplyHead {
    /// Edits to take with [`SignalEnd::edit`].
    pub edits: usize,
    /// Time the sandbox says it spent, nanoseconds.
    pub nanoseconds: u64,
}

/// The requesting end of the block; one owner, `[audio]`.
#[derive(Debug)]
pub struct SignalEnd {
    block: Mapping<Block>,
    number: u32,
    frames: usize,
}

impl SignalEnd {
    /// Maps the block, and the pages for requests of up to `max_frames` with it. Not for the audio thread.
    pub fn open(memory: impl AsFd, max_frames: usize) -> Result<Self, OpenError> {
        let block = open(memory)?;
        touch(&block, max_frames);
        Ok(Self { block, number: 0, frames: 0 })
    }

    /// `[any]` Whether the sandbox says that it answers.
    pub fn is_ready(&self) -> bool {
        self.block.completed.0.state.load(Ordering::Acquire) == ANSWERS
    }

    /// `[audio]` Makes a request and wakes the sandbox. Only when the last one [`SignalEnd::is_answered`].
    ///
    /// Takes as many frames as the shorter channel has, [`MAX_FRAMES`] at most, and the first [`MAX_EVENTS`] events.
    pub fn submit(&mut self, position: &Position, events: &[TimedEvent], audio: [&[f32]; 2]) {
        self.submit_with_side_chain(position, events, audio, None);
    }

    /// `[audio]` The same, with what goes to the plugins' side-chain inputs, as long as `audio`.
    pub fn submit_with_side_chain(
        &mut self,
        position: &Position,
        events: &[TimedEvent],
        audio: [&[f32]; 2],
        side_chain: Option<[&[f32]; 2]>,
    ) {
        self.number = next(self.number);
        self.frames = audio[0].len().min(audio[1].len()).min(MAX_FRAMES);
        let request = &self.block.request;
        request.number.store(self.number, Ordering::Relaxed);
        request.frames.store(self.frames as u32, Ordering::Relaxed);
        store_position(position, side_chain.is_some(), request);
        let events = &events[..events.len().min(MAX_EVENTS)];
        request.event_count.store(events.len() as u32, Ordering::Relaxed);
        for (event, words) in events.iter().zip(&request.events.0) {
            event::store(event, words);
        }
        for (index, from) in audio.iter().chain(side_chain.iter().flatten()).enumerate() {
            store_f32s(from, channel(&request.audio.0, index, self.frames));
        }
        // A swap, not a store: whatever another thread of the sandbox did before it interrupted is visible with the request that
        // takes the place of the interruption.
        self.block.requested.0.number.swap(self.number, Ordering::AcqRel);
        wake(&self.block.requested.0.number);
    }

    /// `[audio]` Wakes the sandbox, so that it is awake when the next request is made, which is to be soon.
    pub fn call(&self) {
        self.block.requested.0.called.store(next(self.number), Ordering::Release);
        wake(&self.block.requested.0.number);
    }

    /// `[audio]` Whether the last request was answered. True before the first.
    pub fn is_answered(&self) -> bool {
        self.block.completed.0.number.load(Ordering::Acquire) == self.number
    }

    /// `[audio]` Sleeps until the last request is answered, or the deadline. Returns whether it is answered.
    pub fn wait(&self, deadline: Deadline) -> bool {
        if self.is_answered() {
            return true;
        }
        let awaited = &self.block.requested.0.awaited;
        awaited.store(1, Ordering::SeqCst);
        let answered = self.sleep(deadline);
        awaited.store(0, Ordering::Relaxed);
        answered
    }

    fn sleep(&self, deadline: Deadline) -> bool {
        let word = &self.block.completed.0.number;
        loop {
            let seen = word.load(Ordering::SeqCst);
            if seen == self.number {
                return true;
            }
            // Also for a sandbox that stores other numbers all the time; and a timer for a moment that has passed is as dear
            // as one for a moment to come.
            if Deadline::now() >= deadline {
                return self.is_answered();
            }
            wait_while(word, seen, Some(deadline));
        }
    }

    /// `[audio]` Looks for the answer to the last request without sleeping, until the deadline. Returns whether it is
    /// answered.
    ///
    /// Only while a core is left for the sandbox: it may be this very one that it waits for.
    pub fn spin(&self, deadline: Deadline) -> bool {
        spin_until(deadline, || self.is_answered())
    }

    /// `[audio]` Copies the reply to the last request, which [`SignalEnd::is_answered`], and checks the copy. On an
    /// error the audio holds anything.
    pub fn collect(&self, audio: [&mut [f32]; 2]) -> Result<ReplyHead, BadReply> {
        let reply = self.reply();
        let number = reply.number.load(Ordering::Relaxed);
        let frames = reply.frames.load(Ordering::Relaxed) as usize;
        let status = reply.status.load(Ordering::Relaxed);
        let edits = reply.event_count.load(Ordering::Relaxed) as usize;
        if number != self.number || frames != self.frames || edits > MAX_EDITS {
            return Err(BadReply::Garbage);
        }
        if let Some(slot) = (status & 0xffff).checked_sub(1) {
            return Err(BadReply::Plugin { slot, fault: fault(status >> 16).ok_or(BadReply::Garbage)? });
        }
        for (index, to) in audio.into_iter().enumerate() {
            let length = to.len().min(self.frames);
            let to = &mut to[..length];
            load_f32s(channel(&reply.audio.0, index, self.frames), to);
            if !is_sound(to) {
                return Err(BadReply::NoSound);
            }
        }
        Ok(ReplyHead { edits, nanoseconds: reply.nanoseconds.load(Ordering::Relaxed) })
    }

    /// `[audio]` Time the sandbox says that a slot spent on the reply just collected, nanoseconds.
    pub fn slot_nanoseconds(&self, slot: usize) -> u32 {
        self.reply().slot_nanoseconds.0.get(slot).map_or(0, |spent| spent.load(Ordering::Relaxed))
    }

    /// `[audio]` An edit of the reply just collected, from 0 to [`ReplyHead::edits`]: slot, parameter, value. `None`
    /// for what makes no sense.
    pub fn edit(&self, index: usize) -> Option<(u32, u32, f64)> {
        let words = self.reply().events.0.get(index)?;
        match event::load(words, self.frames as u32)?.event {
            Event::Parameter { slot, id, value } => Some((slot, id, value)),
            _ => None,
        }
    }

    fn reply(&self) -> &Reply {
        &self.block.reply
    }
}

fn fault(number: u32) -> Option<Fault> {
    [Fault::Refused, Fault::NotFinite, Fault::TooLoud].get(number as usize).copied()
}

/// No early exit, so that the compiler makes it wide. NaN compares as false.
fn is_sound(samples: &[f32]) -> bool {
    samples.iter().fold(true, |sound, sample| sound & (sample.abs() <= MAX_LEVEL))
}

fn store_position(position: &Position, has_side_chain: bool, request: &Request) {
    let flag = |on: bool, flag: u32| if on { flag } else { 0 };
    request.flags.store(
        flag(position.playing, FLAG_PLAYING)
            | flag(position.looping, FLAG_LOOPING)
            | flag(position.jumped, FLAG_JUMPED)
            | flag(position.reset, FLAG_RESET)
            | flag(has_side_chain, FLAG_SIDE_CHAIN),
        Ordering::Relaxed,
    );
    let words = [
        position.samples.cast_unsigned(),
        position.steady_samples,
        position.tempo.to_bits(),
        position.quarters.to_bits(),
        position.bar_start_quarters.to_bits(),
        u64::from(position.bar.cast_unsigned())
            | u64::from(position.numerator) << 32
            | u64::from(position.denominator) << 48,
        position.loop_start_quarters.to_bits(),
        position.loop_end_quarters.to_bits(),
        position.loop_start_samples.cast_unsigned(),
        position.loop_end_samples.cast_unsigned(),
    ];
    for (word, value) in request.words.iter().zip(words) {
        word.store(value, Ordering::Relaxed);
    }
}
