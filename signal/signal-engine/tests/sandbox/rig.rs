//! A device without sound: calls nodes block by block with a deadline each, and keeps what they played.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use signal_engine::device_board::{DeviceState, DeviceStatus};
use signal_engine::sandbox::{SandboxEvent, SandboxNode, Sandboxes, Setup};
use signal_graph::{
    Block, Deadline, Event, EventBuffer, Events, Io, Node, Parameter, ParameterChange, ParameterEvent,
    PluginSlot, Stereo, StereoMut, Timeline,
};
use tokio::sync::mpsc;

pub const GAIN: u32 = 1;
pub const LATENCY: u32 = 2;
pub const IMPRINT: u32 = 3;
pub const TRIGGER: u32 = 4;
pub const DEED: u32 = 6;
pub const PHASE: u32 = 7;

pub const BLOCK: usize = 256;
/// Ten times what anything here takes on a slow machine.
const PATIENCE: Duration = Duration::from_secs(100);

/// Where cargo puts what it builds.
fn build_folder() -> PathBuf {
    let test = std::env::current_exe().unwrap();
    test.ancestors().nth(2).unwrap().to_owned()
}

/// A file of the build, built anew if it is not there or older than its sources: `cargo test` for one package does not
/// see to the others.
pub fn built(file: &str, package: &str, sources: &str) -> PathBuf {
    let path = build_folder().join(file);
    let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(sources);
    let changed = |path: &Path| path.metadata().and_then(|it| it.modified()).ok();
    let files = std::fs::read_dir(sources).unwrap().filter_map(|file| changed(&file.ok()?.path()));
    if changed(&path) < files.max() {
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let status = std::process::Command::new(cargo).args(["build", "-p", package]).status().unwrap();
        assert!(status.success());
    }
    path
}

pub fn sandbox_binary() -> PathBuf {
    built("loophole-sandbox", "signal-sandbox", "signal/signal-sandbox/src")
}

/// A slot with one of the test plugins.
pub fn slot(device: u64, plugin_id: &str, values: &[(u32, f64)]) -> PluginSlot {
    PluginSlot {
        device,
        plugin_id: plugin_id.to_owned(),
        bundle: built("libtest_plugin.so", "test-plugin", "tests/test-plugin/src"),
        parameters: values.iter().map(|(id, value)| Parameter { id: *id, value: *value }).collect(),
        ..PluginSlot::default()
    }
}

/// One chain and what it was given and played last.
pub struct Track {
    pub node: SandboxNode,
    pub device: u64,
    pub input: f32,
    pub played: Vec<f32>,
    pub notes: Vec<Event>,
    pub changes: Vec<ParameterEvent>,
    /// Of the last block.
    pub frames: usize,
}

impl Track {
    pub fn set(&mut self, parameter: u32, value: f64) {
        self.node.set_parameter(&ParameterChange { target: self.device, parameter, value });
    }

    /// Whether the last block was this sample throughout.
    pub fn plays(&self, sample: f32) -> bool {
        let block = self.last_block();
        !block.is_empty() && block.iter().all(|it| (it - sample).abs() < 1e-6)
    }

    /// Whether the last block rises under a constant input: the chain fades in.
    pub fn rises(&self) -> bool {
        let block = self.last_block();
        block.first().zip(block.last()).is_some_and(|(first, last)| last - first > 1e-6)
    }

    fn last_block(&self) -> &[f32] {
        &self.played[self.played.len().saturating_sub(self.frames)..]
    }

    /// Forgets what was played so far but the last sample.
    pub fn listen(&mut self) {
        let last = self.played.last().copied();
        self.played = last.into_iter().collect();
    }

    /// The largest step between two samples: a click is a large one.
    pub fn largest_step(&self) -> f32 {
        let steps = self.played.windows(2).map(|pair| (pair[1] - pair[0]).abs());
        steps.fold(0.0, f32::max)
    }
}

/// Sandboxes and the device that plays them.
pub struct Rig {
    pub sandboxes: Sandboxes,
    events: mpsc::Receiver<SandboxEvent>,
    pub seen: Vec<SandboxEvent>,
    timeline: Timeline,
    steady: u64,
    offline: bool,
    /// Of each block, at most [`BLOCK`].
    pub frames: usize,
    /// When the last block was there, before the wait for the next one.
    pub answered: Instant,
}

impl Rig {
    pub fn new(offline: bool) -> Self {
        Self::of_program(sandbox_binary(), offline)
    }

    /// With another program in the place of the sandbox.
    pub fn of_program(binary: PathBuf, offline: bool) -> Self {
        let (events_in, events) = mpsc::channel(1024);
        let setup = Setup { binary, sample_rate: 48_000, max_frames: BLOCK as u32, offline };
        let sandboxes = Sandboxes::start(setup, events_in).unwrap();
        Self {
            sandboxes,
            events,
            seen: Vec::new(),
            timeline: Timeline::constant(48_000),
            steady: 0,
            offline,
            frames: BLOCK,
            answered: Instant::now(),
        }
    }

    /// A chain of one plugin under a constant input.
    pub fn track(&mut self, node: u64, slot: PluginSlot, input: f32) -> Track {
        self.chain_of(node, &[slot], input)
    }

    /// A chain of several, under a constant input; its device is the first one.
    pub fn chain_of(&mut self, node: u64, slots: &[PluginSlot], input: f32) -> Track {
        self.chain_with_state(node, slots, &[], input)
    }

    /// Likewise; slots that name a state get this one.
    pub fn chain_with_state(&mut self, node: u64, slots: &[PluginSlot], state: &[u8], input: f32) -> Track {
        let device = slots[0].device;
        let node = self.sandboxes.chain(node, slots, &|_| Some(state.into())).unwrap();
        let (played, notes, changes) = (Vec::new(), Vec::new(), Vec::new());
        Track { node, device, input, played, notes, changes, frames: self.frames }
    }

    /// One block of the device: all are submitted, then all collected, then it waits for the next period.
    pub fn block(&mut self, tracks: &mut [&mut Track]) {
        let now = shm::Deadline::now();
        let frames = self.frames;
        let period = Duration::from_secs_f64(frames as f64 / 48_000.0);
        let deadline = if self.offline { Deadline::NONE } else { Deadline(now.later(period).nanoseconds()) };
        let started = Instant::now();
        let block = Block {
            frames,
            position: self.steady as i64,
            steady: self.steady,
            playing: true,
            jumped: false,
            offline: self.offline,
            deadline,
            timeline: &self.timeline,
        };
        let inputs: Vec<Vec<f32>> = tracks.iter().map(|track| vec![track.input; frames]).collect();
        for (track, input) in tracks.iter_mut().zip(&inputs) {
            let notes = std::mem::take(&mut track.notes);
            let changes = std::mem::take(&mut track.changes);
            track.node.submit(&block, Stereo { left: input, right: input }, &notes, &changes);
        }
        for (track, input) in tracks.iter_mut().zip(&inputs) {
            let (mut left, mut right) = (vec![0.0; frames], vec![0.0; frames]);
            let mut io = Io {
                input: Stereo { left: input, right: input },
                events: Events::NONE,
                output: StereoMut { left: &mut left, right: &mut right },
                events_out: &mut EventBuffer::new(),
            };
            track.node.process(&block, &mut io);
            assert!(left.iter().chain(&right).all(|sample| sample.is_finite()));
            track.played.extend_from_slice(&left);
            track.frames = frames;
        }
        self.answered = Instant::now();
        self.steady += frames as u64;
        while let Ok(event) = self.events.try_recv() {
            self.seen.push(event);
        }
        if !self.offline {
            std::thread::sleep(period.saturating_sub(started.elapsed()));
        }
    }

    /// Plays until something holds.
    pub fn until(
        &mut self,
        what: &str,
        tracks: &mut [&mut Track],
        holds: impl Fn(&Self, &[&mut Track]) -> bool,
    ) {
        let limit = Instant::now() + PATIENCE;
        loop {
            self.block(tracks);
            if holds(self, tracks) {
                return;
            }
            assert!(Instant::now() < limit, "waited in vain for: {what}; {:?}", self.sandboxes.list());
        }
    }

    /// Plays until the track plays this sample.
    pub fn until_plays(&mut self, track: &mut Track, sample: f32) {
        self.until(&format!("sound of {sample}"), &mut [track], |_, tracks| tracks[0].plays(sample));
    }

    /// Kills the process of a chain, and plays until another one in its place plays this sample on the first track.
    pub fn kill_until(&mut self, node: u64, tracks: &mut [&mut Track], sample: f32) {
        let killed = self.pid(node);
        self.signal(node, rustix::process::Signal::KILL);
        self.until("the plugin again", tracks, |rig, tracks| {
            let now = rig.pid(node);
            now != killed && now != 0 && tracks[0].plays(sample)
        });
    }

    /// The last status of a device.
    pub fn status(&self, device: u64) -> Option<&DeviceStatus> {
        self.seen.iter().rev().find_map(|event| match event {
            SandboxEvent::Status(status) if status.device == device => Some(&**status),
            _ => None,
        })
    }

    /// Plays until a device does this.
    pub fn until_state(&mut self, track: &mut Track, state: DeviceState) {
        let device = track.device;
        let is = move |rig: &Self, _: &[&mut Track]| rig.status(device).is_some_and(|it| it.state == state);
        self.until(&format!("{state:?}"), &mut [track], is);
    }

    /// The process of a chain; 0: none.
    pub fn pid(&self, node: u64) -> u32 {
        self.sandboxes.list().iter().find(|status| status.node == node).map_or(0, |status| status.pid)
    }

    pub fn restarts(&self, node: u64) -> u32 {
        self.sandboxes.list().iter().find(|status| status.node == node).map_or(0, |status| status.restarts)
    }

    /// Sends a signal to the process of a chain.
    pub fn signal(&self, node: u64, signal: rustix::process::Signal) {
        let pid = rustix::process::Pid::from_raw(self.pid(node) as i32).expect("a process");
        rustix::process::kill_process(pid, signal).unwrap();
    }
}
