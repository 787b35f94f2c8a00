//! Play, stop, locate and loop, heard as a device hears them.

use signal_graph::{
    BlockReport, BlockSizes, Command, CommandRing, Deadline, GraphUpdate, Order, Player, StereoMut, player,
};
use signal_rt::audio_scope;

use crate::parts::{MAX_FRAMES, OUTPUT, Part, Parts, compiled, graph, looped, rendered};

/// A device that asks for blocks of any size.
pub struct Device {
    pub player: Player,
    pub ring: CommandRing,
    pub heard: Vec<f32>,
    pub reports: Vec<BlockReport>,
}

impl Device {
    pub fn with((update, mut workshop): (GraphUpdate, Parts)) -> (Self, signal_graph::Graph, Parts) {
        let (graph, change) = compiled(&update, &mut workshop, Order::Sequential);
        let (player, ring) = player(48_000, MAX_FRAMES);
        let mut device = Self { player, ring, heard: Vec::new(), reports: Vec::new() };
        device.send(Command::Change(Box::new(change)));
        (device, graph, workshop)
    }

    pub fn send(&mut self, command: Command) {
        self.ring.send(command).expect("the ring has room");
    }

    /// Plays one block and gives what was heard in it.
    pub fn block(&mut self, frames: usize) -> Vec<f32> {
        let (mut left, mut right) = (vec![9.0; frames], vec![9.0; frames]);
        let output = StereoMut { left: &mut left, right: &mut right };
        let report = audio_scope(|| self.player.process(output, Deadline::NONE));
        self.reports.push(report);
        self.heard.extend_from_slice(&left);
        left
    }
}

fn song() -> (GraphUpdate, Parts) {
    let parts = [(1, Part::Sine(0.5)), (2, Part::Late { factor: 0.5, latency: 10 }), (3, Part::Integrator)];
    graph(&parts, &[(1, 2), (1, OUTPUT), (2, OUTPUT), (1, 3)])
}

/// The largest step between two samples.
fn steepest(sound: &[f32]) -> f32 {
    sound.windows(2).map(|pair| (pair[1] - pair[0]).abs()).fold(0.0, f32::max)
}

#[test]
fn play_from_a_position_has_the_bits_of_a_render_from_there() {
    let (mut device, ..) = Device::with(song());
    device.block(100);
    device.send(Command::Locate(12_345));
    device.block(64);
    device.send(Command::Play);
    let mut heard = Vec::new();
    for _ in 0..20 {
        heard.extend(device.block(256));
    }
    assert_eq!(device.reports[2], BlockReport { position: 12_345, playing: true, started: Some(0) });
    assert_eq!(heard, rendered(song(), 2, 12_345, BlockSizes::Fixed(256), heard.len()));
    assert_eq!(device.ring.transport().position(), 12_345 + 20 * 256);
}

#[test]
fn playing_again_after_a_stop_has_the_same_bits() {
    let (mut device, ..) = Device::with(song());
    device.send(Command::Play);
    device.block(500);
    device.send(Command::Stop);
    assert_eq!(device.block(300)[50..], [0.0; 250]);
    assert!(!device.ring.transport().is_playing());
    device.send(Command::Locate(0));
    device.send(Command::Play);
    let again = device.block(500);
    assert_eq!(again, device.heard[..500]);
}

#[test]
fn locating_while_playing_fades_and_goes_on_as_a_render_from_there() {
    let (mut device, ..) = Device::with(song());
    device.send(Command::Play);
    let mut heard = device.block(130);
    device.send(Command::Locate(90_000));
    heard.extend(device.block(1_000));
    let started = device.reports[1].started.expect("play began again");
    assert_eq!(started, 240);
    assert!(steepest(&heard[..130 + started]) < 0.02);
    let expected = rendered(song(), 1, 90_000, BlockSizes::Fixed(512), 1_000 - started);
    assert_eq!(heard[130 + started..], expected);
}

#[test]
fn a_loop_repeats_at_the_exact_sample() {
    let (mut update, workshop) = graph(&[(1, Part::Sine(0.5))], &[(1, OUTPUT)]);
    update.timeline = Some(looped(1_000, 1_777));
    let (mut device, ..) = Device::with((update, workshop));
    device.send(Command::Locate(900));
    device.send(Command::Play);
    for frames in [64, 1, 512, 700, 1_200, 333] {
        device.block(frames);
    }
    for (frame, sample) in device.heard.iter().enumerate() {
        let position = if frame < 100 { 900 + frame } else { 1_000 + (frame - 100) % 777 };
        let expected = 0.5 * ((position % 480) as f32 / 480.0 * std::f32::consts::TAU).sin();
        assert_eq!(*sample, expected, "frame {frame}");
    }
}

#[test]
fn beyond_the_loop_the_song_goes_on() {
    let (mut update, workshop) = graph(&[(1, Part::Sine(0.5))], &[(1, OUTPUT)]);
    update.timeline = Some(looped(100, 200));
    let (mut device, ..) = Device::with((update, workshop));
    device.send(Command::Locate(300));
    device.send(Command::Play);
    device.block(500);
    device.block(1);
    assert_eq!(device.reports[1].position, 800);
}

#[test]
fn silence_forgets_what_sounds_and_the_song_goes_on() {
    let (update, workshop) = graph(&[(1, Part::Sine(0.5)), (2, Part::Integrator)], &[(1, 2), (2, OUTPUT)]);
    let (mut device, ..) = Device::with((update, workshop));
    device.send(Command::Play);
    let before = device.block(300);
    assert!(before[299] > 1.0, "the integrator holds nothing to forget");
    device.send(Command::Silence);
    device.block(240);
    let after = device.block(1);
    let fresh = 0.5 * (300.0 / 480.0 * std::f32::consts::TAU).sin();
    assert_eq!(after, [fresh]);
    assert!(device.reports.iter().all(|report| report.playing));
}
