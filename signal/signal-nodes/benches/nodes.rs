//! What the built-ins cost, as ratios within one run: `cargo bench -p signal-nodes`.
//!
//! Figures in time are this machine's; the ratios are what to compare.

use std::hint::black_box;
use std::time::Instant;

use signal_graph::{
    AudioRegion, Block, BlockSizes, BuiltinSpec, Content, Deadline, Edge, EdgeKind, Event, EventBody,
    EventBuffer, Events, Graph, GraphUpdate, Io, Node, NodeId, NodeKind, NodeSpec, NoteRegion, OfflinePlayer,
    Order, Parameter, ParameterChange, Stereo, StereoMut, StripSpec, Timeline, Workshop,
};
use signal_nodes::tide::{Id, Tide};
use signal_nodes::workshop::{self, Setting};

const RATE: u32 = 48_000;

fn main() {
    println!("| what | figure |\n|---|---|");
    for frames in [64, 512] {
        mix_against_memcpy(frames);
    }
    for threads in [1, 2] {
        mix_against_real_time(threads);
    }
    tide_voice();
}

/// Nanoseconds of the fastest of many runs: what the machine can do when nobody disturbs it.
fn fastest(runs: usize, calls: usize, mut call: impl FnMut()) -> f64 {
    let one = |_| {
        let start = Instant::now();
        (0..calls).for_each(|_| call());
        start.elapsed().as_nanos() as f64 / calls as f64
    };
    (0..runs).map(one).fold(f64::MAX, f64::min)
}

fn block(frames: usize, timeline: &Timeline) -> Block<'_> {
    Block {
        frames,
        position: 0,
        steady: 0,
        playing: true,
        jumped: false,
        offline: true,
        deadline: Deadline::NONE,
        timeline,
    }
}

fn mix_against_memcpy(frames: usize) {
    let timeline = Timeline::constant(RATE);
    let block = block(frames, &timeline);
    let kind = NodeKind::Strip(StripSpec { gain: 0.5, pan: 0.3, mute: false, phase_invert: false });
    let mut strip = workshop::make(&kind, &setting(), Default::default).expect("a strip");
    let (left, right) = (vec![0.25; frames], vec![0.5; frames]);
    let (mut out_left, mut out_right) = (vec![0.0; frames], vec![0.0; frames]);
    let mut events_out = EventBuffer::new();
    let mut gain = 0.4;
    let ramped = fastest(200, 1_000, || {
        gain = 0.9 - gain;
        strip.set_parameter(&ParameterChange { target: 1, parameter: StripSpec::GAIN, value: gain });
        let output = StereoMut { left: &mut out_left, right: &mut out_right };
        let input = Stereo { left: &left, right: &right };
        strip.process(&block, &mut Io { input, events: Events::NONE, output, events_out: &mut events_out });
        black_box(&mut out_left);
    });
    let copied = fastest(200, 1_000, || {
        black_box(&mut out_left).copy_from_slice(black_box(&left));
        black_box(&mut out_right).copy_from_slice(black_box(&right));
    });
    println!(
        "| strip of {frames} frames with gain and pan ramps and meter, against memcpy of the same bytes | {:.2} × ({ramped:.0} ns) |",
        ramped / copied
    );
}

fn setting() -> Setting {
    Setting { sample_rate: RATE, max_frames: 512, late: std::sync::Arc::default() }
}

struct Shop;

impl Workshop for Shop {
    fn make(&mut self, _id: NodeId, kind: &NodeKind) -> Result<Box<dyn Node>, String> {
        workshop::make(kind, &setting(), Default::default)
    }

    fn audio_content(&mut self, _: NodeId, _: &[&AudioRegion]) -> Result<Content, String> {
        Ok(Box::new(()))
    }

    fn note_content(&mut self, _: NodeId, regions: &[&NoteRegion]) -> Result<Content, String> {
        Ok(workshop::note_content(regions))
    }
}

/// 64 tracks of trim and strip into a master.
fn mix_against_real_time(threads: usize) {
    let mut update = GraphUpdate { whole: true, ..GraphUpdate::default() };
    let strip = |id| NodeSpec {
        id,
        kind: NodeKind::Strip(StripSpec { gain: 0.5, pan: 0.1, mute: false, phase_invert: false }),
    };
    let audio = |from, to| Edge { from, to, kind: EdgeKind::Audio };
    update.nodes.extend([strip(1_000), NodeSpec { id: 2_000, kind: NodeKind::Output }]);
    update.edges.push(audio(1_000, 2_000));
    for track in 1..=64 {
        let trim =
            BuiltinSpec { name: "trim".to_owned(), parameters: Vec::new(), bypass: false, media: Vec::new() };
        update.nodes.extend([strip(track), NodeSpec { id: 100 + track, kind: NodeKind::Builtin(trim) }]);
        update.edges.extend([audio(100 + track, track), audio(track, 1_000)]);
    }
    let order = if threads > 1 { Order::Parallel } else { Order::Sequential };
    let change = Graph::new(RATE, 512, order).apply(&update, &mut Shop).expect("a sound graph");
    let mut player = OfflinePlayer::new(change, 0, threads).expect("a whole graph");
    let mut sizes = BlockSizes::Fixed(256);
    let nanoseconds = fastest(20, 200, || {
        let frames = sizes.next().unwrap_or(256);
        black_box(player.block(frames).left[0]);
    });
    let real_time = 256.0 / f64::from(RATE) * 1e9;
    println!(
        "| mix of 64 tracks of trim and strip, {threads} threads, blocks of 256 | {:.0} × real time |",
        real_time / nanoseconds
    );
}

fn tide_voice() {
    let timeline = Timeline::constant(RATE);
    let block = block(512, &timeline);
    let parameters = [(Id::Osc2Level, 80.0), (Id::AmpSustain, 100.0), (Id::Cutoff, 2_000.0)];
    let parameters =
        parameters.iter().map(|(id, value)| Parameter { id: id.number(), value: *value }).collect();
    let mut tide = Tide::new(
        &BuiltinSpec { name: "tide".to_owned(), parameters, bypass: false, media: Vec::new() },
        RATE,
    );
    let silence = vec![0.0; 512];
    let (mut left, mut right) = (vec![0.0; 512], vec![0.0; 512]);
    let mut run = |events: &[Event]| {
        let output = StereoMut { left: &mut left, right: &mut right };
        let input = Stereo { left: &silence, right: &silence };
        tide.process(
            &block,
            &mut Io { input, events: events.into(), output, events_out: &mut EventBuffer::new() },
        );
        black_box(&mut left);
    };
    let idle = fastest(20, 50, || run(&[]));
    let on = |note: u64| Event {
        offset: 0,
        body: EventBody::NoteOn { note, channel: 0, pitch: 36 + note as u8 * 3, velocity: 0.8 },
    };
    run(&(1..=16).map(on).collect::<Vec<_>>());
    let sounding = fastest(20, 50, || run(&[]));
    let voice = (sounding - idle) / 16.0;
    let real_time = 512.0 / f64::from(RATE) * 1e9;
    println!(
        "| one voice of tide: two saws, 24 dB filter | {:.2} % of a core ({:.0} voices in real time) |",
        100.0 * voice / real_time,
        real_time / voice
    );
}
