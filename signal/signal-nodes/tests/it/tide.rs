//! What tide sounds like: in tune, without aliases, with envelopes as long as stated, without clicks.

use signal_graph::{
    Block, BuiltinSpec, Deadline, Event, EventBody, EventBuffer, Io, Node, Parameter, Stereo, StereoMut,
    Timeline,
};
use signal_nodes::tide::{Id, Tide};

use crate::wave::{frequency, peak, spectrum, steepest};

/// A plain sine that holds its level, without velocity and filter.
const PLAIN: &[(Id, f64)] = &[
    (Id::Osc1Wave, 3.0),
    (Id::Cutoff, 20_000.0),
    (Id::KeyTracking, 0.0),
    (Id::Resonance, 0.0),
    (Id::FilterType, 0.0),
    (Id::AmpSustain, 100.0),
    (Id::AmpAttack, 0.1),
    (Id::AmpVelocity, 0.0),
];

fn on(note: u64, pitch: u8) -> EventBody {
    EventBody::NoteOn { note, channel: 0, pitch, velocity: 1.0 }
}

fn off(note: u64) -> EventBody {
    EventBody::NoteOff { note, channel: 0, pitch: 0, velocity: 0.0 }
}

/// Plays events at ascending frames and gives the left and the right side.
fn play(parameters: &[(Id, f64)], events: &[(usize, EventBody)], frames: usize) -> (Vec<f32>, Vec<f32>) {
    let parameter = |(id, value): &(Id, f64)| Parameter { id: id.number(), value: *value };
    let parameters = PLAIN.iter().chain(parameters).map(parameter).collect();
    let mut tide = Tide::new(
        &BuiltinSpec { name: "tide".to_owned(), parameters, bypass: false, media: Vec::new() },
        48_000,
    );
    let (mut left, mut right) = (vec![0.0; frames], vec![0.0; frames]);
    let events: Vec<Event> =
        events.iter().map(|(at, body)| Event { offset: *at as u32, body: *body }).collect();
    let timeline = Timeline::constant(48_000);
    let silence = vec![0.0; frames];
    let block = Block {
        frames,
        position: 0,
        steady: 0,
        playing: true,
        jumped: false,
        offline: true,
        deadline: Deadline::NONE,
        timeline: &timeline,
    };
    let mut io = Io {
        input: Stereo { left: &silence, right: &silence },
        events: events.as_slice().into(),
        output: StereoMut { left: &mut left, right: &mut right },
        events_out: &mut EventBuffer::new(),
    };
    tide.process(&block, &mut io);
    (left, right)
}

#[test]
fn every_key_is_in_tune_within_a_cent() {
    for pitch in [21, 45, 60, 69, 81, 96, 108] {
        let (sound, _) = play(&[], &[(0, on(1, pitch))], 48_000);
        let expected = 440.0 * 2.0_f64.powf((f64::from(pitch) - 69.0) / 12.0);
        let cents = 1200.0 * (frequency(&sound[4_800..]) / expected).log2();
        assert!(cents.abs() < 1.0, "key {pitch} is {cents} cents off");
    }
}

#[test]
fn bend_fine_tuning_and_octaves_move_the_pitch_as_they_say() {
    let second = [(Id::Osc1Level, 0.0), (Id::Osc2Level, 100.0), (Id::Osc2Wave, 3.0)];
    let fine: Vec<(Id, f64)> =
        second.iter().copied().chain([(Id::Osc2Fine, 50.0), (Id::Osc2Pitch, 12.0)]).collect();
    let (sound, _) = play(&fine, &[(0, on(1, 57))], 48_000);
    assert!((1200.0 * (frequency(&sound[4_800..]) / 440.0).log2() - 50.0).abs() < 1.0);
    let bend = EventBody::Midi([0xE0, 127, 127]);
    let (sound, _) = play(&[(Id::BendRange, 7.0)], &[(0, bend), (0, on(1, 62))], 48_000);
    assert!((1200.0 * (frequency(&sound[4_800..]) / 440.0).log2()).abs() < 1.0);
}

/// Nothing but the harmonics of `pitch` above `limit` decibels.
fn assert_clean(parameters: &[(Id, f64)], pitch: u8, limit: f64) {
    const FRAMES: usize = 4_096;
    let (sound, _) = play(parameters, &[(0, on(1, pitch))], FRAMES + 4_000);
    let spectrum = spectrum(&sound[4_000..]);
    let fundamental = 440.0 * 2.0_f64.powf((f64::from(pitch) - 69.0) / 12.0) * FRAMES as f64 / 48_000.0;
    for (bin, level) in spectrum.iter().enumerate() {
        let harmonic = (bin as f64 / fundamental).round().max(1.0) * fundamental;
        let apart = (bin as f64 - harmonic).abs() > 5.0;
        assert!(!apart || *level < limit, "{level:.1} dB at bin {bin} of key {pitch} with {parameters:?}");
    }
}

#[test]
fn no_wave_aliases() {
    for pitch in [111, 104, 93, 75] {
        assert_clean(&[(Id::Osc1Wave, 0.0)], pitch, -70.0);
        assert_clean(&[(Id::Osc1Wave, 1.0), (Id::PulseWidth, 30.0)], pitch, -70.0);
        assert_clean(&[(Id::Osc1Wave, 2.0)], pitch, -70.0);
    }
}

#[test]
fn a_saw_has_the_harmonics_of_a_saw() {
    let (sound, _) = play(&[(Id::Osc1Wave, 0.0)], &[(0, on(1, 69))], 8_192);
    let spectrum = spectrum(&sound[4_096..]);
    let level = |harmonic: usize| {
        let bin = (harmonic as f64 * 440.0 * 4_096.0 / 48_000.0).round() as usize;
        spectrum[bin - 2..=bin + 2].iter().copied().fold(f64::MIN, f64::max)
    };
    for harmonic in [2, 4, 8, 16] {
        let expected = -20.0 * (harmonic as f64).log10();
        assert!((level(harmonic) - expected).abs() < 1.5, "{harmonic}: {} dB", level(harmonic));
    }
}

#[test]
fn the_filter_takes_away_what_lies_above_its_cutoff() {
    let filtered = |cutoff, response| {
        let parameters = [(Id::Cutoff, cutoff), (Id::FilterType, response)];
        let (sound, _) = play(&parameters, &[(0, on(1, 93))], 9_600);
        20.0 * (peak(&sound[4_800..]) / 0.25).log10()
    };
    // 1760 Hz is two octaves above 440 Hz; without resonance each stage has a Q of a half.
    assert!((filtered(440.0, 0.0) + 24.6).abs() < 1.0, "{}", filtered(440.0, 0.0));
    assert!(filtered(440.0, 1.0) < -45.0, "{}", filtered(440.0, 1.0));
    assert!((filtered(1_760.0, 2.0)).abs() < 0.3, "{}", filtered(1_760.0, 2.0));
    assert!(filtered(7_040.0, 3.0) < -23.0, "{}", filtered(7_040.0, 3.0));
}

#[test]
fn a_note_begins_and_ends_at_its_samples() {
    let parameters = [(Id::AmpRelease, 20.0)];
    let (sound, _) = play(&parameters, &[(1_003, on(1, 69)), (9_007, off(1))], 14_000);
    assert_eq!(sound[..1_003], [0.0; 1_003]);
    assert!(sound[1_003..1_010].iter().any(|sample| *sample != 0.0));
    let held = peak(&sound[8_000..9_007]);
    let after = peak(&sound[9_007 + 960..9_007 + 1_070]);
    let decibels = 20.0 * (after / held).log10();
    assert!((-66.0..-58.0).contains(&decibels), "{decibels} dB after the release");
    assert_eq!(sound[12_000..], [0.0; 2_000]);
}

#[test]
fn the_pedal_holds_and_lets_go() {
    let pedal = |value| EventBody::Midi([0xB0, 64, value]);
    let events = [(0, pedal(127)), (0, on(1, 60)), (1_000, off(1)), (20_000, pedal(0))];
    let (sound, _) = play(&[(Id::AmpRelease, 20.0)], &events, 30_000);
    assert!(peak(&sound[19_000..20_000]) > 0.2);
    assert_eq!(sound[24_000..], [0.0; 6_000]);
}

#[test]
fn stolen_voices_do_not_click() {
    let low = |number: u64| on(number, 36 + (number % 12) as u8);
    let mut events: Vec<(usize, EventBody)> =
        (0..24).map(|number| (number as usize * 500, low(number))).collect();
    let (full, _) = play(&[(Id::AmpAttack, 5.0)], &events, 20_000);
    events.extend((24..32).map(|number| (14_000 + (number as usize - 24) * 300, low(number))));
    let (stolen, _) = play(&[(Id::AmpAttack, 5.0)], &events, 20_000);
    assert_ne!(full[14_500..], stolen[14_500..]);
    let (before, during) = (steepest(&full[12_000..]), steepest(&stolen[12_000..]));
    assert!(during < before + 0.008, "{during} instead of {before}");
}

#[test]
fn mono_goes_back_to_the_key_that_is_still_down() {
    let parameters = [(Id::Mode, 1.0)];
    let events = [(0, on(1, 57)), (10_000, on(2, 69)), (20_000, off(2)), (40_000, off(1))];
    let (sound, _) = play(&parameters, &events, 40_000);
    assert!((frequency(&sound[1_000..9_000]) - 220.0).abs() < 0.5);
    assert!((frequency(&sound[11_000..19_000]) - 440.0).abs() < 0.5);
    assert!((frequency(&sound[21_000..39_000]) - 220.0).abs() < 0.5);
    assert!(peak(&sound) < 0.26, "one voice sounds: {}", peak(&sound));
}

#[test]
fn glide_passes_through_the_pitches_between() {
    let parameters = [(Id::Mode, 2.0), (Id::Glide, 500.0)];
    let (sound, _) = play(&parameters, &[(0, on(1, 57)), (10_000, on(2, 69))], 48_000);
    assert!((frequency(&sound[21_500..22_500]) - 311.1).abs() < 6.0, "{}", frequency(&sound[21_500..22_500]));
    assert!((frequency(&sound[40_000..]) - 440.0).abs() < 0.3);
}

#[test]
fn spread_puts_the_oscillators_apart_and_none_is_mono() {
    let two = |spread| {
        let parameters = [(Id::Osc1Wave, 0.0), (Id::Osc2Level, 100.0), (Id::Spread, spread)];
        play(&parameters, &[(0, on(1, 60))], 20_000)
    };
    let (left, right) = two(0.0);
    assert_eq!(left, right);
    let (left, right) = two(100.0);
    let apart: Vec<f32> = left.iter().zip(&right).map(|(left, right)| left - right).collect();
    assert!(peak(&apart) > 0.2);
}

#[test]
fn a_kick_falls_in_pitch() {
    let parameters = [(Id::PitchEnvelope, 36.0), (Id::PitchDecay, 120.0)];
    let (sound, _) = play(&parameters, &[(0, on(1, 33))], 24_000);
    assert!(frequency(&sound[..1_200]) > 150.0);
    assert!((frequency(&sound[12_000..]) - 55.0).abs() < 0.5);
}
