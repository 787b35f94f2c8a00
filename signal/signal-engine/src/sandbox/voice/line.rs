//! All processes of a chain, one after the other, over each block. Does not know why they are so many.

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
    between: [StereoBuffer; 2],
}

impl Line {
    /// `[control]` For blocks of up to `max_frames`. Without links it lets everything through.
    pub fn new(number: u64, links: Vec<Link>, latency: u32, max_frames: usize) -> Self {
        // One link reads its input and writes its output in place.
        let frames = if links.len() > 1 { max_frames } else { 0 };
        let between = [StereoBuffer::new(frames), StereoBuffer::new(frames)];
        Self { number, links, latency, between }
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
    pub fn submit(&mut self, context: &Context<'_, '_>, input: Stereo<'_>) {
        if let Some(first) = self.links.first_mut() {
            first.submit(context, input);
        }
        call_behind(context, &self.links, 0);
    }

    /// `[audio]` Collects from the first process, hands on to the second, and so forth.
    pub fn process(
        &mut self,
        context: &Context<'_, '_>,
        input: Stereo<'_>,
        output: &mut StereoMut<'_>,
        edited: &mut dyn FnMut(ParameterChange),
    ) {
        let frames = context.block.frames;
        let [here, there] = &mut self.between;
        let (mut from, mut to) = (here, there);
        let count = self.links.len();
        if count == 0 {
            output.copy_from(input);
        }
        for index in 0..count {
            let is_last = index + 1 == count;
            let source = if index == 0 { input } else { from.read(frames) };
            if index > 0 {
                self.links[index].submit(context, source);
                call_behind(context, &self.links, index);
            }
            let link = &mut self.links[index];
            if is_last {
                link.process(context, source, output, &mut *edited);
            } else {
                link.process(context, source, &mut to.write(frames), &mut *edited);
            }
            std::mem::swap(&mut from, &mut to);
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
