// What a plugin was granted, in few words, and how one grant more or less is wished for.
import { expect, test } from 'vitest';
import { isNothing, NOTHING, summary, wayAndName, withoutPlace, withPlace } from './grant-words';

const two = withPlace(withPlace(NOTHING, '/music/Samples', false), '/music/Kits', false);

test('a title says how many places are read and written, and what else is reached', () => {
  expect(summary(NOTHING)).toBe('nothing');
  expect(summary({ ...two, network: true })).toBe('reads 2 places, network');
  expect(summary({ ...withPlace(two, '/music/Kits', true), display: true })).toBe(
    'reads 1 place, writes 1 place, display',
  );
});

test('nothing is nothing, and anything is something', () => {
  expect(isNothing(NOTHING)).toBe(true);
  expect([two, { ...NOTHING, network: true }, { ...NOTHING, display: true }].some(isNothing)).toBe(false);
});

test('a place is granted once, in one way, and stays where it stands in the list', () => {
  const places = withPlace(two, '/music/Samples', true).places;
  expect(places.map(({ path, writable }) => [path, writable])).toEqual([
    ['/music/Samples', true],
    ['/music/Kits', false],
  ]);
});

test('a place is taken back, and no other', () => {
  expect(withoutPlace({ ...two, network: true }, '/music/Samples')).toEqual({
    ...NOTHING,
    network: true,
    places: [{ path: '/music/Kits', leadsTo: '', writable: false }],
  });
  expect(withoutPlace(two, '/music')).toEqual(two);
});

test('a path is the way to it and its name', () => {
  expect(wayAndName('/music/Samples')).toEqual(['/music/', 'Samples']);
  expect(wayAndName('/music')).toEqual(['/', 'music']);
});
