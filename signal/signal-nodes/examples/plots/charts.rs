//! Which charts each device has, and with which settings. Measures and draws nothing itself.

use signal_graph::{
    Block, BuiltinSpec, Deadline, Event, EventBody, EventBuffer, Io, Node as _, Parameter, Stereo, StereoMut,
    Timeline,
};
use signal_nodes::tide::{Id, Tide};
use signal_nodes::{compressor, delay, drums, eq, limiter, reverb, sampler, tide, trim};

use crate::measure::{self, RATE, Setting};
use crate::rig::decibels;
use crate::svg::{Axis, Chart, Curve};

const DEFAULT: &[Setting] = &[Setting { name: "default", values: &[] }];

const GAINS: &[Setting] = &[
    Setting { name: "+6 dB", values: &[(1, 6.0)] },
    Setting { name: "0 dB", values: &[] },
    Setting { name: "-12 dB", values: &[(1, -12.0)] },
];

const CURVES: &[Setting] = &[
    Setting {
        name: "bells",
        values: &[(32, 12.0), (33, 3.0), (42, -9.0), (52, 6.0), (61, 14_000.0), (62, 9.0)],
    },
    Setting { name: "shelves", values: &[(22, 9.0), (72, -12.0)] },
    Setting { name: "cuts, 12 dB", values: &[(10, 1.0), (12, 0.0), (80, 1.0), (81, 8_000.0), (82, 0.0)] },
    Setting { name: "cuts, 48 dB", values: &[(10, 1.0), (12, 3.0), (80, 1.0), (81, 8_000.0), (82, 3.0)] },
];

const RATIOS: &[Setting] = &[
    Setting { name: "2:1", values: &[(1, -30.0), (2, 2.0)] },
    Setting { name: "4:1", values: &[(1, -30.0), (2, 4.0)] },
    Setting { name: "4:1, no knee", values: &[(1, -30.0), (2, 4.0), (3, 0.0)] },
    Setting { name: "100:1", values: &[(1, -30.0), (2, 100.0)] },
];

const TIMES: &[Setting] = &[
    Setting { name: "1 and 50 ms", values: &[(1, -30.0), (2, 4.0), (4, 1.0), (5, 50.0)] },
    Setting { name: "10 and 150 ms", values: &[(1, -30.0), (2, 4.0)] },
    Setting { name: "50 and 500 ms", values: &[(1, -30.0), (2, 4.0), (4, 50.0), (5, 500.0)] },
];

const ECHOES: &[Setting] = &[
    Setting { name: "feedback 35 %", values: &[(11, 100.0)] },
    Setting { name: "feedback 70 %", values: &[(11, 100.0), (5, 70.0)] },
];

const ROOMS: &[Setting] = &[
    Setting { name: "0.8 s", values: &[(10, 800.0), (23, 100.0)] },
    Setting { name: "1.8 s", values: &[(23, 100.0)] },
    Setting { name: "4 s", values: &[(10, 4_000.0), (23, 100.0)] },
];

/// Without what still changes after a second.
const ONCE: &[Setting] = &[
    Setting { name: "one echo", values: &[(5, 0.0)] },
    Setting { name: "modulated", values: &[(5, 0.0), (9, 3.0)] },
];

const SHORT: &[Setting] = &[
    Setting { name: "0.2 s, still", values: &[(4, 0.0), (10, 200.0), (23, 50.0)] },
    Setting { name: "0.2 s, default", values: &[(10, 200.0), (23, 50.0)] },
];

const LIMITS: &[Setting] = &[
    Setting { name: "default", values: &[] },
    Setting { name: "+12 dB", values: &[(1, 12.0)] },
    Setting { name: "+12 dB, 0.5 ms", values: &[(1, 12.0), (4, 0.5)] },
];

/// The charts of a device by the names of their files.
pub fn of(device: &str) -> Vec<(&'static str, Chart)> {
    let decibel = |from, to| Axis::linear("dB", from, to);
    let both = |name, settings| {
        vec![
            ("distortion", measure::distortion(name, settings)),
            ("aliases", measure::aliases(name, settings)),
        ]
    };
    let mut charts = match device {
        trim::NAME => both(trim::NAME, GAINS),
        eq::NAME => both(eq::NAME, &CURVES[..2]),
        compressor::NAME => both(compressor::NAME, TIMES),
        delay::NAME => both(delay::NAME, ONCE),
        reverb::NAME => both(reverb::NAME, SHORT),
        limiter::NAME => both(limiter::NAME, LIMITS),
        tide::NAME => tide_charts(),
        sampler::NAME => crate::sounds::sampler(),
        drums::NAME => crate::sounds::drums(),
        _ => Vec::new(),
    };
    let linear = |from, to| Axis::linear("", from, to);
    charts.extend(match device {
        trim::NAME => vec![
            ("response", measure::response(device, GAINS, decibel(-18.0, 12.0))),
            ("step", measure::parameter_step(device, &DEFAULT[0], (1, -12.0), linear(0.0, 1.2))),
        ],
        eq::NAME => vec![
            ("response", measure::response(device, CURVES, decibel(-36.0, 18.0))),
            ("step", measure::parameter_step(device, &DEFAULT[0], (90, -12.0), linear(0.0, 1.2))),
        ],
        compressor::NAME => vec![
            ("curve", measure::static_curve(device, RATIOS)),
            ("reduction", measure::reduction(device, RATIOS)),
            ("step", measure::level_step(device, TIMES, (-40.0, -6.0), decibel(-48.0, 0.0))),
            ("response", measure::response(device, DEFAULT, decibel(-24.0, 6.0))),
        ],
        delay::NAME => vec![
            ("step", measure::decay(device, ECHOES, 3)),
            (
                "response",
                measure::response(
                    device,
                    &[Setting { name: "1 ms, 50 %", values: &[(1, 1.0), (5, 50.0), (11, 50.0)] }],
                    decibel(-24.0, 12.0),
                ),
            ),
        ],
        reverb::NAME => vec![
            ("step", measure::decay(device, ROOMS, 4)),
            ("response", measure::response(device, &ROOMS[..1], decibel(-48.0, 12.0))),
        ],
        limiter::NAME => vec![
            ("curve", measure::static_curve(device, LIMITS)),
            ("reduction", measure::reduction(device, LIMITS)),
            ("step", measure::level_step(device, LIMITS, (-30.0, 3.0), decibel(-36.0, 3.0))),
            (
                "response",
                measure::response(
                    device,
                    &[Setting { name: "below the ceiling", values: &[(1, -6.0)] }],
                    decibel(-24.0, 6.0),
                ),
            ),
        ],
        _ => Vec::new(),
    });
    charts
}

fn tide_charts() -> Vec<(&'static str, Chart)> {
    vec![
        ("aliases", tide_aliases()),
        ("distortion", tide_distortion()),
        ("response", tide_response()),
        ("step", tide_step()),
    ]
}

/// A key of Tide, from its first sample.
fn tide_sound(parameters: &[(Id, f64)], pitch: u8, held: usize, frames: usize) -> Vec<f32> {
    let parameters =
        parameters.iter().map(|(id, value)| Parameter { id: id.number(), value: *value }).collect();
    let spec = BuiltinSpec { name: tide::NAME.to_owned(), parameters, bypass: false, media: Vec::new() };
    let mut tide = Tide::new(&spec, RATE);
    let timeline = Timeline::constant(RATE);
    let (mut left, mut right, silence) = (vec![0.0; frames], vec![0.0; frames], vec![0.0; frames]);
    let on = EventBody::NoteOn { note: 1, channel: 0, pitch, velocity: 1.0 };
    let off = EventBody::NoteOff { note: 1, channel: 0, pitch, velocity: 0.0 };
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
    tide.process(&block, &mut io);
    left
}

const OPEN: &[(Id, f64)] = &[
    (Id::Cutoff, 20_000.0),
    (Id::KeyTracking, 0.0),
    (Id::FilterType, 0.0),
    (Id::Resonance, 0.0),
    (Id::AmpSustain, 100.0),
];

/// The loudest bin that is no harmonic, over the keys.
fn tide_aliases() -> Chart {
    let curve = |(name, wave): (&str, f64)| {
        let at = |pitch: u8| {
            let sound = tide_sound(&[OPEN, &[(Id::Osc1Wave, wave)]].concat(), pitch, 90_000, 80_000);
            let hertz = 440.0 * 2.0_f64.powf((f64::from(pitch) - 69.0) / 12.0);
            (hertz, loudest_between_harmonics(&measure::spectrum(&sound), hertz))
        };
        Curve { name: name.to_owned(), points: (33..=120).step_by(3).map(at).collect() }
    };
    let curves = [("saw", 0.0), ("square", 1.0), ("triangle", 2.0), ("sine", 3.0)].map(curve);
    Chart {
        title: "Loudest alias of a key".to_owned(),
        x: Axis::hertz(),
        y: Axis::linear("dB", -160.0, 0.0),
        curves: curves.into(),
    }
}

fn loudest_between_harmonics(powers: &[f64], hertz: f64) -> f64 {
    let bins = hertz * 2.0 * (powers.len() - 1) as f64 / f64::from(RATE);
    let alone = |(bin, _): &(usize, &f64)| {
        let bin = *bin as f64;
        (bin - (bin / bins).round() * bins).abs() > 6.0
    };
    let highest = powers.iter().copied().fold(0.0, f64::max);
    let loudest =
        powers.iter().enumerate().skip(8).filter(alone).map(|(_, power)| *power).fold(0.0, f64::max);
    0.5 * decibels(loudest / highest)
}

/// All but the tone of the sine, over the keys, with and without drive.
fn tide_distortion() -> Chart {
    let curve = |(name, drive): (&str, f64)| {
        let at = |pitch: u8| {
            let values = [(Id::Osc1Wave, 3.0), (Id::Drive, drive)];
            let sound = tide_sound(&[OPEN, &values].concat(), pitch, 90_000, 80_000);
            let hertz = 440.0 * 2.0_f64.powf((f64::from(pitch) - 69.0) / 12.0);
            (hertz, crate::sounds::all_beside_the_sine(&sound))
        };
        Curve { name: name.to_owned(), points: (33..=120).step_by(3).map(at).collect() }
    };
    Chart {
        title: "THD+N of the sine, by key and drive".to_owned(),
        x: Axis::hertz(),
        y: Axis::linear("dB", -160.0, 0.0),
        curves: [("none", 0.0), ("6 dB", 6.0), ("18 dB", 18.0)].map(curve).into(),
    }
}

/// Noise through the low-passes, by thirds of an octave.
fn tide_response() -> Chart {
    let noise =
        [(Id::Osc1Level, 0.0), (Id::NoiseLevel, 100.0), (Id::AmpSustain, 100.0), (Id::KeyTracking, 0.0)];
    let bands = |filter: &[(Id, f64)]| -> Vec<(f64, f64)> {
        let sound = tide_sound(&[&noise, filter].concat(), 60, 400_000, 300_000);
        let powers = measure::spectrum(&sound);
        let third = |number: i32| {
            let middle = 25.0 * 2.0_f64.powf(f64::from(number) / 3.0);
            let edge = 2.0_f64.powf(1.0 / 6.0);
            let inside = |bin: usize| {
                let hertz = bin as f64 * f64::from(RATE) / (2.0 * (powers.len() - 1) as f64);
                (middle / edge..middle * edge).contains(&hertz)
            };
            let (power, _) = measure::parted(&powers, inside);
            (middle, 0.5 * decibels(power / middle))
        };
        (3..29).map(third).collect()
    };
    let open = bands(OPEN);
    let curve = |(name, cutoff, kind): (&str, f64, f64)| {
        let heard = bands(&[(Id::Cutoff, cutoff), (Id::FilterType, kind), (Id::Resonance, 60.0)]);
        let against = heard.iter().zip(&open).map(|((hertz, level), (_, open))| (*hertz, level - open));
        Curve { name: name.to_owned(), points: against.collect() }
    };
    let curves = [
        ("low-pass 12", 1_000.0, 0.0),
        ("low-pass 24", 1_000.0, 1.0),
        ("band-pass", 1_000.0, 2.0),
        ("high-pass", 1_000.0, 3.0),
    ];
    Chart {
        title: "Noise through the filter at 1 kHz, resonance 60 %".to_owned(),
        x: Axis::hertz(),
        y: Axis::linear("dB", -60.0, 12.0),
        curves: curves.map(curve).into(),
    }
}

/// Level of a key that is let go after half a second.
fn tide_step() -> Chart {
    let curve = |(name, attack, release): (&str, f64, f64)| {
        let times = [(Id::AmpAttack, attack), (Id::AmpRelease, release), (Id::Osc1Wave, 3.0)];
        let sound = tide_sound(&[OPEN, &times].concat(), 81, 24_000, 48_000);
        let peak = |window: &[f32]| window.iter().fold(0.0_f32, |peak, sample| peak.max(sample.abs()));
        let windows = sound.chunks_exact(240).enumerate();
        let points =
            windows.map(|(at, window)| (5.0 * at as f64, decibels(f64::from(peak(window))))).collect();
        Curve { name: name.to_owned(), points }
    };
    let curves = [("3 and 250 ms", 3.0, 250.0), ("100 and 1000 ms", 100.0, 1_000.0)].map(curve);
    Chart {
        title: "Level of a key held for 500 ms, by attack and release".to_owned(),
        x: Axis::linear("ms", 0.0, 1_000.0),
        y: Axis::linear("dB", -80.0, 0.0),
        curves: curves.into(),
    }
}
