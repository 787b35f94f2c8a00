//! The tempo and signature maps against `chorus/conformance/tempo-map.json`, whose figures come from exact fractions.

use serde::Deserialize;
use std::collections::BTreeMap;
use units::{BarBeat, SampleRate, SignatureMap, SignaturePoint, Superclock, TempoMap, TempoPoint, Ticks};

#[derive(Deserialize)]
struct File {
    ticks_per_quarter: i64,
    superclocks_per_second: i64,
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    name: String,
    tempo_points: Vec<Tempo>,
    signature_points: Vec<Signature>,
    positions: Vec<Position>,
    times: Vec<Time>,
    bars: Vec<Bar>,
}

#[derive(Deserialize)]
struct Tempo {
    position: Ticks,
    superclocks_per_quarter: u64,
}

#[derive(Deserialize)]
struct Signature {
    position: Ticks,
    numerator: u32,
    denominator: u32,
}

#[derive(Deserialize)]
struct Position {
    ticks: Ticks,
    superclock: Superclock,
    samples: BTreeMap<String, i64>,
    bar: i64,
    beat: u32,
    tick: Ticks,
}

#[derive(Deserialize)]
struct Time {
    superclock: Superclock,
    ticks: Ticks,
}

#[derive(Deserialize)]
struct Bar {
    bar: i64,
    ticks: Ticks,
}

fn file() -> File {
    serde_json::from_str(include_str!("../../../chorus/conformance/tempo-map.json")).unwrap()
}

#[test]
fn units_are_those_of_the_contract() {
    let file = file();
    assert_eq!(file.ticks_per_quarter, units::TICKS_PER_QUARTER);
    assert_eq!(file.superclocks_per_second, units::SUPERCLOCKS_PER_SECOND);
}

#[test]
fn every_position_converts_as_the_conformance_cases_say() {
    for case in file().cases {
        let tempo = TempoMap::new(case.tempo_points.iter().map(|point| TempoPoint {
            position: point.position,
            superclocks_per_quarter: point.superclocks_per_quarter,
        }));
        for at in &case.positions {
            assert_eq!(tempo.superclock(at.ticks), at.superclock, "{} at {}", case.name, at.ticks);
            assert_eq!(at.samples.len(), 3);
            for (rate, samples) in &at.samples {
                let rate = SampleRate::new(rate.parse().unwrap()).unwrap();
                assert_eq!(
                    tempo.samples(at.ticks, rate).0,
                    *samples,
                    "{} at {} and {rate}",
                    case.name,
                    at.ticks
                );
            }
        }
        for time in &case.times {
            assert_eq!(tempo.ticks(time.superclock), time.ticks, "{} at time {}", case.name, time.superclock);
        }
    }
}

#[test]
fn bars_and_beats_count_as_the_conformance_cases_say() {
    for case in file().cases {
        let signatures = SignatureMap::new(case.signature_points.iter().map(|point| SignaturePoint {
            position: point.position,
            numerator: point.numerator,
            denominator: point.denominator,
        }));
        for at in &case.positions {
            let expected = BarBeat { bar: at.bar, beat: at.beat, tick: at.tick };
            assert_eq!(signatures.bar_beat(at.ticks), expected, "{} at {}", case.name, at.ticks);
        }
        for bar in &case.bars {
            assert_eq!(signatures.bar_start(bar.bar), bar.ticks, "{} bar {}", case.name, bar.bar);
        }
    }
}
