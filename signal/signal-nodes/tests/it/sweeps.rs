//! Parameters that are swept by changes in the middle of blocks, on a tone: what is not the tone stays below -80 dB, nothing
//! constant is left behind, and silence is exact and free of denormals afterwards.

use std::sync::Arc;

use realfft::RealFftPlanner;
use signal_graph::ParameterChange;
use signal_nodes::parameter::{self, ParameterSpec};
use signal_nodes::sample::{Sample, SampleSet};
use signal_nodes::{compressor, delay, drums, eq, limiter, reverb, sampler, tide, trim};

use crate::delay::windowed;
use crate::rig::{Rig, Step, decibels, sine};
use crate::wave::noise;

const RATE: u32 = 48_000;

/// Frames between two changes: of no block and no tick a multiple.
const EVERY: usize = 37;

/// The part of the sound in which a parameter moves.
const MOVING: std::ops::Range<usize> = 24_000..72_000;

/// A device on a tone.
struct Case {
    name: &'static str,
    values: &'static [(u32, f64)],
    /// Parameters that make highs of a tone by what they mean, or move the tone itself.
    but: &'static [u32],
}

const CASES: &[Case] = &[
    Case { name: trim::NAME, values: &[], but: &[] },
    Case {
        name: eq::NAME,
        values: &[(10, 1.0), (22, 6.0), (32, 9.0), (42, -9.0), (52, -6.0), (62, 6.0), (72, 4.0), (80, 1.0)],
        but: &[],
    },
    Case { name: compressor::NAME, values: &[(1, -24.0), (2, 4.0)], but: &[] },
    Case { name: delay::NAME, values: &[(1, 20.0), (5, 40.0), (9, 1.0)], but: &[] },
    Case { name: reverb::NAME, values: &[(10, 600.0), (23, 50.0)], but: &[] },
    Case { name: limiter::NAME, values: &[(1, 3.0)], but: &[] },
    // A sine, held; noise and drive are what they say.
    Case { name: tide::NAME, values: &[(1, 3.0), (7, 30.0), (4, 3.0), (32, 100.0)], but: &[10, 26] },
    // Start, end and loop choose another place of the sound.
    Case {
        name: sampler::NAME,
        values: &[(10, 1.0), (11, 6_000.0), (1013, 1.0), (1014, 50.0)],
        but: &[1009, 1010, 1014, 1015, 1016],
    },
    Case { name: drums::NAME, values: &[(106, 6_000.0)], but: &[] },
];

impl Case {
    /// With a tone of 500 Hz that goes through it, or that it plays.
    fn rig(&self) -> Rig {
        let mut rig = Rig::new(self.name, self.values, RATE);
        // A hundred periods, so that a loop has no seam.
        let tone = sine(500.0, 0.25, 9_600 * 12, RATE);
        if [sampler::NAME, drums::NAME].contains(&self.name) {
            let mut set = SampleSet::default();
            set.put(0, Arc::new(Sample::new(tone.clone(), tone)));
            rig.node.swap_content(&mut set);
        }
        match self.name {
            tide::NAME => rig.play(71),
            sampler::NAME => rig.play(60),
            drums::NAME => rig.play(36),
            _ => {}
        }
        rig
    }

    fn is_effect(&self) -> bool {
        ![tide::NAME, sampler::NAME, drums::NAME].contains(&self.name)
    }

    fn input(&self, frames: usize) -> Vec<f32> {
        if self.is_effect() { sine(500.0, 0.25, frames, RATE) } else { vec![0.0; frames] }
    }

    /// What can be set to any value; of zones and pads only those of the first.
    fn continuous(&self) -> impl Iterator<Item = &'static ParameterSpec> {
        let parameters = parameter::of_builtin(self.name).expect("a built-in");
        let first = |spec: &&ParameterSpec| {
            !spec.module.ends_with(|end: char| end.is_ascii_digit())
                || ["Zone 1", "Pad 1"].contains(&spec.module)
                || spec.module.starts_with("Bell")
                || spec.module.starts_with("Oscillator")
        };
        let but = self.but;
        parameters
            .iter()
            .filter(first)
            .filter(|spec| !spec.is_stepped())
            .filter(|spec| !but.contains(&spec.id))
    }
}

/// From where a parameter is to one end of its range, to the other, and back.
fn sweep(spec: &ParameterSpec, values: &[(u32, f64)]) -> Vec<Step> {
    let from = values.iter().find(|(id, _)| *id == spec.id).map_or(spec.default_value, |(_, value)| *value);
    let corners = [from, spec.maximum, spec.minimum, from];
    let steps = MOVING.len() / EVERY;
    let value = |step: usize| {
        let along = step as f64 / steps as f64 * 3.0;
        let leg = (along as usize).min(2);
        corners[leg] + (corners[leg + 1] - corners[leg]) * (along - leg as f64)
    };
    (0..=steps)
        .map(|step| Step { at: MOVING.start + step * EVERY, id: spec.id, value: value(step) })
        .collect()
}

/// The highest level above 4 kHz, against the tone that went in.
fn highs(sound: &[f32]) -> f64 {
    let frames = 65_536;
    let mut real: Vec<f64> = windowed(&sound[12_000..12_000 + frames]).into_iter().map(f64::from).collect();
    let plan = RealFftPlanner::<f64>::new().plan_fft_forward(frames);
    let mut bins = plan.make_output_vec();
    plan.process(&mut real, &mut bins).expect("as long as planned");
    let first = frames * 4_000 / RATE as usize;
    let highest = bins[first..].iter().map(|bin| bin.re.hypot(bin.im)).fold(0.0, f64::max);
    // Hann's window halves a tone, and half of it is at negative frequencies.
    decibels(highest / (0.25 * frames as f64 * 0.25))
}

#[test]
fn sweeps_of_parameters_do_not_zip() {
    let mut loud = Vec::new();
    for case in CASES {
        let input = case.input(96_000);
        for spec in case.continuous() {
            let [left, right] = case.rig().run(&input, &input, &sweep(spec, case.values));
            let level = highs(&left).max(highs(&right));
            if level > -80.0 {
                loud.push(format!("{} {} {} {}: {level:.1} dB", case.name, spec.id, spec.module, spec.name));
            }
        }
    }
    assert!(loud.is_empty(), "{loud:#?}");
}

#[test]
fn bypass_in_mid_block_does_not_zip() {
    for case in CASES {
        let input = case.input(96_000);
        let id = ParameterChange::BYPASS;
        let steps: Vec<_> = (0..6_usize)
            .map(|turn| Step { at: 30_011 + 7_001 * turn, id, value: 1.0 - (turn % 2) as f64 })
            .collect();
        let [left, _] = case.rig().run(&input, &input, &steps);
        assert!(highs(&left) < -80.0, "{}: {:.1} dB", case.name, highs(&left));
    }
}

#[test]
fn a_sweep_leaves_no_constant_behind() {
    for case in CASES.iter().filter(|case| case.is_effect()) {
        let input = case.input(168_000);
        let steps: Vec<_> = case.continuous().flat_map(|spec| sweep(spec, case.values)).collect();
        let [left, _] = case.rig().run(&input, &input, &steps);
        // Through a window, or the ends of a tone that is modulated would not cancel.
        let rest = windowed(&left[120_000..]);
        let mean = rest.iter().map(|sample| f64::from(*sample)).sum::<f64>() / rest.len() as f64;
        assert!(decibels(mean.abs()) < -100.0, "{}: {mean}", case.name);
    }
}

#[test]
fn silence_is_exact_and_free_of_denormals_while_parameters_move() {
    for case in CASES.iter().filter(|case| case.is_effect()) {
        let sound: Vec<f32> = [noise(MOVING.start + 8_000), vec![0.0; 8 * RATE as usize]].concat();
        let steps: Vec<_> = case.continuous().flat_map(|spec| sweep(spec, case.values)).collect();
        // Denormals are not flushed here, as they are on an audio thread: none may come to be.
        let output = case.rig().run(&sound, &sound, &steps);
        for channel in &output {
            assert!(channel.iter().all(|sample| !sample.is_subnormal()), "{} gives denormals", case.name);
            let rest = &channel[channel.len() - 24_000..];
            assert!(rest.iter().all(|sample| sample.to_bits() << 1 == 0), "{} sounds on", case.name);
        }
    }
}
