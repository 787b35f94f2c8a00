//! One note of one zone: a cursor in its sound, envelopes, a filter.

use super::{Shared, TICK, Zone};
use crate::sample::{Cursor, Sample, Span};
use crate::tick::{Begin, Leg};
use crate::tide::envelope::Envelope;
use crate::tide::filter::{Coefficients, Filter};

/// Time a voice takes to make room, in samples: 5 ms at 48 kHz.
const STEAL_FRAMES: u32 = 240;

/// This close to its target a gain is there: -140 dB.
const ARRIVED: f32 = 1e-7;

/// 1 frame, in the unit of a step.
const ONE: f64 = 4_294_967_296.0;

/// The fastest: above, nothing of a sound is left.
const FASTEST: f64 = 128.0;

/// What moves the pitch of all voices, in semitones.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Modulation {
    pub bend: f32,
}

/// A note to begin.
#[derive(Clone, Copy, Debug)]
pub(super) struct Start {
    pub note: u64,
    pub order: u64,
    pub zone: usize,
    pub slot: usize,
    /// Key where the pitch begins.
    pub from: f32,
    pub key: f32,
    pub velocity: f32,
}

/// A voice; free when its amplitude envelope is over.
#[derive(Clone, Copy, Debug)]
pub(super) struct Voice {
    pub note: u64,
    pub order: u64,
    pub zone: usize,
    /// Of its sound.
    pub slot: usize,
    pub held: bool,
    /// Let go, but the pedal is down.
    pub sustained: bool,
    /// Its sound is in the set before the present one.
    pub outdated: bool,
    velocity: f32,
    /// Samples since it last aimed.
    since: usize,
    pitch: Leg,
    target_pitch: f32,
    cursor: Cursor,
    span: Option<Span>,
    step: i64,
    step_change: i64,
    amplitude: Envelope,
    filter_envelope: Envelope,
    filters: [Filter; 2],
    gains: [f32; 2],
    gain_changes: [f32; 2],
    cutoff: f32,
    cutoff_change: f32,
    damping: f32,
    damping_change: f32,
    /// Samples until a stolen voice is silent.
    fading: Option<u32>,
}

impl Voice {
    /// [control] Free.
    pub fn new() -> Self {
        Self {
            note: 0,
            order: 0,
            zone: 0,
            slot: 0,
            held: false,
            sustained: false,
            outdated: false,
            velocity: 0.0,
            since: TICK,
            pitch: Leg::default(),
            target_pitch: 0.0,
            cursor: Cursor::default(),
            span: None,
            step: 0,
            step_change: 0,
            amplitude: Envelope::default(),
            filter_envelope: Envelope::default(),
            filters: [Filter::default(); 2],
            gains: [0.0; 2],
            gain_changes: [0.0; 2],
            cutoff: 0.0,
            cutoff_change: 0.0,
            damping: 2.0,
            damping_change: 0.0,
            fading: None,
        }
    }

    /// [audio] Begins a note from silence.
    pub fn start(
        &mut self,
        start: Start,
        zone: &Zone,
        shared: &Shared,
        modulation: &Modulation,
        frames: usize,
    ) {
        *self = Self {
            note: start.note,
            order: start.order,
            zone: start.zone,
            slot: start.slot,
            held: true,
            velocity: start.velocity,
            pitch: Leg::at(start.from),
            target_pitch: start.key,
            span: Some(zone.span(frames)),
            ..Self::new()
        };
        self.attack();
        self.aim(zone, shared, modulation, true);
    }

    /// [audio] Begins the envelopes again.
    pub fn attack(&mut self) {
        self.amplitude.begin();
        self.filter_envelope.begin();
    }

    /// [audio] Goes on as another note.
    pub fn continue_as(&mut self, note: u64, key: f32, velocity: f32) {
        (self.note, self.target_pitch, self.velocity) = (note, key, velocity);
        (self.held, self.sustained) = (true, false);
    }

    /// [audio] The key is let go; a one-shot plays on.
    pub fn release(&mut self, zone: &Zone) {
        (self.held, self.sustained) = (false, false);
        if !zone.one_shot {
            self.amplitude.release();
            self.filter_envelope.release();
        }
    }

    /// [audio] Makes room quickly.
    pub fn steal(&mut self) {
        (self.held, self.sustained) = (false, false);
        self.fading.get_or_insert(STEAL_FRAMES);
    }

    pub fn is_free(&self) -> bool {
        self.amplitude.is_over()
    }

    pub fn is_stolen(&self) -> bool {
        self.fading.is_some()
    }

    /// [audio] Where its zone plays now.
    pub fn follow(&mut self, zone: &Zone, frames: usize) {
        self.span = Some(zone.span(frames));
    }

    /// [audio] Goes where the tick wants it, at once or in a straight line.
    pub fn aim(&mut self, zone: &Zone, shared: &Shared, modulation: &Modulation, at_once: bool) {
        self.glide(shared, at_once);
        let pitch = self.pitch.end();
        let semitones = zone.tracking * (pitch - zone.root) + zone.tune + modulation.bend;
        let step = (libm::exp2(f64::from(semitones) / 12.0).min(FASTEST) * ONE) as i64;
        let octaves = zone.cutoff
            + zone.filter_tracking * (pitch - 60.0) / 12.0
            + zone.filter_envelope * self.filter_envelope.value
            + zone.filter_velocity * (self.velocity - 1.0);
        let cutoff = tangent(octaves, shared.sample_rate);
        let loudness = 1.0 - zone.amplitude_velocity * (1.0 - self.velocity * self.velocity);
        let gains = zone.gains.map(|gain| gain * loudness);
        if at_once {
            (self.step, self.cutoff, self.gains, self.damping) = (step, cutoff, gains, zone.damping);
        }
        self.step_change = (step - self.step) / TICK as i64;
        self.cutoff_change = (cutoff - self.cutoff) * (1.0 / TICK as f32);
        for (side, gain) in gains.into_iter().enumerate() {
            // A step of a fader takes some ticks: its end is as smooth as its beginning.
            let distance = gain - self.gains[side];
            if distance.abs() < ARRIVED {
                (self.gains[side], self.gain_changes[side]) = (gain, 0.0);
            } else {
                self.gain_changes[side] = distance * (0.25 / TICK as f32);
            }
        }
        self.damping_change = (zone.damping - self.damping) * (0.25 / TICK as f32);
    }

    fn glide(&mut self, shared: &Shared, at_once: bool) {
        let begin = Begin::After(std::mem::take(&mut self.since).min(TICK));
        if shared.glide < 1.0 {
            self.pitch = Leg::at(self.target_pitch);
        } else if !at_once {
            // An octave takes the stated time, other intervals in proportion.
            let step = 12.0 * TICK as f32 / shared.glide;
            let from = self.pitch.reached(begin);
            let distance = self.target_pitch - from;
            let arrives = distance.abs() <= step;
            self.pitch.go(if arrives { self.target_pitch } else { from + step.copysign(distance) }, begin);
        }
    }

    /// [audio] Adds the next samples, all of one tick.
    pub fn render(&mut self, zone: &Zone, sample: &Sample, left: &mut [f32], right: &mut [f32]) {
        let Some(span) = self.span else { return };
        self.since += left.len();
        for (left, right) in left.iter_mut().zip(right) {
            if self.cursor.is_over(&span) {
                *self = Self::new();
                return;
            }
            let mut sound = self.cursor.read(sample, &span, self.step);
            self.step += self.step_change;
            self.cursor.advance(&span, self.step);
            self.cutoff += self.cutoff_change;
            self.damping += self.damping_change;
            if let Some(response) = zone.response {
                let coefficients = Coefficients::new(response, self.cutoff, self.damping);
                for (sound, filter) in sound.iter_mut().zip(&mut self.filters) {
                    *sound = filter.next(*sound, &coefficients);
                }
            }
            for side in 0..2 {
                self.gains[side] += self.gain_changes[side];
            }
            let gain = self.next_gain(zone);
            *left += sound[0] * gain * self.gains[0];
            *right += sound[1] * gain * self.gains[1];
            if self.is_free() {
                return;
            }
        }
    }

    fn next_gain(&mut self, zone: &Zone) -> f32 {
        let gain = self.amplitude.next_value(&zone.amplitude);
        self.filter_envelope.next_value(&zone.filter);
        let Some(left) = &mut self.fading else { return gain };
        *left = left.saturating_sub(1);
        let faded = gain * *left as f32 * (1.0 / STEAL_FRAMES as f32);
        if *left == 0 {
            *self = Self::new();
        }
        faded
    }
}

/// Tangent of half the angle of a frequency, given as logarithm to base 2 of hertz.
fn tangent(octaves: f32, sample_rate: f32) -> f32 {
    let hertz = libm::exp2f(octaves.clamp(3.0, 16.0)).min(0.45 * sample_rate);
    libm::tanf(std::f32::consts::PI * hertz / sample_rate)
}
