//! "tide": a polyphonic synthesiser of two oscillators, a filter and three envelopes.
//!
//! Every [`TICK`] samples, and where a parameter changes, the slow things move: smoothed parameters, pitches, filter
//! cutoffs; between ticks they go in straight lines (`tick`). So the bits do not depend on the block size (E11).

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
use crate::tick::{TICK, Ticks};
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
    ticks: Ticks,
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
        let bypass = Bypass::new(spec.bypass, sample_rate);
        Self { settings, voices: Voices::new(), bypass, ticks: Ticks::default() }
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
            EventBody::Expression { .. } => {}
        }
    }
}

impl Node for Tide {
    fn process(&mut self, block: &Block<'_>, io: &mut Io<'_>) {
        io.output.silence();
        let mut events = io.events.iter().peekable();
        let mut done = 0;
        while done < block.frames {
            if let Some(begin) = self.ticks.begin() {
                self.settings.tick(begin);
                self.voices.tick(self.settings.control(), begin);
            }
            while let Some(event) = events.next_if(|event| event.offset as usize <= done) {
                self.handle(&event);
            }
            let next_event = events.peek().map_or(block.frames, |event| event.offset as usize);
            let end = block.frames.min(next_event).min(done + self.ticks.left());
            let (left, right) = (&mut io.output.left[done..end], &mut io.output.right[done..end]);
            self.voices.render(self.settings.control(), self.ticks.within(), left, right);
            self.ticks.advance(end - done);
            done = end;
        }
        self.bypass.process(io);
    }

    fn set_parameter(&mut self, change: &ParameterChange) {
        if !self.bypass.set_parameter(change) && self.settings.set(change.parameter, change.value) {
            self.ticks.cut();
        }
    }

    fn reset(&mut self, _position: i64) {
        self.settings.settle();
        self.voices.reset();
        self.bypass.reset();
        self.ticks = Ticks::default();
    }
}
