//! The charts of the instruments of sounds: what a zone does to a sine, and what the drums are. Draws nothing itself.

use std::sync::Arc;

use signal_graph::{
    Block, BuiltinSpec, Deadline, Event, EventBody, EventBuffer, Io, Node, Parameter, Stereo, StereoMut,
    Timeline,
};
use signal_nodes::drums::{Drums, NAMES, PAD_KEYS, PadId, pad_parameter};
use signal_nodes::sample::{Sample, SampleSet};
use signal_nodes::sampler::{Id, Sampler, ZoneId, zone_parameter};

use crate::measure::{self, RATE};
use crate::rig::{decibels, sine};
use crate::svg::{Axis, Chart, Curve};

/// Of the sine that a zone plays.
const LEVEL: f64 = 0.5;

/// The sampler's.
pub fn sampler() -> Vec<(&'static str, Chart)> {
    vec![("aliases", aliases()), ("distortion", distortion()), ("response", response()), ("step", step())]
}

/// The drum machine's.
pub fn drums() -> Vec<(&'static str, Chart)> {
    vec![
        ("skins", drum_levels("Level of a hit: skins", &[0, 2, 3, 5, 11, 14])),
        ("metal", drum_levels("Level of a hit: metal", &[6, 8, 10, 13, 15])),
        ("response", drum_bands()),
        ("step", drum_decays()),
        ("distortion", drum_distortion()),
        ("aliases", drum_aliases()),
    ]
}

fn play(node: &mut dyn Node, key: u8, held: usize, frames: usize) -> Vec<f32> {
    let timeline = Timeline::constant(RATE);
    let (mut left, mut right, silence) = (vec![0.0; frames], vec![0.0; frames], vec![0.0; frames]);
    let on = EventBody::NoteOn { note: 1, channel: 0, pitch: key, velocity: 1.0 };
    let off = EventBody::NoteOff { note: 1, channel: 0, pitch: key, velocity: 0.0 };
    let events = [Event { offset: 0, body: on }, Event { offset: held as u32, body: off }];
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
    left
}

fn spec(name: &str, values: &[(u32, f64)]) -> BuiltinSpec {
    let parameters = values.iter().map(|(id, value)| Parameter { id: *id, value: *value }).collect();
    BuiltinSpec { name: name.to_owned(), parameters, bypass: false, media: Vec::new() }
}

/// A sine in the first slot.
fn sine_set(hertz: f64, length: usize) -> SampleSet {
    let sound = sine(hertz, LEVEL, length, RATE);
    let mut set = SampleSet::default();
    set.put(0, Arc::new(Sample::new(sound.clone(), sound)));
    set
}

/// A zone with a sine, a key of it from its first sample.
fn zone(values: &[(u32, f64)], hertz: f64, length: usize, key: u8, held: usize, frames: usize) -> Vec<f32> {
    let mut sampler = Sampler::new(&spec("sampler", values), RATE);
    sampler.swap_content(&mut sine_set(hertz, length));
    play(&mut sampler, key, held, frames)
}

/// The first pad with a sine, from its first sample.
fn pad(values: &[(PadId, f64)], hertz: f64, length: usize, frames: usize) -> Vec<f32> {
    let values: Vec<_> = values.iter().map(|(id, value)| (pad_parameter(0, *id), *value)).collect();
    let mut drums = Drums::new(&spec("drums", &values), RATE);
    drums.swap_content(&mut sine_set(hertz, length));
    play(&mut drums, PAD_KEYS.start, 1, frames)
}

/// The loudest of what is not the sine, against it.
fn loudest_beside_the_sine(sound: &[f32]) -> f64 {
    let powers = measure::spectrum(sound);
    let loudest = loudest(&powers);
    let others = (0..powers.len()).filter(|bin| bin.abs_diff(loudest) > 8);
    let other = others.map(|bin| powers[bin]).fold(0.0, f64::max);
    0.5 * decibels(other / powers[loudest].max(1e-20))
}

/// All that is not the sine, against it.
pub fn all_beside_the_sine(sound: &[f32]) -> f64 {
    let powers = measure::spectrum(sound);
    let loudest = loudest(&powers);
    let (tone, rest) = measure::parted(&powers, |bin| bin.abs_diff(loudest) <= 8);
    0.5 * decibels(rest / tone.max(1e-20))
}

fn loudest(powers: &[f64]) -> usize {
    (0..powers.len()).max_by(|a, b| powers[*a].total_cmp(&powers[*b])).unwrap_or(0)
}

/// Of a sine in the sound, over its frequency.
fn distortion_chart(title: &str, curves: &[(&str, f64)], sound: impl Fn(f64, f64) -> Vec<f32>) -> Chart {
    let curve = |(name, semitones): &(&str, f64)| {
        let ratio = 2.0_f64.powf(semitones / 12.0);
        let highest = 18_000.0 / ratio.max(1.0);
        let hertz = (0..31).map(|step| 100.0 * 2.0_f64.powf(f64::from(step) / 4.0));
        // In the middle of a bin nothing of the sine leaks into others.
        let at = |hertz: f64| {
            let hertz = measure::middle_of_bin(hertz * ratio) / ratio;
            (hertz, all_beside_the_sine(&sound(hertz, *semitones)[2_000..]))
        };
        let points = hertz.take_while(|hertz| *hertz < highest).map(at).collect();
        Curve { name: (*name).to_owned(), points }
    };
    Chart {
        title: title.to_owned(),
        x: Axis::hertz(),
        y: Axis::linear("dB", -160.0, 0.0),
        curves: curves.iter().map(curve).collect(),
    }
}

fn distortion() -> Chart {
    let keys = [("root", 0.0), ("a fifth up", 7.0), ("an octave down", -12.0)];
    distortion_chart("THD+N of a sine in the sound, by its frequency", &keys, |hertz, semitones| {
        zone(&[], hertz, 100_000, (60.0 + semitones) as u8, 90_000, 34_768)
    })
}

/// The loudest of what is not the sine, over the keys; root C4.
fn aliases() -> Chart {
    let curve = |hertz: f64| {
        let at = |key: u8| {
            let sound = zone(&[], hertz, 400_000, key, 90_000, 34_768);
            (f64::from(key), loudest_beside_the_sine(&sound[2_000..]))
        };
        let highest = 60.0 + 12.0 * (18_000.0 / hertz).log2();
        let keys = (36..=96).step_by(3).filter(|key| f64::from(*key) < highest);
        Curve { name: format!("{hertz:.0} Hz"), points: keys.map(at).collect() }
    };
    Chart {
        title: "Loudest alias or image of a sine, by key; root C4 (60)".to_owned(),
        x: Axis::linear("key", 36.0, 96.0),
        y: Axis::linear("dB", -140.0, 0.0),
        curves: [500.0, 2_000.0, 8_000.0].map(curve).into(),
    }
}

/// What is left of a sine in the sound.
fn response() -> Chart {
    let curve = |(name, key): (&str, u8)| {
        let at = |step: i32| {
            let hertz = 100.0 * 2.0_f64.powf(f64::from(step) / 8.0);
            let sound = zone(&[], hertz, 60_000, key, 90_000, 12_000);
            let peak = sound[4_000..].iter().fold(0.0_f32, |peak, sample| peak.max(sample.abs()));
            (hertz, decibels(f64::from(peak) / LEVEL))
        };
        Curve { name: name.to_owned(), points: (0..62).map(at).collect() }
    };
    let keys =
        [("root", 60), ("an octave down", 48), ("a fifth up", 67), ("an octave up", 72), ("two up", 84)];
    Chart {
        title: "A sine in the sound, played on other keys".to_owned(),
        x: Axis::hertz(),
        y: Axis::linear("dB", -100.0, 6.0),
        curves: keys.map(curve).into(),
    }
}

/// A key held for 500 ms, by what the zone does.
fn step() -> Chart {
    let looped = [
        (zone_parameter(0, ZoneId::Loop), 1.0),
        (zone_parameter(0, ZoneId::LoopFade), 20.0),
        (zone_parameter(0, ZoneId::LoopStart), 50.0),
    ];
    let released =
        [looped.as_slice(), &[(Id::AmpAttack.number(), 100.0), (Id::AmpRelease.number(), 400.0)]].concat();
    let curve = |(name, values): (&str, &[(u32, f64)])| {
        let sound = zone(values, 880.0, 12_000, 60, 24_000, 48_000);
        Curve { name: name.to_owned(), points: levels(&sound) }
    };
    Chart {
        title: "Level of 250 ms of sound on a key held for 500 ms".to_owned(),
        x: Axis::linear("ms", 0.0, 1_000.0),
        y: Axis::linear("dB", -80.0, 0.0),
        curves: vec![
            curve(("once", &[])),
            curve(("loop with cross-fade", &looped)),
            curve(("loop, 100 and 400 ms", &released)),
        ],
    }
}

fn drum(pad: usize) -> Vec<f32> {
    play(&mut Drums::new(&spec("drums", &[]), RATE), PAD_KEYS.start + pad as u8, 1, 65_536)
}

/// Peaks of windows of 5 ms, in decibels.
fn levels(sound: &[f32]) -> Vec<(f64, f64)> {
    let peak = |window: &[f32]| window.iter().fold(0.0_f32, |peak, sample| peak.max(sample.abs()));
    let windows = sound.chunks_exact(240).enumerate();
    windows.map(|(at, window)| (5.0 * at as f64, decibels(f64::from(peak(window))))).collect()
}

/// A hit of a pad with a sound of its own, by the pad's decay.
fn drum_decays() -> Chart {
    let curve = |(name, decay): (&str, f64)| {
        let sound = pad(&[(PadId::Decay, decay)], 880.0, 36_000, 48_000);
        Curve { name: name.to_owned(), points: levels(&sound) }
    };
    Chart {
        title: "A hit of 750 ms of sound, by decay".to_owned(),
        x: Axis::linear("ms", 0.0, 1_000.0),
        y: Axis::linear("dB", -80.0, 0.0),
        curves: [("as it is", 20_000.0), ("1 s", 1_000.0), ("250 ms", 250.0)].map(curve).into(),
    }
}

fn drum_distortion() -> Chart {
    let tunes = [("as it is", 0.0), ("a fifth up", 7.0), ("an octave down", -12.0)];
    distortion_chart("THD+N of a sine on a pad, by its frequency", &tunes, |hertz, semitones| {
        pad(&[(PadId::Tune, semitones)], hertz, 100_000, 34_768)
    })
}

/// The loudest of what is not the sine, over a pad's tune.
fn drum_aliases() -> Chart {
    let curve = |hertz: f64| {
        let at = |tune: i32| {
            let sound = pad(&[(PadId::Tune, f64::from(tune))], hertz, 400_000, 34_768);
            (f64::from(tune), loudest_beside_the_sine(&sound[2_000..]))
        };
        let highest = 12.0 * (18_000.0 / hertz).log2();
        let tunes = (-36..=36).step_by(3).filter(|tune| f64::from(*tune) < highest);
        Curve { name: format!("{hertz:.0} Hz"), points: tunes.map(at).collect() }
    };
    Chart {
        title: "Loudest alias or image of a sine on a pad, by tune".to_owned(),
        x: Axis::linear("semitones", -36.0, 36.0),
        y: Axis::linear("dB", -140.0, 0.0),
        curves: [500.0, 2_000.0, 8_000.0].map(curve).into(),
    }
}

fn drum_levels(title: &str, pads: &[usize]) -> Chart {
    let curve = |pad: &usize| {
        let peak = |window: &[f32]| window.iter().fold(0.0_f32, |peak, sample| peak.max(sample.abs()));
        let sound = drum(*pad);
        let windows = sound[..48_000].chunks_exact(480).enumerate();
        let points =
            windows.map(|(at, window)| (10.0 * at as f64, decibels(f64::from(peak(window))))).collect();
        Curve { name: NAMES[*pad].to_owned(), points }
    };
    Chart {
        title: title.to_owned(),
        x: Axis::linear("ms", 0.0, 1_000.0),
        y: Axis::linear("dB", -80.0, 0.0),
        curves: pads.iter().map(curve).collect(),
    }
}

/// Of whole hits, by thirds of an octave.
fn drum_bands() -> Chart {
    let curve = |pad: usize| {
        let powers = measure::spectrum(&drum(pad));
        let third = |number: i32| {
            let middle = 25.0 * 2.0_f64.powf(f64::from(number) / 3.0);
            let edge = 2.0_f64.powf(1.0 / 6.0);
            let inside = |bin: usize| {
                let hertz = bin as f64 * f64::from(RATE) / (2.0 * (powers.len() - 1) as f64);
                (middle / edge..middle * edge).contains(&hertz)
            };
            (middle, measure::parted(&powers, inside).0)
        };
        let bands: Vec<(f64, f64)> = (0..29).map(third).collect();
        let loudest = bands.iter().map(|(_, power)| *power).fold(0.0, f64::max);
        let points =
            bands.into_iter().map(|(hertz, power)| (hertz, 0.5 * decibels(power / loudest))).collect();
        Curve { name: NAMES[pad].to_owned(), points }
    };
    Chart {
        title: "Where a hit sounds, by thirds of an octave".to_owned(),
        x: Axis::hertz(),
        y: Axis::linear("dB", -60.0, 0.0),
        curves: [0, 2, 3, 6, 13].map(curve).into(),
    }
}
