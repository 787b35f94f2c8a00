//! The thread with real files, driven from outside.

use super::*;
use signal_graph::{
    Block, Deadline, EventBuffer, Events, Io, Node, RegionShape, Stereo, StereoMut, Timeline,
};
use signal_nodes::sound::SoundPlayer;
use std::sync::mpsc::channel;

const RATE: u32 = 48_000;
const PLAYER: NodeId = 9;
const FRAMES: usize = 64;

struct Fixture {
    folder: tempfile::TempDir,
    playhead: Arc<AtomicI64>,
    disk: Disk,
    late: Arc<DiskLate>,
    player: SoundPlayer,
}

impl Fixture {
    fn new() -> Self {
        let playhead = Arc::new(AtomicI64::new(0));
        let late = Arc::new(DiskLate::default());
        let disk = Disk::start(RATE, Arc::clone(&playhead), Arc::clone(&late)).expect("started");
        let player = SoundPlayer::new(FRAMES, Arc::clone(&late));
        Self { folder: tempfile::tempdir().expect("a folder"), playhead, disk, late, player }
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("ramp.pcm")
    }

    /// Mono, frame n is n; its header states `stated` frames.
    fn write_ramp(&self, frames: usize, stated: u64) {
        let mut bytes = b"LOOPPCM1".to_vec();
        bytes.extend(RATE.to_le_bytes());
        bytes.extend(1_u32.to_le_bytes());
        bytes.extend(stated.to_le_bytes());
        bytes.resize(64, 0);
        bytes.extend((0..frames).flat_map(|frame| (frame as f32).to_le_bytes()));
        std::fs::write(self.path(), bytes).expect("written");
    }

    /// Plays the file from song position 0 on.
    fn load(&mut self) {
        let region = AudioRegion {
            id: 1,
            node: PLAYER,
            start: 0,
            length: 1 << 40,
            path: self.path(),
            offset: 0,
            gain: 1.0,
            shape: RegionShape::default(),
        };
        let mut content = self.disk.content(PLAYER, &[&region]);
        self.player.swap_content(&mut content);
        self.disk.follow(|_| true, None);
    }

    fn prefetch(&self, position: i64) {
        let (ready, is_ready) = channel();
        self.disk.prefetch(position, Box::new(move || ready.send(()).unwrap_or_default()));
        is_ready.recv_timeout(Duration::from_secs(60)).expect("the thread answers");
    }

    /// The last frame of a block from `position` on, past any fade.
    fn hear(&mut self, position: i64) -> f32 {
        let timeline = Timeline::constant(RATE);
        let (silence, mut left, mut right) = ([0.0; FRAMES], [0.0; FRAMES], [0.0; FRAMES]);
        let block = Block {
            frames: FRAMES,
            position,
            steady: 0,
            playing: true,
            jumped: false,
            offline: false,
            deadline: Deadline::NONE,
            timeline: &timeline,
        };
        self.player.reset(position);
        self.player.process(
            &block,
            &mut Io {
                input: Stereo { left: &silence, right: &silence },
                events: Events::NONE,
                output: StereoMut { left: &mut left, right: &mut right },
                events_out: &mut EventBuffer::new(),
            },
        );
        left[FRAMES - 1]
    }

    fn wait_to_hear(&mut self, position: i64) {
        let expected = (position + FRAMES as i64 - 1) as f32;
        let heard = (0..6000).any(|_| {
            std::thread::sleep(Duration::from_millis(10));
            self.hear(position) == expected
        });
        assert!(heard, "the thread never came");
    }
}

#[test]
fn what_is_prefetched_is_there() {
    let mut fixture = Fixture::new();
    fixture.write_ramp(1_000_000, 1_000_000);
    fixture.load();
    fixture.prefetch(900_000);
    assert_eq!(fixture.hear(900_000), 900_063.0);
    assert_eq!(fixture.hear(910_000), 910_063.0);
    assert_eq!(fixture.late.count(), 0);
}

#[test]
fn thread_follows_the_playhead() {
    let mut fixture = Fixture::new();
    fixture.write_ramp(1_000_000, 1_000_000);
    fixture.load();
    fixture.playhead.store(500_000, Ordering::Relaxed);
    fixture.wait_to_hear(550_000);
}

#[test]
fn missing_file_is_silence_until_it_appears() {
    let mut fixture = Fixture::new();
    fixture.load();
    fixture.prefetch(0);
    assert_eq!(fixture.hear(0), 0.0);
    assert!(fixture.disk.reappeared().is_empty());
    fixture.write_ramp(1000, 1000);
    assert_eq!(fixture.disk.reappeared(), [1]);
    fixture.load();
    fixture.wait_to_hear(0);
    assert!(fixture.disk.reappeared().is_empty());
}

#[test]
fn truncated_file_is_silence() {
    let mut fixture = Fixture::new();
    fixture.write_ramp(1000, 1 << 40);
    fixture.load();
    fixture.prefetch(0);
    assert_eq!(fixture.hear(0), 0.0);
}

#[test]
fn file_cut_while_it_plays_is_silence_from_there() {
    let mut fixture = Fixture::new();
    fixture.write_ramp(1_000_000, 1_000_000);
    fixture.load();
    fixture.prefetch(0);
    std::fs::OpenOptions::new().write(true).open(fixture.path()).expect("opened").set_len(64).expect("cut");
    fixture.prefetch(900_000);
    assert_eq!(fixture.hear(900_000), 0.0);
    assert_eq!(fixture.hear(0), 63.0, "what was in memory stays");
}

#[test]
fn loop_is_followed_around_its_end() {
    assert_eq!(stretches(90, 20, Some((10, 100)), &[0]), [(90, 100), (10, 30), (0, 20)]);
    assert_eq!(stretches(100, 20, Some((10, 100)), &[]), [(100, 120)]);
    assert_eq!(stretches(5, 20, None, &[50]), [(5, 25), (50, 70)]);
}
