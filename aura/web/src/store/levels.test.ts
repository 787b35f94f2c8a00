// Decibels, gains and heights; meters and the carried-on position.
import { expect, test } from 'vitest';
import {
  dbOf,
  formatDb,
  formatPan,
  gainOf,
  heightOf,
  levelAt,
  parseDb,
  parsePan,
  SILENCE_DB,
  speakDb,
  speakPan,
  TOP_DB,
} from './decibels';
import { Telemetry } from './telemetry';

test('height and level invert each other over the whole range', () => {
  for (let db = SILENCE_DB; db <= TOP_DB; db += 0.5) expect(levelAt(heightOf(db))).toBeCloseTo(db, 6);
  expect([heightOf(SILENCE_DB), heightOf(TOP_DB)]).toEqual([0, 1]);
  expect([heightOf(-999), heightOf(99), levelAt(-1), levelAt(2)]).toEqual([0, 1, SILENCE_DB, TOP_DB]);
});

test('higher is louder everywhere', () => {
  for (let db = SILENCE_DB; db < TOP_DB; db += 0.25) expect(heightOf(db + 0.25)).toBeGreaterThan(heightOf(db));
});

test('levels are written and spoken as musicians do', () => {
  expect([0, -0.01, -3.24, 6, SILENCE_DB].map(formatDb)).toEqual(['0.0', '0.0', '-3.2', '6.0', '−∞']);
  expect([speakDb(-6), speakDb(SILENCE_DB)]).toEqual(['-6.0 dB', 'silent']);
  expect([formatPan(0), formatPan(-0.5), speakPan(0.23), speakPan(0)]).toEqual([
    'C',
    '50 L',
    '23 percent right',
    'centre',
  ]);
});

test('typed values mean what is written', () => {
  expect(['-6', '3,5 dB', '−∞ dB', '-inf', '99', 'x'].map(parseDb)).toEqual([
    -6,
    3.5,
    SILENCE_DB,
    SILENCE_DB,
    TOP_DB,
    undefined,
  ]);
  expect(['C', '30 L', '-30', '45r', 'L', '?'].map(parsePan)).toEqual([0, -0.3, -0.3, 0.45, -1, undefined]);
  for (const db of [-150, -33.3, 0, 6]) expect(parseDb(formatDb(db))).toBe(db);
});

test('gain and decibels agree', () => {
  expect(gainOf(0)).toBe(1);
  expect(gainOf(SILENCE_DB)).toBe(0);
  expect(dbOf(0)).toBe(SILENCE_DB);
  expect(dbOf(gainOf(-12.3))).toBeCloseTo(-12.3);
});

const frame = (positionSamples: number, meterPeaks: number[], playing = true) => ({
  sampleRate: 48_000,
  positionSamples,
  playing,
  load: 0.2,
  lateBlocks: 0,
  lateCalled: 0,
  lateComputed: 0,
  meterNodes: [7],
  meterPeaks,
});

test('a meter jumps up, falls slowly, and marks its highest peak', () => {
  const telemetry = new Telemetry();
  telemetry.accept(frame(0, [1, 0.5]), 0);
  telemetry.step(16);
  expect(telemetry.shown(7, 0)).toBeCloseTo(0);
  expect(telemetry.shown(7, 1)).toBeCloseTo(-6.02, 1);
  telemetry.accept(frame(768, [0.001, 0.001]), 16);
  telemetry.step(66);
  expect(telemetry.shown(7, 0)).toBeCloseTo(-1.3);
  expect(telemetry.held(7, 0)).toBeCloseTo(0);
});

test('of several frames between two pictures the highest peak counts', () => {
  const telemetry = new Telemetry();
  telemetry.accept(frame(0, [1, 1]), 0);
  telemetry.accept(frame(10, [0.1, 0.1]), 1);
  telemetry.step(16);
  expect(telemetry.shown(7, 0)).toBeCloseTo(0);
});

test('more strips than there was room for keep their own peaks', () => {
  const telemetry = new Telemetry();
  const meterNodes = Array.from({ length: 100 }, (_, i) => i);
  telemetry.accept({ ...frame(0, []), meterNodes, meterPeaks: meterNodes.flatMap((i) => [gainOf(-i), gainOf(-i)]) }, 0);
  telemetry.step(1);
  for (const node of meterNodes) expect(telemetry.shown(node, 1)).toBeCloseTo(-node, 4);
});

test('the position is carried on between two frames, but not without end', () => {
  const telemetry = new Telemetry();
  telemetry.accept(frame(48_000, []), 1000);
  expect(telemetry.positionAt(1010)).toBeCloseTo(48_480);
  expect(telemetry.positionAt(9000)).toBeCloseTo(48_000 + 48 * 60);
  telemetry.accept(frame(50_000, [], false), 1020);
  expect(telemetry.positionAt(1500)).toBe(50_000);
});

test('the highest peak stays until it is cleared, for one strip or for all', () => {
  const telemetry = new Telemetry();
  telemetry.accept({ ...frame(0, []), meterNodes: [7, 8], meterPeaks: [0.5, 2, 1, 1] }, 0);
  telemetry.step(16);
  telemetry.step(9000);
  expect(telemetry.highest(7)).toBeCloseTo(6.02, 2);
  telemetry.clear(7);
  expect(telemetry.highest(7)).toBe(SILENCE_DB);
  expect(telemetry.highest(8)).toBeCloseTo(0);
  telemetry.clearAll();
  expect(telemetry.highest(8)).toBe(SILENCE_DB);
});

test('a device that takes gain away tells so by a hundredth of the decibels', () => {
  const telemetry = new Telemetry();
  expect(telemetry.reduction(7)).toBe(0);
  telemetry.accept(frame(0, [0.125, 0.125]), 0);
  telemetry.step(16);
  expect(telemetry.reduction(7)).toBeCloseTo(12.5);
  telemetry.accept(frame(768, [0, 0]), 16);
  for (let now = 32; now < 10_000; now += 16) telemetry.step(now);
  expect(telemetry.reduction(7)).toBe(0);
});
