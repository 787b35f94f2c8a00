//! Who plays which note: layers, allocation, stealing, choking, mono and legato, pedal and bend.

use signal_graph::{Event, EventBody};

use super::voice::{Modulation, Start, Voice};
use super::{Mode, Shared, Zone};
use crate::sample::{SampleSet, ZONES};

/// Notes that may sound at once.
pub(crate) const MOST: usize = 32;

/// Room for notes that were stolen or choked and are fading.
const PLACES: usize = MOST + 16;

/// Keys a mono voice remembers to go back to.
const MAX_HELD: usize = 16;

/// All voices of an instrument.
#[derive(Debug)]
pub(crate) struct Voices {
    voices: Box<[Voice]>,
    sounds: SampleSet,
    /// Those before: what sounds of them fades.
    before: SampleSet,
    /// Notes since the last reset.
    count: u64,
    /// Mono: the keys that are down, the last one sounding.
    held: Vec<(u64, f32, f32)>,
    last_key: Option<f32>,
    pedal: bool,
    /// -1 to 1.
    bend: f32,
    modulation: Modulation,
}

impl Voices {
    /// [control] All free, without sounds.
    pub fn new() -> Self {
        crate::sample::prepare();
        Self {
            voices: (0..PLACES).map(|_| Voice::new()).collect(),
            sounds: SampleSet::default(),
            before: SampleSet::default(),
            count: 0,
            held: Vec::with_capacity(MAX_HELD),
            last_key: None,
            pedal: false,
            bend: 0.0,
            modulation: Modulation::default(),
        }
    }

    /// [audio] All free, as new.
    pub fn reset(&mut self) {
        self.voices.fill(Voice::new());
        self.held.clear();
        self.count = 0;
        self.last_key = None;
        self.pedal = false;
        self.bend = 0.0;
        self.modulation = Modulation::default();
    }

    /// [audio] Takes other sounds. What sounds of those that change fades; of the set before, it ends.
    pub fn swap_sounds(&mut self, sounds: &mut SampleSet) {
        for voice in self.voices.iter_mut().filter(|voice| !voice.is_free()) {
            if voice.outdated {
                *voice = Voice::new();
            } else if !self.sounds.is_same(sounds, voice.slot) {
                voice.outdated = true;
                voice.steal();
            }
        }
        // The new come to sound, those that sounded lie before, and those before are handed out.
        std::mem::swap(&mut self.sounds, &mut self.before);
        std::mem::swap(&mut self.sounds, sounds);
    }

    /// [audio] Moves everything on that moves once a tick.
    pub fn tick(&mut self, zones: &[Zone; ZONES], shared: &Shared) {
        self.modulation.bend = self.bend * shared.bend_range;
        for voice in self.voices.iter_mut().filter(|voice| !voice.is_free()) {
            let zone = &zones[voice.zone];
            let sounds = if voice.outdated { &self.before } else { &self.sounds };
            if let Some(sample) = sounds.get(voice.slot) {
                voice.follow(zone, sample.frames());
            }
            voice.aim(zone, shared, &self.modulation, false);
        }
    }

    /// [audio] Adds all voices.
    pub fn render(&mut self, zones: &[Zone; ZONES], left: &mut [f32], right: &mut [f32]) {
        for voice in self.voices.iter_mut().filter(|voice| !voice.is_free()) {
            let sounds = if voice.outdated { &self.before } else { &self.sounds };
            match sounds.get(voice.slot) {
                Some(sample) => voice.render(&zones[voice.zone], sample, left, right),
                None => *voice = Voice::new(),
            }
        }
    }

    /// [audio] What notes and controllers say.
    pub fn handle(&mut self, event: &Event, zones: &[Zone; ZONES], shared: &Shared) {
        match event.body {
            EventBody::NoteOn { note, pitch, velocity, .. } => {
                self.note_on(note, f32::from(pitch), velocity, zones, shared);
            }
            EventBody::NoteOff { note, .. } => self.note_off(note, zones, shared),
            EventBody::Midi(data) => self.midi(data, zones),
            EventBody::AllNotesOff => self.all_notes_off(zones),
            EventBody::Expression { .. } => {}
        }
    }

    fn note_on(&mut self, note: u64, key: f32, velocity: f32, zones: &[Zone; ZONES], shared: &Shared) {
        self.count += 1;
        self.modulation.bend = self.bend * shared.bend_range;
        let from = self.last_key.filter(|_| shared.glide >= 1.0).unwrap_or(key);
        self.last_key = Some(key);
        if shared.mode != Mode::Poly && self.mono_note_on(note, key, velocity, zones, shared) {
            return;
        }
        for zone in 0..ZONES {
            let slots = [Some(zone), zones[zone].fallback];
            let sound =
                slots.into_iter().flatten().find_map(|slot| Some((slot, self.sounds.get(slot)?.frames())));
            let Some((slot, frames)) = sound else { continue };
            if zones[zone].takes(key, velocity) {
                self.choke(zones[zone].choke, zones);
                let place = self.free_place(shared.polyphony);
                let start = Start { note, order: self.count, zone, slot, from, key, velocity };
                self.voices[place].start(start, &zones[zone], shared, &self.modulation, frames);
            }
        }
    }

    /// Whether what sounds already goes on as the note.
    fn mono_note_on(
        &mut self,
        note: u64,
        key: f32,
        velocity: f32,
        zones: &[Zone; ZONES],
        shared: &Shared,
    ) -> bool {
        let had_key = !self.held.is_empty();
        if self.held.len() == MAX_HELD {
            self.held.remove(0);
        }
        self.held.push((note, key, velocity));
        let mut goes_on = false;
        for voice in self.voices.iter_mut().filter(|voice| !voice.is_free() && !voice.is_stolen()) {
            if shared.mode == Mode::Legato && had_key && zones[voice.zone].takes(key, velocity) {
                voice.continue_as(note, key, velocity);
                goes_on = true;
            } else {
                voice.steal();
            }
        }
        goes_on
    }

    /// Notes of the same instant sound together: a group is for what comes one after the other.
    fn choke(&mut self, group: u8, zones: &[Zone; ZONES]) {
        let count = self.count;
        let others = self.voices.iter_mut().filter(|voice| !voice.is_free() && voice.order != count);
        for voice in others.filter(|voice| group != 0 && zones[voice.zone].choke == group) {
            voice.steal();
        }
    }

    fn note_off(&mut self, note: u64, zones: &[Zone; ZONES], shared: &Shared) {
        self.held.retain(|(held, _, _)| *held != note);
        let back = self.held.last().copied().filter(|_| shared.mode != Mode::Poly);
        for voice in self.voices.iter_mut().filter(|voice| voice.note == note && voice.held) {
            if let Some((note, key, velocity)) = back {
                voice.continue_as(note, key, velocity);
                self.last_key = Some(key);
            } else if self.pedal {
                (voice.held, voice.sustained) = (false, true);
            } else {
                voice.release(&zones[voice.zone]);
            }
        }
    }

    fn midi(&mut self, [status, first, second]: [u8; 3], zones: &[Zone; ZONES]) {
        match (status & 0xF0, first) {
            (0xB0, 64) => {
                self.pedal = second >= 64;
                if !self.pedal {
                    for voice in self.voices.iter_mut().filter(|voice| voice.sustained) {
                        voice.release(&zones[voice.zone]);
                    }
                }
            }
            (0xB0, 120) => self.voices.iter_mut().filter(|voice| !voice.is_free()).for_each(Voice::steal),
            (0xB0, 123) => self.all_notes_off(zones),
            (0xE0, _) => {
                let position = i32::from(first) + i32::from(second) * 128 - 8192;
                self.bend = (position as f32 / 8191.0).max(-1.0);
            }
            _ => {}
        }
    }

    /// Releases everything, pedal or not; one-shots fade, for the song has stopped.
    fn all_notes_off(&mut self, zones: &[Zone; ZONES]) {
        self.pedal = false;
        self.held.clear();
        for voice in self.voices.iter_mut().filter(|voice| !voice.is_free()) {
            let zone = &zones[voice.zone];
            if zone.one_shot { voice.steal() } else { voice.release(zone) }
        }
    }

    /// A free voice. When too many sound, the one that is least missed fades: released ones first, then the oldest.
    fn free_place(&mut self, polyphony: usize) -> usize {
        let sounding = self.voices.iter().filter(|voice| !voice.is_free() && !voice.is_stolen()).count();
        if sounding >= polyphony.clamp(1, MOST) {
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
        let by_age = |place: &usize| (!self.voices[*place].is_stolen(), self.voices[*place].order);
        (0..self.voices.len()).min_by_key(by_age).unwrap_or(0)
    }
}
