// Values over values: what is shown while an edit is under way, and after.
import { expect, test } from 'vitest';
import { Pending } from './pending';

const clip = { id: 5, start: 100, track: 1, name: 'Bass' };

test('held values show until they are released', () => {
  const pending = new Pending();
  const hold = pending.hold(5, { start: 200 });
  expect(pending.over(clip)).toEqual({ ...clip, start: 200 });
  pending.release(hold);
  expect(pending.over(clip)).toBe(clip);
});

test('of two edits of one field the later shows, and the end of the earlier does not disturb it', () => {
  const pending = new Pending();
  const first = pending.hold(5, { start: 200, track: 2 });
  const second = pending.hold(5, { start: 300 });
  pending.release(first);
  expect(pending.over(clip)).toEqual({ ...clip, start: 300 });
  pending.release(second);
  expect(pending.over(clip)).toBe(clip);
});

test('other entities are not touched', () => {
  const pending = new Pending();
  pending.hold(6, { start: 200 });
  expect(pending.over(clip)).toBe(clip);
  expect([...pending.ids]).toEqual([6]);
});
