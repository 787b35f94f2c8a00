// Which parameters belong to which zone or pad, and where keys lead.
import { expect, test } from 'vitest';
import type { Device } from '../contract/messages';
import { keyNames, slotAfter, slotOf } from './slots';

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

test('the keys of a drum machine are named by what its pads play, those of a synth are not', () => {
  const device = (value: string, media: Device['media']): Device => ({
    id: 7,
    track: 1,
    order: 1,
    name: value,
    vendor: '',
    bypass: false,
    kind: { case: 'builtin', value },
    parameters: [],
    state: '',
    media,
    isolation: 0,
    standby: false,
    disabled: false,
  });
  const names = (its: Device) =>
    keyNames(
      [its],
      () => [],
      (media) => (media === 40 ? 'Clap.wav' : undefined),
    );
  expect([...names(device('drums', [{ slot: 3, media: 40 }]))].slice(2, 5)).toEqual([
    [38, 'Pad 3'],
    [39, 'Clap.wav'],
    [40, 'Pad 5'],
  ]);
  expect(names(device('tide', [])).size).toBe(0);
});
