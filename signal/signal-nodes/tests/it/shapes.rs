//! Fades, loops, reversed and covered regions, compared with samples worked out here by their definition.

use signal_graph::{AudioRegion, FadeCurve, RegionShape};
use signal_nodes::sound::CHUNK_FRAMES;

use crate::sound::{Rig, region, sample};

const FRAMES: usize = 6_000;

fn shaped(rig: &Rig, id: u64, (start, length, offset): (i64, i64, i64), shape: RegionShape) -> AudioRegion {
    AudioRegion { shape, ..region(rig.folder.path(), id, start, length, offset) }
}

/// What one region gives, from a file of `frames`.
fn heard(frames: usize, place: (i64, i64, i64), shape: RegionShape) -> Vec<f32> {
    let mut rig = Rig::new(frames);
    let region = shaped(&rig, 1, place, shape);
    rig.load(&[region]);
    let sound = rig.play(0, FRAMES);
    assert_eq!(rig.late.count(), 0);
    sound
}

fn same(actual: &[f32], expected: impl Fn(usize) -> f64) {
    for (frame, actual) in actual.iter().enumerate() {
        let expected = expected(frame);
        assert!((f64::from(*actual) - expected).abs() < 1e-6, "frame {frame}: {actual}, not {expected}");
    }
}

fn wave(frame: usize) -> f64 {
    f64::from(sample(frame))
}

#[test]
fn fades_follow_their_curves_to_the_sample() {
    type Gain = fn(f64) -> f64;
    let curves: [(FadeCurve, Gain); 3] = [
        (FadeCurve::Linear, |t| t),
        (FadeCurve::EqualPower, |t| (t * std::f64::consts::FRAC_PI_2).sin()),
        (FadeCurve::SCurve, |t| t * t * (3.0 - 2.0 * t)),
    ];
    for (curve, gain) in curves {
        let shape = RegionShape {
            fade_in: 1_000,
            fade_out: 777,
            fade_in_curve: curve,
            fade_out_curve: curve,
            ..RegionShape::default()
        };
        let sound = heard(20_000, (100, 4_000, 50), shape);
        same(&sound, |frame| {
            if !(100..4_100).contains(&frame) {
                return 0.0;
            }
            let into = gain(((frame - 100) as f64 / 1_000.0).min(1.0));
            let out = gain(((4_100 - frame) as f64 / 777.0).min(1.0));
            wave(frame - 50) * into * out
        });
    }
}

#[test]
fn linear_cross_fade_of_one_sound_with_itself_changes_nothing() {
    let mut rig = Rig::new(20_000);
    let out = RegionShape { fade_out: 500, ..RegionShape::default() };
    let into = RegionShape { fade_in: 500, ..RegionShape::default() };
    let regions = [shaped(&rig, 1, (0, 2_000, 0), out), shaped(&rig, 2, (1_500, 3_000, 1_500), into)];
    rig.load(&regions);
    same(&rig.play(0, 4_500), wave);
}

#[test]
fn loop_begins_anew_at_each_of_its_starts() {
    let shape =
        RegionShape { loop_starts: vec![1_000, 1_701, 2_402], loop_offset: 300, ..RegionShape::default() };
    let sound = heard(20_000, (500, 2_500, 450), shape);
    same(&sound, |frame| match frame {
        500..1_000 => wave(450 + frame - 500),
        1_000..1_701 => wave(300 + frame - 1_000),
        1_701..2_402 => wave(300 + frame - 1_701),
        2_402..3_000 => wave(300 + frame - 2_402),
        _ => 0.0,
    });
}

#[test]
fn loop_longer_than_its_sound_is_silent_up_to_the_next_turn() {
    let shape = RegionShape { loop_starts: vec![2_000], ..RegionShape::default() };
    let sound = heard(1_500, (0, 4_000, 0), shape);
    same(&sound, |frame| match frame {
        0..1_500 => wave(frame),
        2_000..3_500 => wave(frame - 2_000),
        _ => 0.0,
    });
}

#[test]
fn reversed_region_plays_the_sound_from_its_end() {
    let shape = RegionShape { reverse: true, fade_in: 100, ..RegionShape::default() };
    let sound = heard(20_000, (100, 5_000, 2_000), shape);
    same(&sound, |frame| match frame {
        100..5_100 => wave(20_000 - 1 - (2_000 + frame - 100)) * ((frame - 100) as f64 / 100.0).min(1.0),
        _ => 0.0,
    });
    let shape = RegionShape { reverse: true, loop_starts: vec![1_000, 2_000], ..RegionShape::default() };
    let sound = heard(800, (0, 3_000, 0), shape);
    same(&sound, |frame| match frame {
        0..3_000 if frame % 1_000 < 800 => wave(799 - frame % 1_000),
        _ => 0.0,
    });
}

#[test]
fn nothing_is_heard_of_a_region_where_it_is_covered() {
    let shape = RegionShape { covered: vec![(1_000, 1_500), (1_600, 1_601)], ..RegionShape::default() };
    let sound = heard(20_000, (500, 2_000, 0), shape);
    same(&sound, |frame| match frame {
        1_000..1_500 | 1_600 => 0.0,
        500..2_500 => wave(frame - 500),
        _ => 0.0,
    });
}

#[test]
fn bits_do_not_depend_on_where_blocks_begin() {
    let mut rig = Rig::new(20_000);
    let shape = RegionShape {
        fade_in: 900,
        fade_out: 1_100,
        fade_in_curve: FadeCurve::EqualPower,
        fade_out_curve: FadeCurve::SCurve,
        reverse: true,
        loop_starts: (1..40).map(|turn| turn * 97 + 10).collect(),
        loop_offset: 31,
        covered: vec![(2_000, 2_013), (3_000, 3_333)],
    };
    let region = shaped(&rig, 1, (10, 5_000, 50), shape);
    rig.load(&[region]);
    let whole = rig.play(0, FRAMES);
    for size in [1, 7, 64, 511, 512] {
        // Playing nothing resets the player: what it played before has no part in what comes.
        let mut sound = rig.play(0, 0);
        while sound.len() < FRAMES {
            let frames = size.min(FRAMES - sound.len());
            sound.extend(rig.block(sound.len() as i64, frames, true, false));
        }
        assert_eq!(sound, whole, "blocks of {size}");
    }
}

#[test]
fn loops_and_reversed_sounds_longer_than_memory_play_with_reading_ahead() {
    let frames = 50 * CHUNK_FRAMES;
    let end = frames as i64;
    let mut rig = Rig::new(frames);
    let turn = 45 * CHUNK_FRAMES as i64;
    let shape = RegionShape { reverse: true, loop_starts: vec![turn], ..RegionShape::default() };
    let region = shaped(&rig, 1, (0, end, 0), shape);
    rig.load(&[region]);
    for block in 0..end / 512 {
        let position = block * 512;
        rig.library.read_ahead().run(&[(position, position + 30_000)]).expect("readable");
        let sound = rig.block(position, 512, true, false);
        for (frame, actual) in sound.iter().enumerate() {
            let content = (position + frame as i64) % turn;
            assert_eq!(*actual, sample((end - 1 - content) as usize), "at {}", position + frame as i64);
        }
    }
    assert_eq!(rig.late.count(), 0);
}

#[test]
fn an_edit_of_a_fade_still_to_come_disturbs_no_sample_before_it() {
    let mut rig = Rig::new(20_000);
    let plain = shaped(&rig, 1, (0, 10_000, 0), RegionShape::default());
    let faded = shaped(&rig, 1, (0, 10_000, 0), RegionShape { fade_out: 2_000, ..RegionShape::default() });
    rig.load(&[plain]);
    let mut sound = rig.play(0, 1_000);
    rig.load(&[faded]);
    rig.library.read_ahead().run(&[(0, 10_000)]).expect("readable");
    for block in 10..30 {
        sound.extend(rig.block(block * 100, 100, true, false));
    }
    same(&sound, wave);
}
