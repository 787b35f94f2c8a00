// The ruler's items and ranges: what is under the pointer, and where a drag leaves them.
import { expect, test } from 'vitest';
import { BAR, fixtureSong } from '../../fixture/song';
import { Replica } from '../store/replica';
import { BANDS, bandAt, draggedRange, itemAt, labelX, rangePart, RULER_PX, rulerItems } from './ruler-items';
import { xOf, type View } from './view';

const replica = new Replica();
replica.load({ first: true, last: true, entities: fixtureSong().entities, sequence: 1 });
const { markers, tempoPoints, signaturePoints } = replica;
const items = rulerItems(markers.values(), tempoPoints.values(), signaturePoints.values());
const view: View = { scroll: 0, scrollY: 0, ticksPerPx: BAR / 50, width: 1600, height: 300 };

test('everything that stands in the ruler is there, in order, in words', () => {
  expect(items.map(({ kind, text }) => `${kind} ${text}`)).toEqual([
    'marker Intro',
    'signature 4/4',
    'tempo 120',
    'marker Verse',
    'marker Chorus',
    'marker Verse',
    'tempo 112',
    'marker Outro',
  ]);
});

test('each is found at its label, in its own band alone', () => {
  for (const item of items) {
    const own = item.kind === 'marker' ? BANDS.markers : BANDS.time;
    const x = labelX(view, item, items) + 5;
    expect(itemAt(view, items, x, own.top + 3)?.id).toBe(item.id);
    for (const band of [BANDS.loop, BANDS.punch, BANDS.bars])
      expect(itemAt(view, items, x, band.top + 1)).toBeUndefined();
  }
});

test('the bands lie on one another without gaps', () => {
  for (let y = 0; y < RULER_PX; y++) {
    const band = BANDS[bandAt(y)];
    expect(y >= band.top && y < band.bottom).toBe(true);
  }
});

test('a range is taken by its edges and its middle, and never turned inside out', () => {
  const range = { start: 4 * BAR, end: 8 * BAR };
  expect(rangePart(view, range, xOf(view, range.start) + 2)).toBe('start');
  expect(rangePart(view, range, xOf(view, range.end) - 2)).toBe('end');
  expect(rangePart(view, range, xOf(view, 6 * BAR))).toBe('body');
  expect(rangePart(view, range, xOf(view, 9 * BAR))).toBeUndefined();
  for (const part of ['start', 'end', 'body', undefined] as const)
    for (const to of [0, BAR, 6 * BAR, 20 * BAR]) {
      const moved = draggedRange(range, part, 5 * BAR, to);
      expect(moved.start).toBeGreaterThanOrEqual(0);
      expect(moved.end).toBeGreaterThanOrEqual(moved.start);
      if (part === 'body') expect(moved.end - moved.start).toBe(4 * BAR);
    }
});
