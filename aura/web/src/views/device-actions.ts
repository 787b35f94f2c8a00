// What can be done to a device where it is seen, with its keys: in a strip, on its card, in its menu.
import type { Device } from '../contract/messages';
import { keyOf } from '../app/key-names';
import { dismissIncident, restartDevice, stepDevice } from './chain-edits';
import { remove, toggleBypass } from './edits';
import { setDevice } from './isolation';
import type { Studio } from './studio.svelte';

export interface DeviceAction {
  name: string;
  /** As `keyOf` writes them; the first is shown. */
  keys: readonly string[];
  run(studio: Studio, device: Device): void;
}

export const BYPASS: DeviceAction = { name: 'Bypass', keys: ['B'], run: toggleBypass };
export const EARLIER: DeviceAction = {
  name: 'Move earlier in the chain',
  keys: ['Alt+ArrowUp', 'Alt+ArrowLeft'],
  run: (studio, device) => stepDevice(studio, device, -1),
};
export const LATER: DeviceAction = {
  name: 'Move later in the chain',
  keys: ['Alt+ArrowDown', 'Alt+ArrowRight'],
  run: (studio, device) => stepDevice(studio, device, 1),
};
export const RESTART: DeviceAction = {
  name: 'Reload',
  keys: [],
  run: (studio, device) => void restartDevice(studio, device.id),
};
export const DISABLE: DeviceAction = {
  name: 'Disabled',
  keys: [],
  run: (studio, device) => setDevice(studio, device.id, { disabled: !device.disabled }),
};
export const DISMISS: DeviceAction = {
  name: 'Dismiss what is told of it',
  keys: [],
  run: (studio, device) => void dismissIncident(studio, device.id),
};
export const REPLACE: DeviceAction = {
  name: 'Replace…',
  keys: [],
  run: (studio, device) => (studio.replacing = device.id),
};
export const REACH: DeviceAction = {
  name: 'What it may reach…',
  keys: [],
  run: (studio, device) => (studio.granting = device.id),
};
export const TAKE_OUT: DeviceAction = {
  name: 'Take out',
  keys: ['Delete', 'Backspace'],
  run: (studio, device) => void remove(studio, [device.id]),
};
export const SHOW: DeviceAction = {
  name: 'Show its panel',
  keys: [],
  run: (studio, device) => {
    studio.selection.selectTrack(device.track);
    studio.bottom.tab = 'devices';
  },
};

const KEYED = [BYPASS, EARLIER, LATER, TAKE_OUT];

/** Carries out the action of a key pressed on a device, if it has one. */
export function deviceKey(studio: Studio, device: Device, event: KeyboardEvent): void {
  const key = keyOf(event);
  const action = KEYED.find(({ keys }) => keys.includes(key));
  if (!action) return;
  action.run(studio, device);
  event.preventDefault();
  event.stopPropagation();
}
