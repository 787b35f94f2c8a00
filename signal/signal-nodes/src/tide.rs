//! "tide": a polyphonic synthesiser of two oscillators, a filter and three envelopes.
//!
//! Time is counted in samples since the last reset. Every [`TICK`] of them, wherever blocks begin, the slow things move:
//! smoothed parameters, pitches, filter cutoffs; between ticks they go in straight lines. So the bits do not depend on the
//! block size (E11).

pub(crate) mod envelope;
pub(crate) mod filter;
mod parameters;
mod settings;
mod voice;
mod voices;
mod wave;

pub use parameters::{Id, parameters};

use signal_graph::{Block, BuiltinSpec, Event, EventBody, Io, Node, ParameterChange};

use crate::bypass::Bypass;
use crate::tick::TICK;
use settings::Settings;
use voices::Voices;

/// The name it has in a graph.
pub const NAME: &str = "tide";

/// The synthesiser.
#[derive(Debug)]
pub struct Tide {
    settings: Settings,
    voices: Voices,
    bypass: Bypass,
    /// Samples since the last reset.
    clock: u64,
}

impl Tide {
    /// [control] With the values of `spec`; ids it does not have are ignored.
    #[must_use]
    pub fn new(spec: &BuiltinSpec, sample_rate: u32) -> Self {
        let mut settings = Settings::new(sample_rate);
        for parameter in &spec.parameters {
            settings.set(parameter.id, parameter.value);
        }
        settings.settle();
        Self { settings, voices: Voices::new(), bypass: Bypass::new(spec.bypass, sample_rate), clock: 0 }
    }

    fn handle(&mut self, event: &Event) {
        let control = self.settings.control();
        match event.body {
            EventBody::NoteOn { note, pitch, velocity, .. } => {
                self.voices.note_on(note, f32::from(pitch), velocity, control);
            }
            EventBody::NoteOff { note, .. } => self.voices.note_off(note, control),
            EventBody::Midi(data) => self.voices.midi(data),
            EventBody::AllNotesOff => self.voices.all_notes_off(),
        }
    }
}

impl Node for Tide {
    fn process(&mut self, block: &Block<'_>, io: &mut Io<'_>) {
        io.output.silence();
        let mut events = io.events.iter().peekable();
        let mut done = 0;
        while done < block.frames {
            let within_tick = (self.clock % TICK as u64) as usize;
            if within_tick == 0 {
                self.settings.tick();
                self.voices.tick(self.settings.control());
            }
            while let Some(event) = events.next_if(|event| event.offset as usize <= done) {
                self.handle(event);
            }
            let next_event = events.peek().map_or(block.frames, |event| event.offset as usize);
            let end = block.frames.min(next_event).min(done + TICK - within_tick);
            let (left, right) = (&mut io.output.left[done..end], &mut io.output.right[done..end]);
            self.voices.render(self.settings.control(), within_tick, left, right);
            self.clock += (end - done) as u64;
            done = end;
        }
        self.bypass.process(io);
    }

    fn set_parameter(&mut self, change: &ParameterChange) {
        if !self.bypass.set_parameter(change) {
            self.settings.set(change.parameter, change.value);
        }
    }

    fn reset(&mut self, _position: i64) {
        self.settings.settle();
        self.voices.reset();
        self.bypass.reset();
        self.clock = 0;
    }
}
