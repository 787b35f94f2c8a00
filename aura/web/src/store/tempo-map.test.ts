// Musical time against the conformance cases that every implementation is tested with.
import { describe, expect, test } from 'vitest';
import conformance from '../../../../chorus/conformance/tempo-map.json';
import { formatBarBeat, formatSeconds, SignatureMap, speakBarBeat } from './signature-map';
import {
  superclockAtSample,
  SUPERCLOCKS_PER_SECOND,
  superclocksPerQuarter,
  TempoMap,
  TICKS_PER_QUARTER,
} from './tempo-map';

test('the clocks are those of the contract', () => {
  expect(TICKS_PER_QUARTER).toBe(conformance.ticks_per_quarter);
  expect(SUPERCLOCKS_PER_SECOND).toBe(conformance.superclocks_per_second);
});

describe.each(conformance.cases)('$name', (given) => {
  const tempo = new TempoMap(
    given.tempo_points.map((point) => ({
      position: point.position,
      superclocksPerQuarter: point.superclocks_per_quarter,
    })),
  );
  const signatures = new SignatureMap(given.signature_points);

  test('positions', () => {
    for (const { ticks, superclock, samples, bar, beat, tick } of given.positions) {
      expect(tempo.superclock(ticks)).toBe(superclock);
      for (const [rate, sample] of Object.entries(samples)) expect(tempo.samples(ticks, Number(rate))).toBe(sample);
      expect(signatures.barBeat(ticks)).toEqual({ bar, beat, tick });
      expect(tempo.seconds(ticks) * SUPERCLOCKS_PER_SECOND).toBeCloseTo(superclock, -4);
    }
  });

  test('times', () => {
    for (const { superclock, ticks } of given.times) expect(tempo.ticks(superclock)).toBe(ticks);
  });

  test('bars', () => {
    for (const { bar, ticks } of given.bars) expect(signatures.barStart(bar)).toBe(ticks);
  });
});

test('points may come in any order, and the last given at a position counts', () => {
  const map = new TempoMap([
    { position: TICKS_PER_QUARTER, superclocksPerQuarter: superclocksPerQuarter(60) },
    { position: 0, superclocksPerQuarter: superclocksPerQuarter(120) },
    { position: TICKS_PER_QUARTER, superclocksPerQuarter: superclocksPerQuarter(90) },
  ]);
  expect(map.changes).toEqual([0, TICKS_PER_QUARTER]);
  expect([map.bpm(0), map.bpm(TICKS_PER_QUARTER)].map((bpm) => bpm.toFixed(2))).toEqual(['120.00', '90.00']);
});

test('a sample that a position lies in leads back to no later position', () => {
  const map = new TempoMap([{ position: 0, superclocksPerQuarter: superclocksPerQuarter(97.3) }]);
  for (const ticks of [0, 1, 12345678, TICKS_PER_QUARTER * 77 + 5]) {
    const sample = map.samples(ticks, 48_000);
    expect(map.ticksAtSample(sample, 48_000)).toBeLessThanOrEqual(ticks);
    expect(superclockAtSample(sample, 48_000)).toBeLessThanOrEqual(map.superclock(ticks));
    expect(superclockAtSample(sample + 1, 48_000)).toBeGreaterThan(map.superclock(ticks));
  }
});

test('positions are written and spoken as musicians count', () => {
  const at = { bar: 17, beat: 3, tick: TICKS_PER_QUARTER / 4 };
  expect(formatBarBeat(at)).toBe('17.3.240');
  expect(speakBarBeat(at)).toBe('bar 17 beat 3 tick 240');
  expect(speakBarBeat({ ...at, tick: 0 })).toBe('bar 17 beat 3');
  expect([0, 32.512, 59.9999, 61, 600.0005].map(formatSeconds)).toEqual([
    '0:00.000',
    '0:32.512',
    '0:59.999',
    '1:01.000',
    '10:00.000',
  ]);
});
