// The page's EQ curve against the cases that the engine is tested with.
import { expect, test } from 'vitest';
import conformance from '../../../../chorus/conformance/eq.json';
import { bandDecibels, type Band } from './eq';
import { GRAPH, graphOf } from './graphs';

/** The bands as docs/devices/eq.md lists them: first id, group, frequency, Q, and whether they begin switched on. */
const BANDS = [
  [10, 'High-pass', 80, 0.71, 0],
  [20, 'Low shelf', 120, 0.71, 1],
  [30, 'Bell 1', 250, 1, 1],
  [40, 'Bell 2', 700, 1, 1],
  [50, 'Bell 3', 2000, 1, 1],
  [60, 'Bell 4', 5000, 1, 1],
  [70, 'High shelf', 8000, 0.71, 1],
  [80, 'Low-pass', 16_000, 0.71, 0],
] as const;

test.each(conformance.cases)('the curve of $values', ({ values, points }) => {
  const set = new Map(Object.entries(values).map(([id, value]) => [Number(id), value]));
  const bands = BANDS.map(([id, module, frequency, q, on]): Band => {
    const third = module.endsWith('-pass') ? { slope: set.get(id + 2) ?? 1 } : { gain: set.get(id + 2) ?? 0 };
    return {
      module,
      on: set.get(id) ?? on,
      frequency: set.get(id + 1) ?? frequency,
      q: set.get(id + 3) ?? q,
      ...third,
    };
  });
  for (const [hertz = 0, decibels = 0] of points) {
    const sum = bands.reduce((total, band) => total + bandDecibels(band, hertz), set.get(90) ?? 0);
    expect(sum).toBeCloseTo(decibels, 3);
  }
});

test('a band is drawn over its frequencies, its point where it is', () => {
  const value = (name: string, v: number) => ({ name, value: v, minimum: 0, maximum: 1, module: 'Bell 1' });
  const graph = graphOf([value('On', 1), value('Frequency', 632.5), value('Gain', 24), value('Q', 1)]);
  expect(graph?.dots).toEqual([{ x: GRAPH.width / 2, y: 0 }]);
  expect(graph?.title).toBe('Frequency response');
});
