//! What a sound player gives, from real files.

use std::path::Path;
use std::sync::Arc;

use signal_graph::{
    AudioRegion, Block, Deadline, EventBuffer, Events, Io, Node, RegionShape, Stereo, StereoMut, Timeline,
};
use signal_nodes::sound::{CHUNK_FRAMES, DiskLate, Library, PcmFile, PcmFileError, SoundPlayer};
use signal_rt::audio_scope;

use crate::wave::{steepest, write_pcm};

/// A player of one file, with its library.
pub struct Rig {
    pub folder: tempfile::TempDir,
    pub library: Library,
    player: SoundPlayer,
    pub late: Arc<DiskLate>,
}

/// A slow wave that is never 0 and never repeats within a test.
pub fn sample(frame: usize) -> f32 {
    0.5 + 0.3 * (frame as f32 * 0.003).sin() + frame as f32 * 1e-7
}

pub fn region(folder: &Path, id: u64, start: i64, length: i64, offset: i64) -> AudioRegion {
    AudioRegion {
        id,
        node: 1,
        start,
        length,
        path: folder.join("a.pcm"),
        offset,
        gain: 1.0,
        shape: RegionShape::default(),
    }
}

impl Rig {
    pub fn new(frames: usize) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let samples: Vec<f32> = (0..frames).flat_map(|frame| [sample(frame), -sample(frame)]).collect();
        write_pcm(folder.path(), "a.pcm", 48_000, 2, &samples);
        let late = Arc::<DiskLate>::default();
        let player = SoundPlayer::new(512, Arc::clone(&late));
        Self { folder, library: Library::new(48_000), player, late }
    }

    /// `(start, length, offset)` of each region.
    fn regions(&mut self, regions: &[(i64, i64, i64)]) {
        let place = |(at, (start, length, offset)): (usize, &(i64, i64, i64))| {
            region(self.folder.path(), at as u64, *start, *length, *offset)
        };
        let regions: Vec<AudioRegion> = regions.iter().enumerate().map(place).collect();
        self.load(&regions);
    }

    pub fn load(&mut self, regions: &[AudioRegion]) {
        let regions: Vec<&AudioRegion> = regions.iter().collect();
        let mut content = self.library.content(1, &regions).expect("the file is there");
        self.player.swap_content(&mut content);
    }

    pub fn block(&mut self, position: i64, frames: usize, playing: bool, jumped: bool) -> Vec<f32> {
        let timeline = Timeline::constant(48_000);
        let (mut left, mut right) = (vec![9.0; frames], vec![9.0; frames]);
        let silence = vec![0.0; frames];
        let block = Block {
            frames,
            position,
            steady: 0,
            playing,
            jumped,
            offline: false,
            deadline: Deadline::NONE,
            timeline: &timeline,
        };
        let mut io = Io {
            input: Stereo { left: &silence, right: &silence },
            events: Events::NONE,
            output: StereoMut { left: &mut left, right: &mut right },
            events_out: &mut EventBuffer::new(),
        };
        audio_scope(|| self.player.process(&block, &mut io));
        assert!(left.iter().zip(&right).all(|(left, right)| *left == -right));
        left
    }

    /// Plays from `position` as from a locate, everything read ahead.
    pub fn play(&mut self, position: i64, frames: usize) -> Vec<f32> {
        self.library.read_ahead().run(&[(position, position + frames as i64)]).expect("readable");
        self.player.reset(position);
        let mut sound = Vec::new();
        while sound.len() < frames {
            let size = 100.min(frames - sound.len());
            sound.extend(self.block(position + sound.len() as i64, size, true, false));
        }
        sound
    }
}

#[test]
fn a_whole_file_sounds_bit_for_bit_and_nothing_before_or_after() {
    let mut rig = Rig::new(20_000);
    rig.regions(&[(333, 20_000, 0)]);
    let sound = rig.play(0, 21_000);
    assert_eq!(sound[..333], [0.0; 333]);
    assert!((0..20_000).all(|frame| sound[333 + frame] == sample(frame)));
    assert_eq!(sound[20_333..], [0.0; 667]);
    assert_eq!(rig.late.count(), 0);
}

#[test]
fn a_split_clip_sounds_like_the_whole_one() {
    let mut rig = Rig::new(20_000);
    rig.regions(&[(100, 9_000, 50)]);
    let whole = rig.play(0, 10_000);
    rig.regions(&[(100, 3_210, 50), (3_310, 5_790, 3_260)]);
    assert_eq!(rig.play(0, 10_000), whole);
}

#[test]
fn a_region_without_fades_cuts_its_file_where_it_says() {
    let mut rig = Rig::new(20_000);
    rig.regions(&[(100, 5_000, 700)]);
    let sound = rig.play(0, 6_000);
    assert_eq!(sound[99], 0.0);
    assert!((0..5_000).all(|frame| sound[100 + frame] == sample(700 + frame)));
    assert_eq!(sound[5_100], 0.0);
}

#[test]
fn play_in_the_middle_of_a_region_fades_in() {
    let mut rig = Rig::new(20_000);
    rig.regions(&[(0, 20_000, 0)]);
    let sound = rig.play(5_000, 500);
    assert!(sound[0] < 0.05 && steepest(&sound) < 0.04);
    assert_eq!(sound[40], sample(5_040));
}

#[test]
fn stop_loop_and_edit_do_not_click() {
    let mut rig = Rig::new(40_000);
    rig.regions(&[(0, 40_000, 0)]);
    let mut sound = rig.play(0, 1_000);
    rig.library.read_ahead().run(&[(0, 40_000)]).expect("readable");
    sound.extend(rig.block(20_000, 300, true, true));
    rig.regions(&[(0, 40_000, 9_000)]);
    rig.library.read_ahead().run(&[(0, 40_000)]).expect("readable");
    sound.extend(rig.block(20_300, 300, true, false));
    rig.regions(&[]);
    sound.extend(rig.block(20_600, 300, true, false));
    rig.regions(&[(0, 40_000, 0)]);
    rig.library.read_ahead().run(&[(0, 40_000)]).expect("readable");
    sound.extend(rig.block(20_900, 300, true, false));
    sound.extend(rig.block(21_200, 20, false, false));
    sound.extend(rig.block(21_200, 400, false, false));
    assert!(steepest(&sound[40..]) < 0.05, "{}", steepest(&sound[40..]));
    assert_eq!(sound[sound.len() - 150..], [0.0; 150]);
}

#[test]
fn an_edit_elsewhere_changes_no_bit_of_what_sounds() {
    let mut rig = Rig::new(20_000);
    rig.regions(&[(0, 9_000, 0)]);
    let undisturbed = rig.play(0, 3_000);
    let mut sound = rig.play(0, 1_000);
    rig.regions(&[(0, 8_000, 0), (15_000, 100, 0)]);
    for block in 10..30 {
        sound.extend(rig.block(block * 100, 100, true, false));
    }
    assert_eq!(sound, undisturbed);
}

#[test]
fn overlapping_regions_add_up() {
    let mut rig = Rig::new(20_000);
    rig.regions(&[(0, 20_000, 0), (0, 20_000, 0)]);
    let sound = rig.play(0, 1_000);
    assert!((0..1_000).all(|frame| sound[frame] == sample(frame) + sample(frame)));
}

#[test]
fn what_the_disk_has_not_read_is_silence_and_is_counted() {
    let mut rig = Rig::new(20 * CHUNK_FRAMES);
    rig.regions(&[(0, 20 * CHUNK_FRAMES as i64, 0)]);
    rig.library.read_ahead().run(&[(0, 10)]).expect("readable");
    rig.player.reset(0);
    assert_eq!(rig.block(0, 64, true, false)[5], sample(5));
    assert_eq!(rig.late.count(), 0);
    let far = 10 * CHUNK_FRAMES as i64;
    rig.player.reset(far);
    assert_eq!(rig.block(far, 64, true, false), [0.0; 64]);
    assert_eq!(rig.late.count(), 1);
}

#[test]
fn a_file_longer_than_its_memory_plays_with_reading_ahead() {
    let frames = 50 * CHUNK_FRAMES;
    let mut rig = Rig::new(frames);
    rig.regions(&[(0, frames as i64, 0)]);
    let mut loaded = 0;
    for block in 0..frames / 512 {
        let position = (block * 512) as i64;
        loaded += rig.library.read_ahead().run(&[(position, position + 30_000)]).expect("readable");
        let sound = rig.block(position, 512, true, false);
        assert!((0..512).all(|frame| sound[frame] == sample(block * 512 + frame)));
    }
    assert_eq!(loaded, 50, "each chunk is read once");
    assert_eq!(rig.late.count(), 0);
}

#[test]
fn mono_sounds_on_both_sides() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = write_pcm(folder.path(), "a.pcm", 44_100, 1, &[0.25; 100]);
    let file = PcmFile::open(&path, 44_100).expect("a good file");
    file.load(&[0]).expect("readable");
    let (mut left, mut right) = ([9.0; 120], [9.0; 120]);
    assert!(file.read(-10, 1.0, &mut left, &mut right));
    assert_eq!((left, &left[..10], &left[10..110]), (right, &[0.0; 10][..], &[0.25; 100][..]));
    assert_eq!(left[110..], [0.0; 10]);
}

#[test]
fn what_was_heard_stays_for_a_while_unless_memory_is_spared() {
    const CHUNKS: usize = 20;
    let folder = tempfile::tempdir().expect("a folder");
    let path = write_pcm(folder.path(), "a.pcm", 44_100, 1, &vec![0.25; CHUNKS * CHUNK_FRAMES]);
    let open = || PcmFile::open(&path, 44_100).expect("a good file");
    let heard = |file: PcmFile| {
        for chunk in 0..CHUNKS {
            assert_eq!(file.load(&[chunk]).expect("readable"), 1);
        }
        let missing = |chunk: &usize| file.load(&[*chunk]).expect("readable") == 1;
        (0..CHUNKS).rev().filter(missing).count()
    };
    assert_eq!(heard(open()), 4, "the last sixteen are there");
    assert_eq!(heard(open().frugal()), CHUNKS - 1, "the last is there");
}

#[test]
fn sound_of_16_bits_plays_as_its_floats() {
    let folder = tempfile::tempdir().expect("a folder");
    let integers: Vec<i16> = (0..2 * 300_i16).map(|at| at.wrapping_mul(991)).collect();
    let floats: Vec<f32> = integers.iter().map(|it| f32::from(*it) / 32_768.0).collect();
    let path = write_pcm(folder.path(), "floats", 44_100, 2, &floats);
    let mut bytes = std::fs::read(&path).expect("readable");
    bytes.truncate(64);
    bytes[24] = 16;
    bytes.extend(integers.iter().flat_map(|it| it.to_le_bytes()));
    let as_integers = folder.path().join("integers");
    std::fs::write(&as_integers, &bytes).expect("writable");
    let read = |path: &Path| {
        let file = PcmFile::open(path, 44_100).expect("a good file");
        file.load(&[0]).expect("readable");
        let (mut left, mut right) = ([9.0; 310], [9.0; 310]);
        assert!(file.read(-3, 0.3, &mut left, &mut right));
        (left.map(f32::to_bits), right.map(f32::to_bits))
    };
    assert_eq!(read(&as_integers), read(&path));
    bytes.pop();
    std::fs::write(&as_integers, &bytes).expect("writable");
    assert!(matches!(PcmFile::open(&as_integers, 44_100), Err(PcmFileError::Header)));
}

#[test]
fn files_that_do_not_fit_are_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let open = |path: &Path| PcmFile::open(path, 48_000).map(|file| file.frames());
    let good = write_pcm(folder.path(), "good", 48_000, 2, &[0.0; 20]);
    assert_eq!(open(&good).expect("good"), 10);
    let mut bytes = std::fs::read(&good).expect("readable");
    bytes[0] = b'X';
    std::fs::write(folder.path().join("magic"), &bytes).expect("writable");
    assert!(matches!(open(&folder.path().join("magic")), Err(PcmFileError::Magic)));
    bytes[0] = b'L';
    bytes[16] = 11;
    std::fs::write(folder.path().join("short"), &bytes).expect("writable");
    assert!(matches!(open(&folder.path().join("short")), Err(PcmFileError::Header)));
    bytes[16..24].fill(0xFF);
    std::fs::write(folder.path().join("huge"), &bytes).expect("writable");
    assert!(matches!(open(&folder.path().join("huge")), Err(PcmFileError::Header)));
    let slow = write_pcm(folder.path(), "slow", 44_100, 2, &[0.0; 20]);
    assert!(matches!(open(&slow), Err(PcmFileError::Rate { file: 44_100, graph: 48_000 })));
    assert!(matches!(open(&folder.path().join("none")), Err(PcmFileError::Io(_))));
}
