//! Instruments of sounds: zones of the keyboard that play one each, and the voices that play them.
//!
//! The sampler and the drum machine are two tables of parameters over this. Every [`TICK`] samples, and where a parameter
//! changes, pitches, gains and cutoffs aim anew and go there in straight lines (`tick`), so the bits do not depend on the
//! block size (E11).

mod voice;
mod voices;

pub(crate) use voices::Voices;

use signal_graph::{Block, Event, Io};

use crate::sample::{Looping, SampleSet, Span, ZONES};
use crate::tick::{TICK, Ticks};
use crate::tide::envelope::Shape;
use crate::tide::filter::Response;

/// How a sound is played: what its zone, or the device for all, says.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Zone {
    /// The slot that is played while the zone's own is empty.
    pub fallback: Option<usize>,
    /// The key at which it sounds as it is.
    pub root: f32,
    /// Lowest and highest.
    pub keys: [f32; 2],
    /// Lowest and highest, 1 to 127.
    pub velocities: [f32; 2],
    /// Semitones.
    pub tune: f32,
    /// How far the pitch follows the key, 0 to 1.
    pub tracking: f32,
    /// Of both sides, linear.
    pub gains: [f32; 2],
    /// Parts of the sound.
    pub span: [f64; 2],
    pub reverse: bool,
    /// Goes to its end whatever the key does.
    pub one_shot: bool,
    pub looping: Looping,
    /// Parts of what is played.
    pub loop_span: [f64; 2],
    /// Frames.
    pub loop_fade: i64,
    /// Voices of one group silence each other; 0: of none.
    pub choke: u8,
    pub amplitude: Shape,
    /// How much softer notes are quieter, 0 to 1.
    pub amplitude_velocity: f32,
    /// None: no filter.
    pub response: Option<Response>,
    /// Logarithm to base 2 of hertz.
    pub cutoff: f32,
    pub damping: f32,
    pub filter: Shape,
    /// Octaves.
    pub filter_envelope: f32,
    /// Octaves an octave.
    pub filter_tracking: f32,
    /// Octaves.
    pub filter_velocity: f32,
}

impl Zone {
    /// [audio] The stretch of a sound of `frames` that it plays.
    pub fn span(&self, frames: usize) -> Span {
        Span::new(frames, self.span, self.reverse).looped(self.looping, self.loop_span, self.loop_fade)
    }

    /// [audio] Whether it answers a note.
    pub fn takes(&self, key: f32, velocity: f32) -> bool {
        let velocity = libm::roundf(velocity * 127.0).max(1.0);
        let within = |value: f32, [low, high]: [f32; 2]| (low..=high).contains(&value);
        within(key, self.keys) && within(velocity, self.velocities)
    }
}

/// What all voices share.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Shared {
    pub sample_rate: f32,
    pub mode: Mode,
    /// At once, 1 to [`voices::MOST`].
    pub polyphony: usize,
    /// Samples an octave takes.
    pub glide: f32,
    /// Semitones.
    pub bend_range: f32,
}

/// How notes share voices.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Mode {
    #[default]
    Poly,
    Mono,
    /// Mono without new attacks.
    Legato,
}

/// All an instrument of zones is made of, but its parameters.
#[derive(Debug)]
pub(crate) struct Zones {
    zones: [Zone; ZONES],
    shared: Shared,
    voices: Voices,
    ticks: Ticks,
}

impl Zones {
    /// [control] Silent.
    pub fn new(zones: [Zone; ZONES], shared: Shared) -> Self {
        Self { zones, shared, voices: Voices::new(), ticks: Ticks::default() }
    }

    /// [any] Hertz.
    pub fn sample_rate(&self) -> f32 {
        self.shared.sample_rate
    }

    /// [audio] One zone is otherwise from the next sample on.
    pub fn set_zone(&mut self, at: usize, zone: Zone) {
        self.zones[at] = zone;
        self.ticks.cut();
    }

    /// [audio] All are otherwise from the next sample on.
    pub fn set_all(&mut self, zones: [Zone; ZONES], shared: Shared) {
        (self.zones, self.shared) = (zones, shared);
        self.ticks.cut();
    }

    /// [any] What all voices share.
    pub fn shared(&self) -> Shared {
        self.shared
    }

    /// [audio] Writes the sum of all voices.
    pub fn process(&mut self, block: &Block<'_>, io: &mut Io<'_>) {
        io.output.silence();
        let mut events = io.events.iter().peekable();
        let mut done = 0;
        while done < block.frames {
            if self.ticks.begin().is_some() {
                self.voices.tick(&self.zones, &self.shared);
            }
            while let Some(event) = events.next_if(|event| event.offset as usize <= done) {
                self.handle(&event);
            }
            let next_event = events.peek().map_or(block.frames, |event| event.offset as usize);
            let end = block.frames.min(next_event).min(done + self.ticks.left());
            let (left, right) = (&mut io.output.left[done..end], &mut io.output.right[done..end]);
            self.voices.render(&self.zones, left, right);
            self.ticks.advance(end - done);
            done = end;
        }
    }

    fn handle(&mut self, event: &Event) {
        self.voices.handle(event, &self.zones, &self.shared);
    }

    /// [audio] Forgets all notes.
    pub fn reset(&mut self) {
        self.voices.reset();
        self.ticks = Ticks::default();
    }

    /// [audio] Takes other sounds; `sounds` becomes those nothing plays any more.
    pub fn swap_sounds(&mut self, sounds: &mut SampleSet) {
        self.voices.swap_sounds(sounds);
    }
}
