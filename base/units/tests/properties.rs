//! What holds for every tempo and signature map.

use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use units::{
    SampleRate, Samples, SignatureMap, SignaturePoint, Superclock, TICKS_PER_QUARTER, TempoMap, TempoPoint,
    Ticks,
};

/// The same cases on every run.
fn runner() -> TestRunner {
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &[7; 32]);
    TestRunner::new_with_rng(Config { cases: 500, failure_persistence: None, ..Config::default() }, rng)
}

fn position() -> impl Strategy<Value = Ticks> {
    prop_oneof![(0..100_000_i64).prop_map(Ticks), (0..4000 * TICKS_PER_QUARTER).prop_map(Ticks)]
}

fn tempo_map(bpm: std::ops::Range<f64>) -> impl Strategy<Value = TempoMap> {
    prop::collection::vec((position(), bpm), 0..12)
        .prop_map(|points| TempoMap::new(points.into_iter().map(|(at, bpm)| TempoPoint::from_bpm(at, bpm))))
}

fn signature_map() -> impl Strategy<Value = SignatureMap> {
    prop::collection::vec((position(), 1..=64_u32, 0..=5_u32), 0..12).prop_map(|points| {
        SignatureMap::new(points.into_iter().map(|(position, numerator, power)| SignaturePoint {
            position,
            numerator,
            denominator: 1 << power,
        }))
    })
}

#[test]
fn time_never_runs_backwards() {
    let cases = (tempo_map(5.0..1000.0), position(), position());
    runner()
        .run(&cases, |(map, a, b)| {
            let (a, b) = (a.min(b), a.max(b));
            prop_assert!(map.superclock(a) <= map.superclock(b));
            prop_assert!(map.samples(a, SampleRate::HZ_48000) <= map.samples(b, SampleRate::HZ_48000));
            Ok(())
        })
        .unwrap();
}

#[test]
fn ticks_come_back_from_superclocks_below_367_bpm() {
    runner()
        .run(&(tempo_map(5.0..367.0), position()), |(map, at)| {
            prop_assert_eq!(map.ticks(map.superclock(at)), at);
            Ok(())
        })
        .unwrap();
}

#[test]
fn the_tick_of_a_time_is_the_last_one_not_later() {
    let cases = (tempo_map(5.0..1000.0), 0..1_000_000_000_000_i64);
    runner()
        .run(&cases, |(map, time)| {
            let at = map.ticks(Superclock(time));
            prop_assert!(map.superclock(at) <= Superclock(time));
            prop_assert!(map.superclock(at + Ticks(1)) > Superclock(time));
            Ok(())
        })
        .unwrap();
}

#[test]
fn a_tempo_point_that_repeats_the_tempo_changes_nothing() {
    let cases = (5.0..1000.0_f64, position(), position());
    runner()
        .run(&cases, |(bpm, middle, at)| {
            let plain = TempoMap::new([TempoPoint::from_bpm(Ticks(0), bpm)]);
            let split =
                TempoMap::new([TempoPoint::from_bpm(Ticks(0), bpm), TempoPoint::from_bpm(middle, bpm)]);
            prop_assert_eq!(plain.superclock(at), split.superclock(at));
            prop_assert_eq!(plain.ticks(Superclock(at.0)), split.ticks(Superclock(at.0)));
            Ok(())
        })
        .unwrap();
}

#[test]
fn samples_come_back_from_superclocks_at_every_rate() {
    let cases = (0..1_000_000_000_i64, 8_000..400_000_u32);
    runner()
        .run(&cases, |(sample, hz)| {
            let rate = SampleRate::new(hz).unwrap();
            let time = Superclock::from_samples(Samples(sample), rate);
            prop_assert_eq!(time.to_samples(rate), Samples(sample));
            prop_assert_eq!((time - Superclock(1)).to_samples(rate), Samples(sample - 1));
            Ok(())
        })
        .unwrap();
}

#[test]
fn a_position_is_its_bar_its_beats_and_its_ticks() {
    runner()
        .run(&(signature_map(), position()), |(map, at)| {
            let counted = map.bar_beat(at);
            let beat = map.point_at(at).beat_length();
            let start = map.bar_start(counted.bar);
            prop_assert_eq!(start + Ticks(beat.0 * i64::from(counted.beat - 1)) + counted.tick, at);
            prop_assert!(start <= at && at < map.bar_start(counted.bar + 1));
            prop_assert!(map.starts_bar(start));
            prop_assert!(counted.tick < beat);
            Ok(())
        })
        .unwrap();
}

#[test]
fn extreme_numbers_saturate() {
    let map = TempoMap::new([TempoPoint::from_bpm(Ticks(0), 5.0)]);
    assert_eq!(map.superclock(Ticks(i64::MAX)), Superclock(i64::MAX));
    assert_eq!(map.superclock(Ticks(i64::MIN)), Superclock(i64::MIN));
    assert_eq!(Superclock::from_samples(Samples(i64::MAX), SampleRate::HZ_48000), Superclock(i64::MAX));
}
