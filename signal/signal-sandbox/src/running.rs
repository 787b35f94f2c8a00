//! A plugin between activation and deactivation: all that one activation decides, and the calls on the audio thread.
//!
//! It neither mixes nor decides where a block is cut.

use std::sync::atomic::Ordering;

use clack_extensions::{
    params::PluginParams,
    tail::{PluginTail, TailLength},
};
use clack_host::prelude::*;
use shm::sandbox_block::{Event, Fault, MAX_EVENTS, Position, TimedEvent};

use crate::{
    dry::DryDelay,
    events,
    given::GivenEvents,
    host::{Host, Wish},
    ports::{PortLayout, buffers::PortBuffers},
    table::ParameterTable,
};

/// What one event may become: a stop of all notes is one message for each of MIDI's channels.
const MOST_OF_ONE: usize = 16;

/// What a [`Running`] is made from.
pub struct Activation {
    pub processor: StoppedPluginAudioProcessor<Host>,
    pub params: Option<PluginParams>,
    pub tail: Option<PluginTail>,
    pub layout: PortLayout,
    pub table: ParameterTable,
    pub latency: u32,
    /// It would apply a value from the block's start.
    pub splits: bool,
    pub sample_rate: f64,
    pub max_frames: usize,
}

/// One active plugin.
pub struct Running {
    processor: PluginAudioProcessor<Host>,
    params: Option<PluginParams>,
    tail: Option<PluginTail>,
    pub layout: PortLayout,
    pub table: ParameterTable,
    /// It would apply a value from the block's start.
    pub splits: bool,
    /// As long as its latency, for whoever takes it.
    pub dry: DryDelay,
    pub given: GivenEvents,
    inputs: PortBuffers,
    outputs: PortBuffers,
    input_ports: AudioPorts,
    output_ports: AudioPorts,
    events: EventBuffer,
    sample_rate: f64,
}

/// A stretch of a block that a plugin processes in one call.
#[derive(Clone, Copy, Debug)]
pub struct Piece<'a> {
    /// Position of the plugin in the chain.
    pub slot: u32,
    /// Of the block's first frame.
    pub position: &'a Position,
    /// The piece's first frame within the block.
    pub start: usize,
    /// The chain's sound.
    pub audio: [&'a [f32]; 2],
    /// The side-chain's, if it is fed.
    pub side_chain: Option<[&'a [f32]; 2]>,
}

impl Running {
    /// Allocates everything. Not for the audio thread.
    pub fn new(activation: Activation) -> Self {
        let Activation { layout, max_frames, .. } = activation;
        let inputs = PortBuffers::new(&layout.inputs, max_frames);
        let outputs = PortBuffers::new(&layout.outputs, max_frames);
        Self {
            processor: activation.processor.into(),
            params: activation.params,
            tail: activation.tail,
            table: activation.table,
            splits: activation.splits,
            dry: DryDelay::new(activation.latency),
            given: GivenEvents::new(),
            input_ports: inputs.audio_ports(),
            output_ports: outputs.audio_ports(),
            inputs,
            outputs,
            events: EventBuffer::with_capacity(MAX_EVENTS),
            sample_rate: activation.sample_rate,
            layout,
        }
    }

    /// `[audio]` Ends processing, so that the plugin can be deactivated.
    pub fn stop(&mut self) {
        self.processor.ensure_processing_stopped();
    }

    /// To be deactivated with; stopped before.
    pub fn into_processor(self) -> StoppedPluginAudioProcessor<Host> {
        self.processor.into_stopped()
    }

    /// `[audio]` Forgets all sound and all notes.
    pub fn reset(&mut self) {
        self.processor.reset();
    }

    /// `[audio]` What it gave, its main port's two channels. None: the sound passes by it.
    pub fn sound(&self) -> Option<[&[f32]; 2]> {
        self.outputs.main()
    }

    /// `[audio]` No events for the next call yet.
    pub fn begin_events(&mut self) {
        self.events.clear();
    }

    /// `[audio]` Adds an event for the next call, in the plugin's terms and as far as it may have it and there is room.
    pub fn push_event(&mut self, time: u32, event: &Event) {
        if self.events.len() as usize + MOST_OF_ONE > MAX_EVENTS {
            return;
        }
        match *event {
            Event::Parameter { id, value, .. } => {
                if let (Some(value), Some(id)) = (self.table.value(id, value), ClapId::from_raw(id)) {
                    self.events.push(&events::parameter(time, id, value));
                }
            }
            Event::Modulation { id, note, amount, .. } => {
                let allowed = self.table.is_modulatable(id, note.is_some());
                if let Some(id) = ClapId::from_raw(id).filter(|_| allowed) {
                    self.events.push(&events::modulation(time, id, note, amount));
                }
            }
            Event::Bypass { .. } => {}
            ref note => events::push_note(&mut self.events, time, note, &self.layout),
        }
    }

    /// `[audio]` Runs the plugin over a piece. What it gives out is in `given`, its sound in [`Running::sound`].
    pub fn process(&mut self, piece: Piece<'_>) -> Result<(), Fault> {
        let frames = piece.audio[0].len();
        self.given.begin(piece.slot, piece.start, frames);
        let processor = self.processor.ensure_processing_started().map_err(|_| Fault::Refused)?;
        let (main, side) = (self.layout.inputs.main, piece.side_chain.and(self.layout.side_chain));
        self.inputs.silence(frames, [main, side]);
        for (port, audio) in [(main, Some(piece.audio)), (side, piece.side_chain)] {
            if let (Some(port), Some(audio)) = (port, audio) {
                self.inputs.fill(port, audio);
            }
        }
        // Not every plugin writes every port.
        self.outputs.silence(frames, [None, None]);
        let transport = events::transport(piece.position, piece.start, self.sample_rate);
        let inputs = self.inputs.as_inputs(&mut self.input_ports, frames);
        let mut outputs = self.outputs.as_outputs(&mut self.output_ports, frames);
        let ran = processor.process(
            &inputs,
            &mut outputs,
            &self.events.as_input(),
            &mut OutputEvents::from_buffer(&mut self.given),
            Some(piece.position.steady_samples + piece.start as u64),
            Some(&transport),
        );
        self.read_tail();
        ran.map_err(|_| Fault::Refused)?;
        self.outputs.clean(frames)
    }

    /// `[audio]` Exchanges parameters without sound: the plugin asked for it. What it changed the main thread reads.
    pub fn flush(&mut self) {
        let Some(params) = self.params else { return };
        self.given.begin(0, 0, 1);
        let mut given = OutputEvents::from_buffer(&mut self.given);
        params.flush_active(&mut self.processor.plugin_handle(), &InputEvents::empty(), &mut given);
        if !self.given.events().is_empty() {
            self.processor.access_shared_handler(|host| host.wish(Wish::ReadValues));
        }
    }

    /// `[audio]` Reads its tail, if it said that this changed, for the main thread to tell.
    fn read_tail(&mut self) {
        let changed = self.processor.access_shared_handler(|host| host.wishes.take(Wish::ReadTail));
        if let Some(tail) = self.tail.filter(|_| changed) {
            let samples = tail_samples(tail.get(&self.processor.plugin_handle()));
            self.processor.access_shared_handler(|host| {
                host.tail.store(samples, Ordering::Release);
                host.wish(Wish::TellTail);
            });
        }
    }
}

/// As the contract counts it.
pub fn tail_samples(tail: TailLength) -> u32 {
    match tail {
        TailLength::Finite(samples) => samples,
        TailLength::Infinite => u32::MAX,
    }
}

/// `[audio]` Puts `given` in the place of the notes in `events`, at their frames and after the values there. Both are by
/// ascending offset. `merged` is only room; what finds none is left out.
pub fn replace_notes(events: &mut Vec<TimedEvent>, given: &[TimedEvent], merged: &mut Vec<TimedEvent>) {
    merged.clear();
    let mut given = given.iter().peekable();
    let mut push = |event: &TimedEvent| {
        if merged.len() < merged.capacity() {
            merged.push(*event);
        }
    };
    for event in events.iter().filter(|event| event.event.slot().is_some()) {
        while let Some(note) = given.next_if(|note| note.offset < event.offset) {
            push(note);
        }
        push(event);
    }
    given.for_each(push);
    std::mem::swap(events, merged);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn given_notes_take_the_place_of_others_and_values_stay() {
        let at = |offset, event| TimedEvent { offset, event };
        let value = Event::Parameter { slot: 1, id: 2, value: 0.5 };
        let midi = |byte| Event::Midi([0x90, byte, 1]);
        let mut events = vec![at(0, midi(1)), at(3, value), at(3, midi(2)), at(9, value)];
        let given = [at(2, midi(7)), at(3, midi(8)), at(9, midi(9)), at(10, midi(10))];
        let mut room = Vec::with_capacity(5);
        replace_notes(&mut events, &given, &mut room);
        assert_eq!(events, [at(2, midi(7)), at(3, value), at(3, midi(8)), at(9, value), at(9, midi(9))]);
    }
}
