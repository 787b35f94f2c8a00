//! What the built-in effects cost, as ratios within one run: `cargo bench -p signal-nodes --bench effects`.
//!
//! Each is compared with real time, and with eight filters of the plainest kind over the same sound in the same run.

use std::hint::black_box;
use std::sync::Arc;
use std::time::Instant;

use signal_graph::{
    Block, BuiltinSpec, Deadline, EventBuffer, Events, Io, NodeKind, Parameter, ParameterChange, Stereo,
    StereoMut, Timeline,
};
use signal_nodes::workshop::{self, Setting};

const RATE: u32 = 48_000;
const FRAMES: usize = 256;

/// An effect, how it is set, and a parameter to move between two values in each block. None: all rests.
struct Case {
    what: &'static str,
    name: &'static str,
    values: &'static [(u32, f64)],
    moved: Option<(u32, [f64; 2])>,
}

const EIGHT_BANDS: &[(u32, f64)] = &[
    (10, 1.0),
    (12, 0.0),
    (22, 3.0),
    (32, 3.0),
    (42, 3.0),
    (52, 3.0),
    (62, 3.0),
    (72, 3.0),
    (80, 1.0),
    (82, 0.0),
];

const CASES: &[Case] = &[
    Case { what: "eq, eight bands", name: "eq", values: EIGHT_BANDS, moved: None },
    Case {
        what: "eq, eight bands, one moving",
        name: "eq",
        values: EIGHT_BANDS,
        moved: Some((31, [300.0, 3_000.0])),
    },
    Case { what: "compressor, peak", name: "compressor", values: &[(1, -30.0)], moved: None },
    Case { what: "compressor, RMS", name: "compressor", values: &[(1, -30.0), (6, 1.0)], moved: None },
    Case { what: "delay", name: "delay", values: &[], moved: None },
    Case { what: "delay, modulated", name: "delay", values: &[(9, 3.0)], moved: None },
    Case { what: "reverb", name: "reverb", values: &[], moved: None },
    Case { what: "limiter", name: "limiter", values: &[(1, 12.0)], moved: None },
];

fn main() {
    let plain = plain_filters();
    let real_time = FRAMES as f64 / f64::from(RATE) * 1e9;
    println!(
        "| effect, stereo, blocks of {FRAMES} | × real time | of the time of 8 plain filters |\n|---|---|---|"
    );
    println!("| 8 plain filters (direct form, f64) | {:.0} | 1.00 |", real_time / plain);
    for case in CASES {
        let time = run(case);
        println!("| {} | {:.0} | {:.2} |", case.what, real_time / time, time / plain);
    }
}

/// Nanoseconds of the fastest of many runs: what the machine can do when nobody disturbs it.
fn fastest(mut call: impl FnMut()) -> f64 {
    let one = |_| {
        let start = Instant::now();
        (0..50).for_each(|_| call());
        start.elapsed().as_nanos() as f64 / 50.0
    };
    (0..60).map(one).fold(f64::MAX, f64::min)
}

fn sound() -> Vec<f32> {
    let mut state = 1_u32;
    let mut next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        state as i32 as f32 / 4_294_967_296.0
    };
    (0..FRAMES).map(|_| next()).collect()
}

fn run(case: &Case) -> f64 {
    let parameters = case.values.iter().map(|(id, value)| Parameter { id: *id, value: *value }).collect();
    let kind = NodeKind::Builtin(BuiltinSpec {
        name: case.name.to_owned(),
        parameters,
        bypass: false,
        media: Vec::new(),
    });
    let setting = Setting { sample_rate: RATE, max_frames: FRAMES, late: Arc::default() };
    let mut node = workshop::make(&kind, &setting, Arc::default).expect("a built-in");
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
    let sound = sound();
    let (mut left, mut right) = (vec![0.0; FRAMES], vec![0.0; FRAMES]);
    let mut events_out = EventBuffer::new();
    let mut turn = 0;
    fastest(|| {
        if let Some((parameter, values)) = case.moved {
            turn = 1 - turn;
            node.set_parameter(&ParameterChange { target: 1, parameter, value: values[turn] });
        }
        let output = StereoMut { left: &mut left, right: &mut right };
        let input = Stereo { left: &sound, right: &sound };
        node.process(&block, &mut Io { input, events: Events::NONE, output, events_out: &mut events_out });
        black_box(&mut left);
    })
}

/// Eight resting filters in direct form II transposed, one after the other, on two channels.
fn plain_filters() -> f64 {
    let [b0, b1, b2, a1, a2] = black_box([1.02, -1.9, 0.89, -1.89, 0.9]);
    let mut states = [[[0.0_f64; 2]; 2]; 8];
    let sound = sound();
    let (mut left, mut right) = (vec![0.0_f32; FRAMES], vec![0.0_f32; FRAMES]);
    fastest(|| {
        for (input, (left, right)) in sound.iter().zip(left.iter_mut().zip(&mut right)) {
            let mut frame = [f64::from(*input), f64::from(*input)];
            for filter in &mut states {
                for (sample, [one, two]) in frame.iter_mut().zip(filter) {
                    let out = b0 * *sample + *one;
                    *one = b1 * *sample - a1 * out + *two;
                    *two = b2 * *sample - a2 * out;
                    *sample = out;
                }
            }
            (*left, *right) = (frame[0] as f32, frame[1] as f32);
        }
        black_box((&mut left, &mut right));
    })
}
