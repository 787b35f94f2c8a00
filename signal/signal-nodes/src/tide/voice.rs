//! One sounding note.

use super::TICK;
use super::envelope::Envelope;
use super::filter::{Coefficients, Filter};
use super::settings::Control;
use super::wave::Waves;
use crate::tick::{Begin, Leg};

/// How loud one voice is at full level: room for a chord below full scale.
const VOICE_GAIN: f32 = 0.25;

/// The fade of a voice whose place another note needs, in samples: short enough for the next note, long enough not to click.
const STEAL_FRAMES: u32 = 96;

/// How far, a sample, a mono voice goes towards the loudness of its next note: 2 ms at 48 kHz.
const LOUDNESS_SMOOTHING: f32 = 0.01;

/// Where the second oscillator's period begins, so that two equal ones do not start as one louder.
const SECOND_PHASE: u32 = 0x5000_0000;

/// A voice, sounding or free.
#[derive(Debug)]
pub(super) struct Voice {
    pub note: u64,
    pub held: bool,
    /// Let go while the pedal is down.
    pub sustained: bool,
    /// Counts up with each note of the instrument.
    pub order: u64,
    age: u32,
    /// Samples since it last aimed.
    since: usize,
    /// Semitones, as MIDI keys.
    pitch: Leg,
    target_pitch: f32,
    velocity: f32,
    /// Gain by velocity; below 0 until the note has one.
    loudness: f32,
    phases: [u32; 3],
    increments: [u32; 3],
    increment_steps: [i32; 3],
    /// The fastest each oscillator turns during the tick.
    fastest: [u32; 3],
    noise: u32,
    amplitude: Envelope,
    filter_envelope: Envelope,
    pitch_envelope: f32,
    filters: [Filter; 2],
    cutoff: f32,
    cutoff_step: f32,
    /// Of this voice in the panorama.
    sides: [f32; 2],
    /// Frames left of a stolen voice.
    fading: Option<u32>,
}

/// What the instrument as a whole adds to each voice.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Modulation {
    /// -1 to 1.
    pub lfo: f32,
    /// Semitones.
    pub bend: f32,
    /// Semitones of vibrato by the wheel.
    pub wheel: f32,
}

impl Voice {
    /// [control] A free one.
    pub fn new() -> Self {
        Self {
            note: 0,
            held: false,
            sustained: false,
            order: 0,
            age: 0,
            since: TICK,
            pitch: Leg::default(),
            target_pitch: 0.0,
            velocity: 0.0,
            loudness: -1.0,
            phases: [0; 3],
            increments: [0; 3],
            increment_steps: [0; 3],
            fastest: [0; 3],
            noise: 1,
            amplitude: Envelope::default(),
            filter_envelope: Envelope::default(),
            pitch_envelope: 0.0,
            filters: [Filter::default(); 2],
            cutoff: 0.0,
            cutoff_step: 0.0,
            sides: [1.0; 2],
            fading: None,
        }
    }

    /// [audio] Begins a note from silence, gliding from `from` if that is another pitch.
    pub fn start(&mut self, note: u64, order: u64, from: f32, pitch: f32, velocity: f32) {
        *self = Self {
            note,
            held: true,
            order,
            pitch: Leg::at(from),
            target_pitch: pitch,
            velocity,
            phases: [0, SECOND_PHASE, 0],
            // Any odd multiplier spreads the counter over the bits; zero would stay zero.
            noise: (order as u32).wrapping_mul(0x9E37_79B1) | 1,
            ..Self::new()
        };
        self.attack();
    }

    /// [audio] Begins the envelopes again.
    pub fn attack(&mut self) {
        self.amplitude.begin();
        self.filter_envelope.begin();
        self.pitch_envelope = 1.0;
        self.age = 0;
    }

    /// [audio] Goes on as another note.
    pub fn continue_as(&mut self, note: u64, pitch: f32, velocity: f32) {
        (self.note, self.target_pitch, self.velocity) = (note, pitch, velocity);
        (self.held, self.sustained) = (true, false);
    }

    /// [audio] Lets the note go.
    pub fn release(&mut self) {
        (self.held, self.sustained) = (false, false);
        self.amplitude.release();
        self.filter_envelope.release();
    }

    /// [audio] Makes room quickly.
    pub fn steal(&mut self) {
        self.release();
        self.fading.get_or_insert(STEAL_FRAMES);
    }

    pub fn is_free(&self) -> bool {
        self.amplitude.is_over()
    }

    pub fn is_stolen(&self) -> bool {
        self.fading.is_some()
    }

    /// [audio] Where in the panorama, from -1 to 1, when spread is full.
    pub fn place(&mut self, side: f32, control: &Control) {
        let side = side * control.spread.at(0);
        self.sides = [1.0 - side.max(0.0), 1.0 + side.min(0.0)];
    }

    /// [audio] Goes where the tick wants it, at once or in a straight line.
    pub fn aim(&mut self, control: &Control, modulation: &Modulation, at_once: bool) {
        let faded_in =
            if control.lfo_delay > 0.0 { (self.age as f32 / control.lfo_delay).min(1.0) } else { 1.0 };
        let lfo = modulation.lfo * faded_in;
        let vibrato = lfo * (control.vibrato + modulation.wheel);
        self.glide(control, at_once);
        let pitch = self.pitch.end();
        let key = pitch + modulation.bend + vibrato + control.pitch_envelope * self.pitch_envelope;
        let pitches = [key + control.pitches[0], key + control.pitches[1], key + control.pitches[0] - 12.0];
        for (oscillator, pitch) in pitches.into_iter().enumerate() {
            let wanted = increment(pitch, control.sample_rate);
            if at_once {
                self.increments[oscillator] = wanted;
            }
            self.fastest[oscillator] = wanted.max(self.increments[oscillator]);
            let distance = i64::from(wanted) - i64::from(self.increments[oscillator]);
            self.increment_steps[oscillator] = (distance / TICK as i64) as i32;
        }
        let octaves = control.cutoff
            + control.key_tracking * (pitch - 60.0) / 12.0
            + control.filter_envelope * self.filter_envelope.value
            + control.filter_velocity * (self.velocity - 1.0)
            + control.lfo_cutoff * lfo;
        let wanted = tangent(octaves, control.sample_rate);
        if at_once {
            self.cutoff = wanted;
        }
        self.cutoff_step = (wanted - self.cutoff) * (1.0 / TICK as f32);
    }

    fn glide(&mut self, control: &Control, at_once: bool) {
        let begin = Begin::After(std::mem::take(&mut self.since).min(TICK));
        if control.glide < 1.0 {
            self.pitch = Leg::at(self.target_pitch);
        } else if !at_once {
            // An octave takes the stated time, other intervals in proportion.
            let step = 12.0 * TICK as f32 / control.glide;
            let from = self.pitch.reached(begin);
            let distance = self.target_pitch - from;
            let arrives = distance.abs() <= step;
            self.pitch.go(if arrives { self.target_pitch } else { from + step.copysign(distance) }, begin);
        }
    }

    /// [audio] Adds the next samples, which begin `within` the tick.
    pub fn render(&mut self, control: &Control, within: usize, left: &mut [f32], right: &mut [f32]) {
        let waves = Waves::shared();
        let readers = [
            waves.reader(control.waves[0], self.fastest[0], control.width),
            waves.reader(control.waves[1], self.fastest[1], control.width),
            waves.reader(super::wave::Wave::Sine, 0, 0),
        ];
        let loudness =
            VOICE_GAIN * (1.0 - control.amplitude_velocity * (1.0 - self.velocity * self.velocity));
        if self.loudness < 0.0 {
            self.loudness = loudness;
        }
        for (sample, (left, right)) in left.iter_mut().zip(right).enumerate() {
            let at = within + sample;
            let first = readers[0].at(self.phases[0]) * control.levels[0].at(at);
            let second = readers[1].at(self.phases[1]) * control.levels[1].at(at);
            let mut middle = 0.0;
            if !control.sub.is_silent() {
                middle += readers[2].at(self.phases[2]) * control.sub.at(at);
            }
            if !control.noise.is_silent() {
                middle += self.next_noise() * control.noise.at(at);
            }
            let far = 1.0 - control.spread.at(at);
            self.turn();
            self.cutoff += self.cutoff_step;
            let coefficients = Coefficients::new(control.response, self.cutoff, control.damping);
            self.loudness += LOUDNESS_SMOOTHING * (loudness - self.loudness);
            let gain = self.loudness * self.next_gain(control);
            let wet = [first + second * far + middle, first * far + second + middle];
            for (side, output) in [left, right].into_iter().enumerate() {
                let filtered = self.filters[side].next(wet[side], &coefficients);
                *output += saturate(filtered, control.drive.at(at), control.saturation.at(at))
                    * gain
                    * self.sides[side];
            }
        }
        self.age = self.age.saturating_add(left.len() as u32);
        self.since += left.len();
    }

    fn turn(&mut self) {
        for oscillator in 0..3 {
            self.increments[oscillator] =
                self.increments[oscillator].wrapping_add_signed(self.increment_steps[oscillator]);
            self.phases[oscillator] = self.phases[oscillator].wrapping_add(self.increments[oscillator]);
        }
    }

    /// Xorshift (Marsaglia, 2003), as a sample from -1 to 1.
    fn next_noise(&mut self) -> f32 {
        self.noise ^= self.noise << 13;
        self.noise ^= self.noise >> 17;
        self.noise ^= self.noise << 5;
        (self.noise as i32) as f32 * (1.0 / 2_147_483_648.0)
    }

    fn next_gain(&mut self, control: &Control) -> f32 {
        let gain = self.amplitude.next_value(&control.amplitude_shape);
        self.filter_envelope.next_value(&control.filter_shape);
        self.pitch_envelope *= control.pitch_decay;
        let Some(left) = &mut self.fading else { return gain };
        *left = left.saturating_sub(1);
        let faded = gain * *left as f32 * (1.0 / STEAL_FRAMES as f32);
        if *left == 0 {
            *self = Self::new();
        }
        faded
    }
}

/// Phase a sample of a pitch in semitones, where 69 is 440 Hz. Beyond half the sample rate nothing is heard anyway.
fn increment(pitch: f32, sample_rate: f32) -> u32 {
    let hertz = 440.0 * libm::exp2((f64::from(pitch) - 69.0) / 12.0);
    ((hertz / f64::from(sample_rate)).min(0.499) * 4_294_967_296.0) as u32
}

/// Tangent of half the angle of a frequency, given as logarithm to base 2 of hertz.
fn tangent(octaves: f32, sample_rate: f32) -> f32 {
    let hertz = libm::exp2f(octaves.clamp(3.0, 16.0)).min(0.45 * sample_rate);
    libm::tanf(std::f32::consts::PI * hertz / sample_rate)
}

/// A cubic over a quadratic that follows the hyperbolic tangent within 2 % up to 3 and stays at 1 from there on.
fn saturate(sample: f32, drive: f32, amount: f32) -> f32 {
    if amount <= 0.0 {
        return sample;
    }
    let driven = (sample * drive).clamp(-3.0, 3.0);
    let square = driven * driven;
    let bent = driven * (27.0 + square) / (27.0 + 9.0 * square);
    sample + amount * (bent - sample)
}
