// The table of actions: no key means two things at one place, and no name is used twice.
import { expect, test } from 'vitest';
import { actionOf, ACTIONS } from './keys';

test('a key means one thing at one place', () => {
  const keys = ACTIONS.flatMap((action) => action.keys.map((key) => `${action.where ?? ''} ${key}`));
  expect(keys.filter((key, i) => keys.indexOf(key) !== i)).toEqual([]);
});

test('a name means one action', () => {
  const names = ACTIONS.map(({ name }) => name);
  expect(names.filter((name, i) => names.indexOf(name) !== i)).toEqual([]);
});

test('what a grid does not take goes to the page', () => {
  expect(actionOf('ArrowUp', 'notes')?.name).toBe('Semitone up');
  expect(actionOf('ArrowUp', undefined)).toBeUndefined();
  expect(actionOf('Space', 'notes')?.name).toBe('Play or stop');
});
