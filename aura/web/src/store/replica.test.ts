// The replica against parts and transactions as Pulse sends them.
import { beforeEach, expect, test } from 'vitest';
import { BAR, fixtureSong } from '../../fixture/song';
import type { Clip, Entity, Transaction } from '../contract/messages';
import { Replica } from './replica';
import { superclocksPerQuarter } from './tempo-map';

let replica: Replica;

beforeEach(() => {
  replica = new Replica();
  const { entities } = fixtureSong();
  replica.load({ first: true, last: false, entities: entities.slice(0, 40), sequence: 0 });
  replica.load({ first: false, last: true, entities: entities.slice(40), sequence: 12 });
});

const transaction = (sequence: number, ...updates: { before?: Entity; after?: Entity }[]): Transaction => ({
  sequence,
  client: 'test',
  label: 'Test',
  timeMs: 0,
  inverts: 0,
  updates: updates as Transaction['updates'],
});
const entity = (value: Clip): Entity => ({ kind: { case: 'clip', value } });
const someClip = () => [...replica.clipsOf(101)][0] as Clip;
const starts = (track: number) => [...replica.clipsOf(track)].map((clip) => clip.start / BAR);

test('parts together are the song', () => {
  expect(replica.sequence).toBe(12);
  expect(replica.song.name).toBe('Low Tide');
  expect(replica.tracks.size).toBe(9);
  expect(starts(101)).toEqual([4, 8, 12, 20]);
  expect(replica.end).toBe(32 * BAR);
});

test('a clip that changes track leaves the old one, and both are drawn again', () => {
  const before = someClip();
  const touched = replica.apply(transaction(13, { before: entity(before), after: entity({ ...before, track: 102 }) }));
  expect(starts(101)).toEqual([8, 12, 20]);
  expect([...touched.tracks].sort()).toEqual([101, 102]);
});

test('a transaction that is known already changes nothing', () => {
  const before = someClip();
  replica.apply(transaction(12, { before: entity(before) }));
  expect(replica.clips.has(before.id)).toBe(true);
});

test('swapping before and after undoes a transaction', () => {
  const before = someClip();
  const after = { ...before, start: before.start + BAR, name: 'moved' };
  replica.apply(transaction(13, { before: entity(before), after: entity(after) }));
  replica.apply(transaction(14, { before: entity(after), after: entity(before) }));
  expect(replica.clips.get(before.id)).toEqual(before);
  expect(replica.sequence).toBe(14);
});

test('notes are found by their clip, and go one by one', () => {
  const clip = someClip();
  const [note] = replica.notesOf(clip.id);
  const count = replica.noteCount(clip.id);
  expect(count).toBe(24);
  if (!note) throw new Error('no note');
  const touched = replica.apply(transaction(13, { before: { kind: { case: 'note', value: note } } }));
  expect(replica.noteCount(clip.id)).toBe(count - 1);
  expect([...touched.tracks]).toEqual([101]);
});

test('a new tempo makes a new map and touches time', () => {
  const value = { id: 77, position: BAR, superclocksPerQuarter: superclocksPerQuarter(60) };
  const touched = replica.apply(transaction(13, { after: { kind: { case: 'tempoPoint', value } } }));
  expect(touched.time).toBe(true);
  expect(replica.tempo.bpm(BAR)).toBeCloseTo(60);
  expect(replica.tempo.seconds(2 * BAR)).toBeCloseTo(6);
});
