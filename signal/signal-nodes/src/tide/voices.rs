//! Who plays which note: allocation, stealing, mono and legato, pedal, wheels.

use super::settings::{Control, Mode};
use super::voice::{Modulation, Voice};
use crate::tick::{Begin, Phase};

/// Notes that sound at once.
const POLYPHONY: usize = 24;

/// Room for notes that were stolen and are fading.
const SLOTS: usize = POLYPHONY + 8;

/// Keys a mono voice remembers to go back to.
const MAX_HELD: usize = 16;

/// Vibrato of the fully turned modulation wheel, in semitones.
const WHEEL_VIBRATO: f32 = 0.5;

/// All voices of the instrument.
#[derive(Debug)]
pub(super) struct Voices {
    voices: Box<[Voice]>,
    /// Notes since the last reset.
    count: u64,
    /// Mono: the keys that are down, the last one sounding.
    held: Vec<(u64, f32, f32)>,
    last_pitch: Option<f32>,
    pedal: bool,
    /// -1 to 1.
    bend: f32,
    lfo: Phase,
    modulation: Modulation,
}

impl Voices {
    /// [control] All free.
    pub fn new() -> Self {
        super::wave::Waves::shared();
        Self {
            voices: (0..SLOTS).map(|_| Voice::new()).collect(),
            count: 0,
            held: Vec::with_capacity(MAX_HELD),
            last_pitch: None,
            pedal: false,
            bend: 0.0,
            lfo: Phase::default(),
            modulation: Modulation::default(),
        }
    }

    /// [audio] All free, as new.
    pub fn reset(&mut self) {
        for voice in &mut self.voices {
            *voice = Voice::new();
        }
        self.held.clear();
        self.count = 0;
        self.last_pitch = None;
        self.pedal = false;
        self.bend = 0.0;
        self.lfo = Phase::default();
        self.modulation = Modulation::default();
    }

    /// [audio] Moves everything on that moves once a tick.
    pub fn tick(&mut self, control: &Control, begin: Begin) {
        let [phase, _] = self.lfo.go(control.lfo_step, begin);
        self.modulation.lfo = libm::sinf(phase * std::f32::consts::TAU);
        self.modulation.bend = self.bend * control.bend_range;
        for voice in self.voices.iter_mut().filter(|voice| !voice.is_free()) {
            voice.aim(control, &self.modulation, false);
        }
    }

    /// [audio] Writes the sum of all voices.
    pub fn render(&mut self, control: &Control, within: usize, left: &mut [f32], right: &mut [f32]) {
        for voice in self.voices.iter_mut().filter(|voice| !voice.is_free()) {
            voice.render(control, within, left, right);
        }
        for (sample, (left, right)) in left.iter_mut().zip(right).enumerate() {
            let volume = control.volume.at(within + sample);
            *left *= volume;
            *right *= volume;
        }
    }

    /// [audio] A key goes down.
    pub fn note_on(&mut self, note: u64, pitch: f32, velocity: f32, control: &Control) {
        self.count += 1;
        self.modulation.bend = self.bend * control.bend_range;
        let from = self.last_pitch.filter(|_| control.glide >= 1.0).unwrap_or(pitch);
        self.last_pitch = Some(pitch);
        if control.mode != Mode::Poly {
            self.mono_note_on(note, pitch, velocity, control);
            return;
        }
        let slot = self.free_slot();
        self.start(slot, note, (from, pitch), velocity, control);
    }

    fn start(&mut self, slot: usize, note: u64, (from, pitch): (f32, f32), velocity: f32, control: &Control) {
        let voice = &mut self.voices[slot];
        voice.start(note, self.count, from, pitch, velocity);
        voice.aim(control, &self.modulation, true);
        let side = if control.mode == Mode::Poly { SIDES[(self.count % 4) as usize] } else { 0.0 };
        voice.place(side, control);
    }

    fn mono_note_on(&mut self, note: u64, pitch: f32, velocity: f32, control: &Control) {
        let had_key = !self.held.is_empty();
        if self.held.len() == MAX_HELD {
            self.held.remove(0);
        }
        self.held.push((note, pitch, velocity));
        let sounding = self.voices.iter_mut().find(|voice| !voice.is_free() && !voice.is_stolen());
        let Some(voice) = sounding else {
            let slot = self.free_slot();
            self.start(slot, note, (pitch, pitch), velocity, control);
            return;
        };
        voice.continue_as(note, pitch, velocity);
        voice.aim(control, &self.modulation, false);
        if control.mode == Mode::Mono || !had_key {
            voice.attack();
        }
    }

    /// [audio] A key goes up.
    pub fn note_off(&mut self, note: u64, control: &Control) {
        self.held.retain(|(held, _, _)| *held != note);
        let pedal = self.pedal;
        let Some(voice) = self.voices.iter_mut().find(|voice| voice.note == note && voice.held) else {
            return;
        };
        if let (Some((note, pitch, velocity)), true) = (self.held.last().copied(), control.mode != Mode::Poly)
        {
            voice.continue_as(note, pitch, velocity);
            self.last_pitch = Some(pitch);
        } else if pedal {
            (voice.held, voice.sustained) = (false, true);
        } else {
            voice.release();
        }
    }

    /// [audio] A channel message.
    pub fn midi(&mut self, [status, first, second]: [u8; 3]) {
        match (status & 0xF0, first) {
            (0xB0, 1) => self.modulation.wheel = f32::from(second) / 127.0 * WHEEL_VIBRATO,
            (0xB0, 64) => self.set_pedal(second >= 64),
            (0xB0, 120 | 123) => self.all_notes_off(),
            (0xE0, _) => {
                let position = i32::from(first) + i32::from(second) * 128 - 8192;
                self.bend = (position as f32 / 8191.0).max(-1.0);
            }
            _ => {}
        }
    }

    fn set_pedal(&mut self, down: bool) {
        self.pedal = down;
        if !down {
            for voice in self.voices.iter_mut().filter(|voice| voice.sustained) {
                voice.release();
            }
        }
    }

    /// [audio] Releases everything, pedal or not.
    pub fn all_notes_off(&mut self) {
        self.pedal = false;
        self.held.clear();
        for voice in &mut self.voices {
            voice.release();
        }
    }

    /// A free voice. When too many sound, the one that is least missed fades: released ones first, then the oldest.
    fn free_slot(&mut self) -> usize {
        let sounding = self.voices.iter().filter(|voice| !voice.is_free() && !voice.is_stolen()).count();
        if sounding >= POLYPHONY {
            let candidates = self.voices.iter_mut().filter(|voice| !voice.is_free() && !voice.is_stolen());
            if let Some(victim) = candidates.min_by_key(|voice| (voice.held || voice.sustained, voice.order))
            {
                victim.steal();
            }
        }
        let free = self.voices.iter().position(Voice::is_free);
        free.unwrap_or_else(|| self.oldest())
    }

    /// More notes at once than there is room to fade: the oldest gives way at once.
    fn oldest(&self) -> usize {
        let by_age = |slot: &usize| (!self.voices[*slot].is_stolen(), self.voices[*slot].order);
        (0..self.voices.len()).min_by_key(by_age).unwrap_or(0)
    }
}

/// Where notes lie one after the other when spread is full.
const SIDES: [f32; 4] = [-0.3, 0.5, -0.6, 0.2];
