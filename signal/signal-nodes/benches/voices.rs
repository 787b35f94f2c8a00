//! Voices of the sampler in one core, beside the same voices written naively: `cargo bench -p signal-nodes --bench voices`.
//!
//! The naive voice computes each tap of the same windowed sinc when it needs it. Judges no figure.

use std::hint::black_box;
use std::sync::Arc;
use std::time::Instant;

use signal_graph::{
    Block, BuiltinSpec, Deadline, Event, EventBody, EventBuffer, Io, Node, Stereo, StereoMut, Timeline,
};
use signal_nodes::sample::{Sample, SampleSet};
use signal_nodes::sampler::Sampler;

const RATE: u32 = 48_000;
const FRAMES: usize = 512;
const VOICES: usize = 32;
/// On each side of the position.
const HALF_TAPS: i64 = 16;

fn main() {
    let sound: Vec<f32> = (0..RATE * 60).map(|at| (at as f32 * 0.05).sin() * 0.1).collect();
    let voice = sampler(&sound);
    let naive = naively(&sound);
    let real_time = FRAMES as f64 / f64::from(RATE) * 1e9;
    println!("| what | figure |\n|---|---|");
    println!(
        "| one voice of the sampler, transposed by a fifth, 32 taps | {:.3} % of a core ({:.0} voices in real time) |",
        100.0 * voice / real_time,
        real_time / voice
    );
    println!("| the same written naively | {:.1} × as long |", naive / voice);
}

/// Nanoseconds of the fastest of many runs.
fn fastest(mut call: impl FnMut()) -> f64 {
    let one = |_| {
        let start = Instant::now();
        call();
        start.elapsed().as_nanos() as f64
    };
    (0..100).map(one).fold(f64::MAX, f64::min)
}

/// Nanoseconds of one voice for a block.
fn sampler(sound: &[f32]) -> f64 {
    let spec =
        BuiltinSpec { name: "sampler".to_owned(), parameters: Vec::new(), bypass: false, media: Vec::new() };
    let mut sampler = Sampler::new(&spec, RATE);
    let mut set = SampleSet::default();
    set.put(0, Arc::new(Sample::new(sound.to_vec(), sound.to_vec())));
    sampler.swap_content(&mut set);
    let timeline = Timeline::constant(RATE);
    let block = Block {
        frames: FRAMES,
        position: 0,
        steady: 0,
        playing: true,
        jumped: false,
        offline: true,
        deadline: Deadline::NONE,
        timeline: &timeline,
    };
    let silence = [0.0; FRAMES];
    let (mut left, mut right) = ([0.0; FRAMES], [0.0; FRAMES]);
    let mut run = |events: &[Event]| {
        let output = StereoMut { left: &mut left, right: &mut right };
        let input = Stereo { left: &silence, right: &silence };
        sampler.process(
            &block,
            &mut Io { input, events: events.into(), output, events_out: &mut EventBuffer::new() },
        );
        black_box(&mut left);
    };
    let idle = fastest(|| run(&[]));
    let on = |note: u64| Event {
        offset: 0,
        body: EventBody::NoteOn { note, channel: 0, pitch: 67, velocity: 0.8 },
    };
    run(&(1..=VOICES as u64).map(on).collect::<Vec<_>>());
    (fastest(|| run(&[])) - idle) / VOICES as f64
}

/// Nanoseconds of one voice for a block, by the definition.
fn naively(sound: &[f32]) -> f64 {
    let step = 2.0_f64.powf(7.0 / 12.0);
    let mut position = 1_000.0_f64;
    fastest(|| {
        for _ in 0..FRAMES {
            let first = position.floor() as i64 - HALF_TAPS + 1;
            let (mut left, mut right) = (0.0, 0.0);
            for at in first..first + 2 * HALF_TAPS {
                let distance = at as f64 - position;
                let angle = std::f64::consts::PI * distance / step;
                let sinc = if angle == 0.0 { 1.0 } else { angle.sin() / angle };
                let window = (std::f64::consts::FRAC_PI_2 * distance / HALF_TAPS as f64).cos().powi(2);
                let tap = (sinc * window / step) as f32;
                let sample = sound.get(at as usize).copied().unwrap_or(0.0);
                left += tap * sample;
                right += tap * sample;
            }
            black_box((left, right));
            position = (position + step) % (sound.len() as f64 - 2_000.0);
        }
    })
}
