//! What sampler and drums sound like: in tune, without aliases, in loops without seams, choked and layered as told.

use std::sync::Arc;

use signal_graph::{
    Block, BuiltinMedia, BuiltinSpec, Deadline, Event, EventBody, EventBuffer, Io, Node, Parameter, Stereo,
    StereoMut, Timeline,
};
use signal_nodes::drums::{Drums, PadId, pad_parameter};
use signal_nodes::sample::{MAX_FRAMES as LONGEST_SAMPLE, Sample, SampleLibrary, SampleSet};
use signal_nodes::sampler::{Id, Sampler, ZoneId, zone_parameter};
use signal_nodes::workshop;

use crate::wave::{frequency, peak, spectrum, steepest, write_pcm};

const RATE: u32 = 48_000;

fn sine(hertz: f64, frames: usize) -> Vec<f32> {
    let step = std::f64::consts::TAU * hertz / f64::from(RATE);
    (0..frames).map(|at| (0.5 * (step * at as f64).sin()) as f32).collect()
}

fn set(sounds: &[(usize, Vec<f32>)]) -> SampleSet {
    let mut set = SampleSet::default();
    for (slot, sound) in sounds {
        set.put(*slot, Arc::new(Sample::new(sound.clone(), sound.clone())));
    }
    set
}

fn spec(name: &str, values: &[(u32, f64)]) -> BuiltinSpec {
    let parameters = values.iter().map(|(id, value)| Parameter { id: *id, value: *value }).collect();
    BuiltinSpec { name: name.to_owned(), parameters, bypass: false, media: Vec::new() }
}

fn sampler(values: &[(u32, f64)], sounds: &[(usize, Vec<f32>)]) -> Box<dyn Node> {
    let plain = [(Id::AmpVelocity.number(), 0.0)];
    let mut sampler = Sampler::new(&spec("sampler", &[&plain, values].concat()), RATE);
    sampler.swap_content(&mut set(sounds));
    Box::new(sampler)
}

fn on(note: u64, pitch: u8) -> EventBody {
    EventBody::NoteOn { note, channel: 0, pitch, velocity: 1.0 }
}

fn off(note: u64) -> EventBody {
    EventBody::NoteOff { note, channel: 0, pitch: 0, velocity: 0.0 }
}

fn play(node: &mut dyn Node, events: &[(usize, EventBody)], frames: usize) -> (Vec<f32>, Vec<f32>) {
    let (mut left, mut right) = (vec![0.0; frames], vec![0.0; frames]);
    let events: Vec<Event> =
        events.iter().map(|(at, body)| Event { offset: *at as u32, body: *body }).collect();
    let timeline = Timeline::constant(RATE);
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
    node.process(&block, &mut io);
    (left, right)
}

#[test]
fn a_key_away_from_the_root_transposes_in_tune() {
    for (key, hertz) in [(60, 1000.0), (72, 2000.0), (48, 500.0), (67, 1498.307)] {
        let mut node = sampler(&[], &[(0, sine(1000.0, 96_000))]);
        let (left, _) = play(&mut *node, &[(0, on(1, key))], 30_000);
        let heard = frequency(&left[2_000..24_000]);
        assert!((heard / hertz - 1.0).abs() < 2e-5, "key {key}: {heard} Hz");
    }
}

#[test]
fn the_root_key_gives_the_sound_below_the_transition_as_it_is() {
    let sound = sine(6_000.0, 20_000);
    let (left, right) = play(&mut *sampler(&[], &[(0, sound.clone())]), &[(0, on(1, 60))], 20_000);
    let worst = (500..19_000).map(|at| (left[at] - sound[at]).abs()).fold(0.0, f32::max);
    assert!(worst < 1e-4 && left == right, "off by {worst}");
}

#[test]
fn nothing_folds_back_and_no_image_is_heard() {
    // Up by a fifth, an octave, two octaves, and down by an octave: everything but the tone lies below 80 dB.
    for (key, hertz) in [(67, 9_000.0), (72, 7_000.0), (84, 3_000.0), (48, 12_000.0), (61, 15_000.0)] {
        let mut node = sampler(&[], &[(0, sine(hertz, 96_000))]);
        let (left, _) = play(&mut *node, &[(0, on(1, key))], 12_000);
        let bins = spectrum(&left[2_000..6_096]);
        let loudest = (0..bins.len()).max_by(|a, b| bins[*a].total_cmp(&bins[*b])).expect("bins");
        let other = |bin: &usize| bin.abs_diff(loudest) > 6;
        let rest = (0..bins.len()).filter(other).map(|bin| bins[bin]).fold(f64::MIN, f64::max);
        assert!(rest < -80.0, "{hertz} Hz on key {key}: {rest} dB");
    }
    // What would lie above half the rate is not heard at all.
    let mut node = sampler(&[], &[(0, sine(15_000.0, 96_000))]);
    let (left, _) = play(&mut *node, &[(0, on(1, 72))], 12_000);
    assert!(peak(&left[2_000..10_000]) < 0.5e-3, "{}", peak(&left[2_000..10_000]));
}

#[test]
fn loops_sound_on_without_a_seam() {
    // 480 frames are ten periods; the loops begin and end on whole ones.
    let sound = sine(1_000.0, 4_800);
    let at = |id| zone_parameter(0, id);
    let looped = |mode: f64, fade: f64| {
        let values = [
            (at(ZoneId::Loop), mode),
            (at(ZoneId::LoopStart), 20.0),
            (at(ZoneId::LoopEnd), 80.0),
            (at(ZoneId::LoopFade), fade),
        ];
        play(&mut *sampler(&values, &[(0, sound.clone())]), &[(0, on(1, 60))], 40_000).0
    };
    for (mode, fade) in [(1.0, 0.0), (1.0, 10.0), (2.0, 0.0)] {
        let left = looped(mode, fade);
        assert!(peak(&left[39_000..]) > 0.45, "loop {mode}, {fade} ms");
        // The attack itself is steeper than the sine.
        assert!(steepest(&left[100..]) < 0.075, "loop {mode}, {fade} ms: {}", steepest(&left));
    }
    let once = looped(0.0, 0.0);
    assert_eq!(peak(&once[5_000..]), 0.0, "a sound without a loop ends");
}

#[test]
fn start_end_and_direction_choose_what_is_played() {
    let ramp: Vec<f32> = (0..10_000).map(|at| at as f32 / 10_000.0).collect();
    let at = |id| zone_parameter(0, id);
    let values = [(at(ZoneId::Start), 25.0), (at(ZoneId::End), 75.0)];
    let (left, _) = play(&mut *sampler(&values, &[(0, ramp.clone())]), &[(0, on(1, 60))], 6_000);
    assert!((left[1_000] - 0.35).abs() < 1e-3 && (left[4_000] - 0.65).abs() < 1e-3);
    assert_eq!(peak(&left[5_010..]), 0.0);
    let reversed = [values[0], values[1], (at(ZoneId::Direction), 1.0)];
    let (left, _) = play(&mut *sampler(&reversed, &[(0, ramp)]), &[(0, on(1, 60))], 6_000);
    assert!(
        (left[1_000] - 0.65).abs() < 1e-3 && (left[4_000] - 0.35).abs() < 1e-3,
        "{} {}",
        left[1_000],
        left[4_000]
    );
}

#[test]
fn zones_answer_their_keys_and_velocities() {
    let low = [(zone_parameter(0, ZoneId::HighKey), 59.0), (zone_parameter(1, ZoneId::LowKey), 60.0)];
    let soft = [(zone_parameter(1, ZoneId::LowVelocity), 100.0)];
    let sounds = [(0, sine(500.0, 48_000)), (1, sine(2_000.0, 48_000))];
    let heard = |key, velocity| {
        let body = EventBody::NoteOn { note: 1, channel: 0, pitch: key, velocity };
        let mut node = sampler(&[low.as_slice(), &soft].concat(), &sounds);
        play(&mut *node, &[(0, body)], 12_000).0
    };
    assert!((frequency(&heard(60, 1.0)[1_000..]) - 2_000.0).abs() < 1.0);
    assert!(peak(&heard(59, 0.5)) > 0.4 && frequency(&heard(59, 0.5)[1_000..]) < 500.0);
    assert_eq!(peak(&heard(60, 0.5)), 0.0, "too soft for the only zone there");
}

#[test]
fn gated_notes_end_with_the_key_and_one_shots_do_not() {
    let events = [(0, on(1, 60)), (4_800, off(1))];
    let sound = [(0, sine(440.0, 48_000))];
    let (gated, _) = play(&mut *sampler(&[], &sound), &events, 24_000);
    assert!(peak(&gated[4_000..4_800]) > 0.4 && peak(&gated[14_000..]) < 1e-4);
    let one_shot = [(zone_parameter(0, ZoneId::Trigger), 1.0)];
    let (held, _) = play(&mut *sampler(&one_shot, &sound), &events, 24_000);
    assert!(peak(&held[20_000..]) > 0.4);
}

#[test]
fn a_sound_that_changes_while_it_plays_fades_out() {
    let mut node = sampler(&[], &[(0, sine(440.0, 48_000))]);
    let (before, _) = play(&mut *node, &[(0, on(1, 60))], 1_000);
    node.swap_content(&mut SampleSet::default());
    let (after, _) = play(&mut *node, &[], 1_000);
    let joined: Vec<f32> = before.iter().chain(&after).copied().collect();
    assert!(steepest(&joined) < 0.05, "{}", steepest(&joined));
    assert_eq!(peak(&after[300..]), 0.0);
}

#[test]
fn every_pad_plays_a_drum_of_its_own_without_any_sound_set() {
    let mut heard = Vec::new();
    for key in 36..52 {
        let mut drums = Drums::new(&spec("drums", &[]), RATE);
        let (left, right) = play(&mut drums, &[(0, on(1, key))], 12_000);
        assert!((0.05..0.5).contains(&peak(&left)), "key {key}: {}", peak(&left));
        assert_eq!(left, right);
        heard.push(left);
    }
    heard.sort_by(|a, b| a.partial_cmp(b).expect("numbers"));
    heard.dedup();
    assert_eq!(heard.len(), 16, "two pads sound the same");
    let mut drums = Drums::new(&spec("drums", &[]), RATE);
    assert_eq!(peak(&play(&mut drums, &[(0, on(1, 35)), (0, on(2, 52))], 4_000).0), 0.0);
}

/// Kick on every beat, snare and clap on two and four, hats on every eighth, crash, ride and toms beside, all at full
/// velocity: two bars of 120 beats a minute.
#[test]
fn a_full_beat_of_the_default_kit_stays_below_full_scale() {
    const EIGHTH: usize = RATE as usize / 4;
    let mut events = Vec::new();
    let hit = |eighth: usize, key: u8, events: &mut Vec<(usize, EventBody)>| {
        events.push((eighth * EIGHTH, on(events.len() as u64 + 1, key)));
    };
    for eighth in 0..16 {
        let at = |every: usize, first: usize| eighth % every == first;
        let hits = [
            (at(2, 0), 36),
            (at(4, 2), 38),
            (at(4, 2), 39),
            (true, 42),
            (at(8, 7), 46),
            (at(8, 0), 49),
            (at(2, 1), 51),
        ];
        hits.iter().filter(|(now, _)| *now).for_each(|(_, key)| hit(eighth, *key, &mut events));
        if eighth >= 12 {
            hit(eighth, [50, 48, 45, 41][eighth - 12], &mut events);
        }
    }
    let mut drums = Drums::new(&spec("drums", &[]), RATE);
    let (left, right) = play(&mut drums, &events, 17 * EIGHTH);
    let loudest = peak(&left).max(peak(&right));
    assert!((0.5..1.0).contains(&loudest), "{loudest}");
}

#[test]
fn a_closed_hat_chokes_the_open_one() {
    let (open, closed) = ((0, on(1, 46)), (2_400, on(2, 42)));
    let tail = |events: &[(usize, EventBody)]| {
        let mut drums = Drums::new(&spec("drums", &[]), RATE);
        peak(&play(&mut drums, events, 16_000).0[10_000..])
    };
    let (alone, choked) = (tail(&[open]), tail(&[open, closed]));
    assert!(alone > 0.003 && choked < alone / 20.0, "{alone} alone, {choked} choked");
}

#[test]
fn a_pad_plays_its_sound_with_tune_decay_level_and_pan() {
    let mut drums = Drums::new(
        &spec(
            "drums",
            &[
                (1, 0.0),
                (pad_parameter(2, PadId::Tune), 12.0),
                (pad_parameter(2, PadId::Pan), 100.0),
                (pad_parameter(2, PadId::Level), -6.0206),
                (pad_parameter(2, PadId::Decay), 250.0),
            ],
        ),
        RATE,
    );
    drums.swap_content(&mut set(&[(2, sine(440.0, 48_000))]));
    let (left, right) = play(&mut drums, &[(0, on(1, 38))], 14_000);
    assert_eq!(peak(&left), 0.0);
    assert!((frequency(&right[200..3_000]) - 880.0).abs() < 1.0);
    assert!((peak(&right) - 0.25).abs() < 0.01, "{}", peak(&right));
    assert!(peak(&right[12_000..]) < 0.25e-3 * 1.1, "-60 dB after 250 ms: {}", peak(&right[12_000..]));
}

#[test]
fn sounds_that_cannot_be_had_are_told_and_the_others_play() {
    let folder = tempfile::tempdir().expect("a folder");
    let good = write_pcm(folder.path(), "good.pcm", RATE, 1, &sine(440.0, 10_000));
    let other_rate = write_pcm(folder.path(), "rate.pcm", 44_100, 1, &[0.5; 100]);
    let long = write_pcm(folder.path(), "long.pcm", RATE, 1, &[]);
    let mut header = std::fs::read(&long).expect("read");
    header[16..24].copy_from_slice(&(LONGEST_SAMPLE + 1).to_le_bytes());
    std::fs::write(&long, header).expect("written");
    let file = std::fs::File::options().write(true).open(&long).expect("opened");
    file.set_len(64 + 4 * (LONGEST_SAMPLE + 1)).expect("a sparse file");
    let media = [(0, good), (1, folder.path().join("missing.pcm")), (2, other_rate), (3, long)];
    let media = media
        .into_iter()
        .map(|(slot, path)| BuiltinMedia { slot, path, frames: 1, channels: 1, sample_rate: RATE })
        .collect();
    let spec = BuiltinSpec { media, ..spec("sampler", &[]) };
    let mut library = SampleLibrary::default();
    let (set, problems) =
        workshop::sample_content(&spec, &mut library, RATE).expect("an instrument of sounds");
    assert!(set.get(0).is_some() && (1..4).all(|slot| set.get(slot).is_none()));
    assert_eq!(problems.len(), 3);
    assert!(problems[2].contains("slot 4") && problems[2].contains("too long"), "{}", problems[2]);
    assert!(
        workshop::sample_content(&BuiltinSpec { name: "trim".to_owned(), ..spec }, &mut library, RATE)
            .is_none()
    );
}
