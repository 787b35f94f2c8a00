//! The thread with real files, driven from outside.

use super::*;
use crate::disk::pcm_file::tests::pcm_bytes;
use signal_graph::StereoMut;
use signal_nodes::SoundSource;
use std::sync::mpsc::channel;

const RATE: u32 = 48_000;

struct Fixture {
    folder: tempfile::TempDir,
    playhead: Arc<AtomicI64>,
    disk: Disk,
}

impl Fixture {
    fn new() -> Self {
        let playhead = Arc::new(AtomicI64::new(0));
        let disk = Disk::start(RATE, Arc::clone(&playhead)).expect("started");
        Self { folder: tempfile::tempdir().expect("a folder"), playhead, disk }
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("ramp.pcm")
    }

    fn write_ramp(&self, frames: usize) {
        let samples: Vec<f32> = (0..frames).map(|frame| frame as f32).collect();
        std::fs::write(self.path(), pcm_bytes(RATE, 1, frames as u64, &samples)).expect("written");
    }

    fn prefetch(&self, position: i64) {
        let (ready, is_ready) = channel();
        self.disk.prefetch(position, Box::new(move || drop(ready.send(()))));
        is_ready.recv_timeout(Duration::from_secs(60)).expect("the thread answers");
    }

    fn play_whole_file(&mut self) -> Arc<CachedSound> {
        let sound = self.disk.sound(&self.path());
        let region = RegionSpan { sound: Arc::clone(&sound), start: 0, length: 1 << 40, offset: 0 };
        self.disk.set_regions(vec![region], None);
        sound
    }
}

fn sample(sound: &CachedSound, frame: i64) -> f32 {
    let (mut left, mut right) = ([9.0], [9.0]);
    sound.read(frame, StereoMut { left: &mut left, right: &mut right });
    left[0]
}

#[test]
fn what_is_prefetched_is_there() {
    let mut fixture = Fixture::new();
    fixture.write_ramp(1_000_000);
    let sound = fixture.play_whole_file();
    fixture.prefetch(900_000);
    assert_eq!(sample(&sound, 900_000), 900_000.0);
    assert_eq!(sample(&sound, 910_000), 910_000.0);
    assert_eq!(sound.take_missed_frames(), 0);
}

#[test]
fn thread_follows_the_playhead() {
    let mut fixture = Fixture::new();
    fixture.write_ramp(1_000_000);
    let sound = fixture.play_whole_file();
    fixture.playhead.store(500_000, Ordering::Relaxed);
    let mut passes = 0;
    while sample(&sound, 560_000) != 560_000.0 {
        passes += 1;
        assert!(passes < 6000, "the thread never came");
        std::thread::sleep(Duration::from_millis(10));
    }
}

#[test]
fn missing_file_is_silence_until_it_appears() {
    let mut fixture = Fixture::new();
    let sound = fixture.play_whole_file();
    fixture.prefetch(0);
    assert_eq!(sample(&sound, 5), 0.0);
    fixture.write_ramp(100);
    let mut passes = 0;
    while sample(&sound, 5) != 5.0 {
        passes += 1;
        assert!(passes < 6000, "the file was never found");
        std::thread::sleep(Duration::from_millis(10));
    }
}

#[test]
fn truncated_file_plays_what_it_has() {
    let mut fixture = Fixture::new();
    let samples: Vec<f32> = (0..100).map(|frame| frame as f32).collect();
    std::fs::write(fixture.path(), pcm_bytes(RATE, 1, 1 << 60, &samples)).expect("written");
    let sound = fixture.play_whole_file();
    fixture.prefetch(0);
    assert_eq!(sample(&sound, 99), 99.0);
    assert_eq!(sample(&sound, 100), 0.0);
}

#[test]
fn file_cut_after_it_was_opened_is_silence() {
    let mut fixture = Fixture::new();
    fixture.write_ramp(1_000_000);
    let sound = fixture.play_whole_file();
    fixture.prefetch(0);
    std::fs::OpenOptions::new().write(true).open(fixture.path()).expect("opened").set_len(64).expect("cut");
    fixture.prefetch(900_000);
    assert_eq!(sample(&sound, 900_000), 0.0);
    assert_eq!(sample(&sound, 1), 1.0, "what was in memory stays");
}

#[test]
fn regions_of_one_file_share_its_memory() {
    let mut fixture = Fixture::new();
    fixture.write_ramp(10);
    let path = fixture.path();
    let (one, two) = (fixture.disk.sound(&path), fixture.disk.sound(&path));
    assert!(Arc::ptr_eq(&one, &two));
}
