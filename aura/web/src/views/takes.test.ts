// Which clips are takes of which.
import { expect, test } from 'vitest';
import type { Clip } from '../contract/messages';
import { takesOf } from './takes';

const clip = (id: number, lane: number, start: number, length: number): Clip => ({
  id,
  track: 1,
  start,
  length,
  name: '',
  mute: false,
  lane,
  fadeIn: 0,
  fadeOut: 0,
  fadeInCurve: 0,
  fadeOutCurve: 0,
  loopLength: 0,
  loopPhase: 0,
  content: { case: 'notes', value: { offset: 0 } },
});

test('takes are the clips that overlap, in the order of recording', () => {
  const heard = clip(12, 0, 100, 50);
  const clips = [heard, clip(10, 2, 100, 50), clip(11, 1, 140, 50), clip(13, 1, 150, 50), clip(14, 0, 120, 10)];
  expect(takesOf(clips, heard).map(({ id }) => id)).toEqual([10, 11, 12, 14]);
});

test('a take that is not heard stands among the others', () => {
  const silent = clip(13, 1, 100, 50);
  expect(takesOf([clip(12, 0, 100, 50), silent], silent).map(({ id }) => id)).toEqual([12, 13]);
});

test('a clip without takes has none', () => {
  const heard = clip(12, 0, 100, 50);
  expect(takesOf([heard, clip(13, 1, 150, 50)], heard)).toEqual([]);
});
