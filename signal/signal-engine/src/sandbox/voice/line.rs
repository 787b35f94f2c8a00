//! All processes of a chain, one after the other, over each block. Does not know why they are so many.

use shm::Deadline;
use signal_graph::{ParameterChange, ParameterEvent, Stereo, StereoBuffer, StereoMut};

use super::{
    link::{Context, Link},
    values::Values,
};

/// The chain as it runs now, or ran until a moment ago.
#[derive(Debug)]
pub struct Line {
    /// Tells lines of one chain apart.
    pub number: u64,
    /// In order.
    pub links: Vec<Link>,
    /// Samples of delay of the whole.
    pub latency: u32,
    /// The link that has the block.
    at: usize,
    /// What the links at even places are given, and those at odd ones.
    between: [StereoBuffer; 2],
}

impl Line {
    /// `[control]` For blocks of up to `max_frames`. Without links it lets everything through.
    pub fn new(number: u64, links: Vec<Link>, latency: u32, max_frames: usize) -> Self {
        // One link reads its input and writes its output in place.
        let frames = if links.len() > 1 { max_frames } else { 0 };
        let between = [StereoBuffer::new(frames), StereoBuffer::new(frames)];
        Self { number, links, latency, at: 0, between }
    }

    /// `[audio]` See [`Link::prepare`].
    pub fn prepare(
        &mut self,
        events: &[signal_graph::Event],
        changes: &[ParameterEvent],
        values: &mut Values,
    ) {
        self.links.iter_mut().for_each(|link| link.prepare(events, changes, values));
    }

    /// `[audio]` Whether values of a device at frames of this block go out with it.
    pub fn takes(&self, device: u64) -> bool {
        self.links.iter().any(|link| link.takes(device))
    }

    /// `[audio]` Hands the block to the first process.
    pub fn submit(&mut self, context: &Context<'_, '_>, now: Deadline, input: Stereo<'_>) {
        self.at = 0;
        if self.links.len() > 1 {
            self.between[0].write(context.block.frames).copy_from(input);
        }
        if let Some(first) = self.links.first_mut() {
            first.submit(context, now, input);
        }
        call_behind(context, &self.links, 0);
    }

    /// `[audio]` Collects from the first process and hands on to the second, and so forth, as far as they have answered; with
    /// `wait`, waits for one first. Returns whether the last has not been handed the block yet.
    pub fn advance(
        &mut self,
        context: &Context<'_, '_>,
        mut wait: bool,
        edited: &mut dyn FnMut(ParameterChange),
    ) -> bool {
        let frames = context.block.frames;
        while self.at + 1 < self.links.len() {
            let link = &mut self.links[self.at];
            if !std::mem::take(&mut wait) && link.is_awaited() {
                return true;
            }
            let [even, odd] = &mut self.between;
            let (from, to) = if self.at.is_multiple_of(2) { (even, odd) } else { (odd, even) };
            link.process(context, from.read(frames), &mut to.write(frames), &mut *edited);
            self.at += 1;
            self.links[self.at].submit(context, Deadline::now(), to.read(frames));
            call_behind(context, &self.links, self.at);
        }
        false
    }

    /// `[audio]` Collects from the last process, after the block has come to it.
    pub fn process(
        &mut self,
        context: &Context<'_, '_>,
        input: Stereo<'_>,
        output: &mut StereoMut<'_>,
        edited: &mut dyn FnMut(ParameterChange),
    ) {
        while self.advance(context, true, &mut *edited) {}
        let frames = context.block.frames;
        match self.links.as_mut_slice() {
            [] => output.copy_from(input),
            [one] => one.process(context, input, output, edited),
            [.., last] => last.process(context, self.between[self.at % 2].read(frames), output, edited),
        }
    }

    /// `[audio]` See [`Link::reset`].
    pub fn reset(&mut self) {
        self.links.iter_mut().for_each(Link::reset);
    }
}

/// Lets the process behind a link wake up while that one answers. A render has time: there it would only burn a core.
fn call_behind(context: &Context<'_, '_>, links: &[Link], index: usize) {
    if let Some([link, next]) = links.get(index..index + 2)
        && !context.unbounded
    {
        next.call_behind(link);
    }
}
