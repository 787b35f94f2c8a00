//! A plugin on the audio thread: splits a block where a value changes, runs it, and lets the dry signal through while it
//! is bypassed or away.
//!
//! It does not decide when to run, and does not load.

use clack_host::prelude::*;
use shm::sandbox_block::{Event, MAX_EVENTS, Position, TimedEvent};

use crate::{
    events,
    host::Host,
    ports::{PortBuffers, PortLayout},
};

/// Length of the cross-fade into and out of bypass, seconds.
const BYPASS_FADE: f64 = 0.010;
/// Bytes of the biggest CLAP event handed in; events are not of one size.
const LARGEST_EVENT_BYTES: usize = 64;

/// A stereo delay of a fixed length: the dry signal, as late as the plugin makes it.
#[derive(Debug)]
pub struct DryDelay {
    frames: Vec<[f32; 2]>,
    at: usize,
}

impl DryDelay {
    /// Silent, `latency` frames long.
    pub fn new(latency: u32) -> Self {
        Self { frames: vec![[0.0; 2]; latency as usize], at: 0 }
    }

    /// `[audio]` One frame in, one out.
    pub fn push(&mut self, frame: [f32; 2]) -> [f32; 2] {
        let length = self.frames.len();
        let Some(oldest) = self.frames.get_mut(self.at) else { return frame };
        self.at = if self.at + 1 == length { 0 } else { self.at + 1 };
        std::mem::replace(oldest, frame)
    }

    fn clear(&mut self) {
        self.frames.fill([0.0; 2]);
    }
}

/// What a [`Slot`] is made from.
pub struct SlotParts {
    pub processor: StoppedPluginAudioProcessor<Host>,
    pub layout: PortLayout,
    /// Ids that may be set, ascending. A value for any other would crash some plugins.
    pub settable: Vec<u32>,
    pub latency: u32,
    pub bypass: bool,
    pub sample_rate: f64,
    pub max_frames: usize,
}

/// One plugin, running.
pub struct Slot {
    processor: Option<PluginAudioProcessor<Host>>,
    layout: PortLayout,
    settable: Vec<u32>,
    inputs: PortBuffers,
    outputs: PortBuffers,
    input_ports: AudioPorts,
    output_ports: AudioPorts,
    events_in: EventBuffer,
    events_out: EventBuffer,
    dry: DryDelay,
    /// 1: only the plugin is heard; 0: only the dry signal.
    wet: f32,
    wet_target: f32,
    wet_step: f32,
    sample_rate: f64,
}

/// What a slot needs to know of the block it runs in.
#[derive(Clone, Copy, Debug)]
pub struct SlotBlock<'a> {
    /// Position of the slot in the chain.
    pub index: u32,
    /// Of the first frame.
    pub position: &'a Position,
    /// Of the whole chain, ascending.
    pub events: &'a [TimedEvent],
}

/// The plugin said that it could not process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PluginFailed;

impl Slot {
    /// Allocates everything. Not for the audio thread.
    pub fn new(parts: SlotParts) -> Self {
        let layout = parts.layout;
        let inputs = PortBuffers::new(&layout.inputs, layout.main_input, parts.max_frames);
        let outputs = PortBuffers::new(&layout.outputs, Some(layout.main_output), parts.max_frames);
        let wet = if parts.bypass { 0.0 } else { 1.0 };
        Self {
            processor: Some(parts.processor.into()),
            settable: parts.settable,
            input_ports: inputs.audio_ports(),
            output_ports: outputs.audio_ports(),
            inputs,
            outputs,
            events_in: EventBuffer::with_capacity(MAX_EVENTS * LARGEST_EVENT_BYTES),
            events_out: EventBuffer::with_capacity(MAX_EVENTS * LARGEST_EVENT_BYTES),
            dry: DryDelay::new(parts.latency),
            wet,
            wet_target: wet,
            wet_step: (1.0 / (BYPASS_FADE * parts.sample_rate)) as f32,
            sample_rate: parts.sample_rate,
            layout,
        }
    }

    /// `[audio]` Gives the processor away, to be deactivated. The dry signal goes on.
    pub fn release(&mut self) -> Option<StoppedPluginAudioProcessor<Host>> {
        self.processor.take().map(PluginAudioProcessor::into_stopped)
    }

    /// `[audio]` Whether the processor was given away.
    pub fn is_away(&self) -> bool {
        self.processor.is_none()
    }

    /// `[audio]` Takes a processor and the delay that fits it; returns the old delay, to be freed elsewhere.
    pub fn install(&mut self, processor: StoppedPluginAudioProcessor<Host>, dry: DryDelay) -> DryDelay {
        self.processor = Some(processor.into());
        std::mem::replace(&mut self.dry, dry)
    }

    /// `[audio]` Runs the plugin over `audio`, in place. Edits go to `edits` as far as there is room.
    pub fn process(
        &mut self,
        block: SlotBlock<'_>,
        left: &mut [f32],
        right: &mut [f32],
        edits: &mut Vec<TimedEvent>,
    ) -> Result<(), PluginFailed> {
        if block.position.reset {
            self.reset();
        }
        let mut start = 0;
        let mut result = Ok(());
        while start < left.len() {
            let end = self.piece_end(block, start, left.len());
            let piece = start..end;
            self.gather_events(block, piece.clone());
            let (left, right) = (&mut left[piece.clone()], &mut right[piece]);
            self.inputs.fill(left, right);
            let ran = self.run(block, start, left.len());
            self.mix(left, right, ran.is_ok());
            self.take_edits(block.index, start, left.len(), edits);
            result = result.and(ran);
            start = end;
        }
        result
    }

    fn reset(&mut self) {
        if let Some(processor) = &mut self.processor {
            processor.reset();
        }
        self.dry.clear();
        self.wet = self.wet_target;
    }

    /// Where this plugin's next value takes effect: some apply any value of a block from its start.
    fn piece_end(&self, block: SlotBlock<'_>, start: usize, frames: usize) -> usize {
        let changes = |event: &&TimedEvent| match event.event {
            Event::Parameter { slot, .. } | Event::Bypass { slot, .. } => slot == block.index,
            _ => false,
        };
        let later = block.events.iter().filter(|event| event.offset as usize > start);
        later.filter(changes).map(|event| event.offset as usize).next().unwrap_or(frames).min(frames)
    }

    fn gather_events(&mut self, block: SlotBlock<'_>, piece: std::ops::Range<usize>) {
        self.events_in.clear();
        let within = block.events.iter().filter(|event| piece.contains(&(event.offset as usize)));
        for event in within {
            let time = event.offset - piece.start as u32;
            match event.event {
                Event::Parameter { slot, id, value } if slot == block.index => {
                    let known = self.settable.binary_search(&id).is_ok();
                    if let Some(id) = ClapId::from_raw(id).filter(|_| known) {
                        self.events_in.push(&events::parameter(time, id, value));
                    }
                }
                Event::Bypass { slot, on } if slot == block.index => {
                    self.wet_target = if on { 0.0 } else { 1.0 };
                }
                ref other => events::push_note(&mut self.events_in, time, other, &self.layout),
            }
        }
    }

    fn run(&mut self, block: SlotBlock<'_>, start: usize, frames: usize) -> Result<(), PluginFailed> {
        self.events_out.clear();
        let Some(processor) = &mut self.processor else { return Err(PluginFailed) };
        let processor = processor.ensure_processing_started().map_err(|_| PluginFailed)?;
        let transport = events::transport(block.position, start, self.sample_rate);
        let inputs = self.inputs.as_inputs(&mut self.input_ports, frames);
        let mut outputs = self.outputs.as_outputs(&mut self.output_ports, frames);
        let ran = processor.process(
            &inputs,
            &mut outputs,
            &self.events_in.as_input(),
            &mut self.events_out.as_output(),
            Some(block.position.steady_samples + start as u64),
            Some(&transport),
        );
        ran.map(|_| ()).map_err(|_| PluginFailed)
    }

    fn mix(&mut self, left: &mut [f32], right: &mut [f32], ran: bool) {
        let (wet_left, wet_right) = self.outputs.main();
        let is_settled = ran && self.wet == 1.0 && self.wet_target == 1.0 && self.dry.frames.is_empty();
        if is_settled && wet_left.len() >= left.len() && wet_right.len() >= right.len() {
            left.copy_from_slice(&wet_left[..left.len()]);
            right.copy_from_slice(&wet_right[..right.len()]);
            return;
        }
        let frames = left.iter_mut().zip(right).zip(wet_left.iter().zip(wet_right));
        if !ran {
            self.wet = 0.0;
        }
        for ((left, right), (wet_left, wet_right)) in frames {
            let [dry_left, dry_right] = self.dry.push([*left, *right]);
            let target = if ran { self.wet_target } else { 0.0 };
            self.wet += (target - self.wet).clamp(-self.wet_step, self.wet_step);
            if self.wet == 1.0 {
                (*left, *right) = (*wet_left, *wet_right);
            } else if self.wet == 0.0 {
                (*left, *right) = (dry_left, dry_right);
            } else {
                *left = dry_left + (wet_left - dry_left) * self.wet;
                *right = dry_right + (wet_right - dry_right) * self.wet;
            }
        }
    }

    /// Values that come out are edits, except of parameters that can not be set: those are meters.
    fn take_edits(&self, slot: u32, start: usize, frames: usize, edits: &mut Vec<TimedEvent>) {
        use clack_host::{events::spaces::CoreEventSpace, prelude::Event as _};
        for event in self.events_out.iter() {
            let Some(CoreEventSpace::ParamValue(value)) = event.as_core_event() else { continue };
            let Some(id) = value.param_id().map(|id| id.get()) else { continue };
            let known = self.settable.binary_search(&id).is_ok() && value.value().is_finite();
            if known && edits.len() < edits.capacity() {
                let time = value.time().min(frames as u32 - 1);
                let event = Event::Parameter { slot, id, value: value.value() };
                edits.push(TimedEvent { offset: start as u32 + time, event });
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_dry_signal_comes_as_late_as_the_latency_says() {
        let mut none = DryDelay::new(0);
        assert_eq!(none.push([1.0, 2.0]), [1.0, 2.0]);
        let mut three = DryDelay::new(3);
        let out: Vec<f32> = (1..=5).map(|frame| three.push([frame as f32, 0.0])[0]).collect();
        assert_eq!(out, [0.0, 0.0, 0.0, 1.0, 2.0]);
    }
}
