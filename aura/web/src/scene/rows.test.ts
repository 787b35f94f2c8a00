// Rows of the arrange view with groups, folded and open, and where dragged tracks go.
import { expect, test } from 'vitest';
import { fixtureSong } from '../../fixture/song';
import { TrackKind, type Track } from '../contract/messages';
import { Replica } from '../store/replica';
import { dropAt, isWithin, rowsOf } from './rows';

const replica = new Replica();
replica.load({ first: true, last: true, entities: fixtureSong().entities, sequence: 1 });
const plain = [...replica.tracks.values()].sort((a, b) => a.order - b.order);
const [drums, bass, keys, pad, ...rest] = plain as [Track, Track, Track, Track, ...Track[]];
const group: Track = { ...drums, id: 1, kind: TrackKind.GROUP, name: 'Band' };
const inner: Track = { ...drums, id: 2, kind: TrackKind.GROUP, name: 'Low', group: 1 };
const tracks = [drums, group, inner, { ...bass, group: 2 }, { ...keys, group: 1 }, pad, ...rest];
const wishes = { height: 600, heights: new Map<number, number>(), folded: new Set<number>() };
const rows = rowsOf(tracks, wishes);
const middle = (id: number, part: number) => {
  const row = rows.find((candidate) => candidate.track.id === id);
  return (row?.top ?? 0) + (row?.height ?? 0) * part;
};

test('rows lie below one another, members stand in', () => {
  let top = 0;
  for (const row of rows) {
    expect(row.top).toBe(top);
    top += row.height;
  }
  expect(rows.slice(0, 6).map(({ depth }) => depth)).toEqual([0, 0, 1, 2, 1, 0]);
});

test('a folded group hides all that lies in it', () => {
  const ids = (folded: number[]) => rowsOf(tracks, { ...wishes, folded: new Set(folded) }).map(({ track }) => track.id);
  expect(ids([1])).toEqual(tracks.filter(({ id }) => ![2, bass.id, keys.id].includes(id)).map(({ id }) => id));
  expect(ids([2])).toEqual(tracks.filter(({ id }) => id !== bass.id).map(({ id }) => id));
});

test('a height that was chosen stays', () => {
  const own = rowsOf(tracks, { ...wishes, heights: new Map([[pad.id, 123]]) });
  expect(own.find(({ track }) => track.id === pad.id)?.height).toBe(123);
});

test('a track goes between rows, into the group of its neighbours, or on a group into it', () => {
  expect(dropAt(rows, tracks, pad.id, middle(keys.id, 0.2))).toMatchObject({ before: keys.id, group: 1 });
  expect(dropAt(rows, tracks, pad.id, middle(keys.id, 0.9))).toMatchObject({ before: 0, group: 1 });
  expect(dropAt(rows, tracks, pad.id, middle(2, 0.5))).toMatchObject({ before: 0, group: 2, into: 2 });
  expect(dropAt(rows, tracks, drums.id, middle(pad.id, 0.2))).toMatchObject({ before: pad.id, group: 0 });
});

test('a group never goes into itself, and nothing below the master', () => {
  for (const id of [1, 2, bass.id, keys.id]) expect(dropAt(rows, tracks, 1, middle(id, 0.5))).toBeUndefined();
  expect(isWithin(tracks, bass.id, 1)).toBe(true);
  const master = tracks.find(({ kind }) => kind === TrackKind.MASTER) as Track;
  expect(dropAt(rows, tracks, pad.id, middle(master.id, 0.9))).toMatchObject({ before: 0, group: 0 });
});
