// Curves drawn from parameters, and how ranges lie on a knob.
import { expect, test } from 'vitest';
import { GRAPH, graphOf, taper } from './graphs';

const value = (name: string, v: number, minimum: number, maximum: number) => ({ name, value: v, minimum, maximum });
const points = (line: string) =>
  [...line.matchAll(/[ML]([\d.]+) ([\d.]+)/g)].map((match) => [Number(match[1]), Number(match[2])]);

test('a compressor below its threshold changes nothing, above it less comes out', () => {
  const graph = graphOf([value('Threshold', -20, -60, 0), value('Ratio', 4, 1, 20), value('Makeup', 0, 0, 30)]);
  const curve = points(graph?.line ?? '');
  expect(curve.length).toBe(61);
  const at = (db: number) => -((curve[db + 60]?.[1] ?? 0) / GRAPH.height) * 60;
  expect(at(-40)).toBeCloseTo(-40, 0);
  expect(at(-20)).toBeCloseTo(-20, 0);
  expect(at(0)).toBeCloseTo(-15, 0);
});

test('an envelope stays inside its drawing at every value', () => {
  for (const time of [1, 50, 20_000]) {
    for (const sustain of [0, 50, 100]) {
      const graph = graphOf([
        value('Attack', time, 1, 20_000),
        value('Decay', time, 1, 20_000),
        value('Sustain', sustain, 0, 100),
        value('Release', time, 1, 20_000),
      ]);
      for (const [x = -1, y = -1] of points(graph?.line ?? '')) {
        expect(x).toBeGreaterThanOrEqual(0);
        expect(x).toBeLessThanOrEqual(GRAPH.width);
        expect(y).toBeGreaterThanOrEqual(0);
        expect(y).toBeLessThanOrEqual(GRAPH.height);
      }
    }
  }
});

test('other parameters have no drawing', () => {
  expect(graphOf([value('Attack', 1, 0, 2), value('Gain', 0, -60, 24)])).toBeUndefined();
});

test('knob positions and values invert each other, evenly or by ratio', () => {
  for (const range of [
    { minimum: -60, maximum: 24 },
    { minimum: 20, maximum: 20_000 },
    { minimum: 0, maximum: 1 },
  ]) {
    const { position, value: at } = taper(range);
    for (let p = 0; p <= 1; p += 0.1) expect(position(at(p))).toBeCloseTo(p);
    expect([at(0), at(1)].map((v) => Number(v.toFixed(6)))).toEqual([range.minimum, range.maximum]);
  }
  expect(taper({ minimum: 20, maximum: 20_000 }).value(1 / 3)).toBeCloseTo(200);
});
