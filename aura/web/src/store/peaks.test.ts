// Outlines at every zoom.
import { expect, test } from 'vitest';
import { Peaks } from './peaks';

const bytes = (...values: number[]) => new Uint8Array(new Int8Array(values).buffer);
const part = (peaks: Uint8Array, more = {}) => ({ channels: 0, framesPerPeak: 0, peaks, last: false, ...more });

function range(peaks: Peaks, from: number, to: number): number[] {
  const out = new Float32Array(2);
  peaks.range(from, to, out, 0);
  return [...out].map((value) => Math.round(value * 127));
}

test('channels are shown together, and parts one after the other', () => {
  const peaks = new Peaks([
    part(bytes(-10, 5, -3, 20), { channels: 2, framesPerPeak: 100 }),
    part(bytes(-1, 1, -2, 2)),
  ]);
  expect(range(peaks, 0, 100)).toEqual([-10, 20]);
  expect(range(peaks, 100, 200)).toEqual([-2, 2]);
  expect(range(peaks, 0, 200)).toEqual([-10, 20]);
});

test('outside of the sound there is silence', () => {
  const peaks = new Peaks([part(bytes(-10, 5), { channels: 1, framesPerPeak: 100 })]);
  expect(range(peaks, 500, 600)).toEqual([0, 0]);
  expect(range(peaks, -300, -200)).toEqual([0, 0]);
});

test('a coarse level never shows less than what it covers', () => {
  const values = Array.from({ length: 4000 }, (_, i) => ((i * 7919) % 120) + 1);
  const peaks = new Peaks([
    part(bytes(...values.flatMap((value) => [-value, value])), { channels: 1, framesPerPeak: 64 }),
  ]);
  for (const [from, to] of [
    [0, 4000],
    [17, 800],
    [1000, 1003],
    [16, 272],
  ] as const) {
    const highest = Math.max(...values.slice(from, to));
    const [low, high] = range(peaks, from * 64, to * 64) as [number, number];
    expect(high).toBeGreaterThanOrEqual(highest);
    expect(low).toBe(-high);
  }
});
