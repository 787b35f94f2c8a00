// Which parameters belong to which zone or pad, and where keys lead.
import { expect, test } from 'vitest';
import { slotAfter, slotOf } from './slots';

test('modules of zones and pads are slots, others are not', () => {
  expect([slotOf({ module: 'Zone 1' }), slotOf({ module: 'Pad 16' }), slotOf({ module: 'Filter' })]).toEqual([
    0,
    15,
    undefined,
  ]);
});

test('keys move among slots and stop at the ends', () => {
  expect(slotAfter('ArrowRight', 15, 16)).toBe(15);
  expect(slotAfter('ArrowUp', 2, 4, 4)).toBe(6);
  expect(slotAfter('ArrowDown', 2, 4, 4)).toBe(0);
  expect([slotAfter('Home', 7, 4), slotAfter('End', 7, 4), slotAfter('x', 7, 4)]).toEqual([0, 15, undefined]);
});
