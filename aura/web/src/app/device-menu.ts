// The menu of a device, where it is seen: in a strip and on its card.
import type { Device } from '../contract/messages';
import {
  BYPASS,
  DISABLE,
  DISMISS,
  EARLIER,
  LATER,
  REACH,
  REPLACE,
  RESTART,
  SHOW,
  TAKE_OUT,
  type DeviceAction,
} from '../views/device-actions';
import { aloneFor, deviceWord, forgive, OF_DEVICE, setDevice } from '../views/isolation';
import type { Studio } from '../views/studio.svelte';
import { check, grouped, own, type Item, type Menu } from './menu-items';

export function deviceMenu(studio: Studio, id: number): Menu | undefined {
  const held = studio.song.replica.devices.get(id);
  if (!held) return undefined;
  const device = studio.song.shown(held);
  const chain = studio.song.devicesOf(device.track);
  const isPlugin = device.kind.case === 'clap';
  const item = ({ name, keys, run }: DeviceAction, disabled = false) =>
    own(name, () => run(studio, device), { disabled, keys: keys[0] ?? '' });
  const bypass = check(BYPASS.name, device.bypass, () => BYPASS.run(studio, device), BYPASS.keys[0]);
  const disable = check(DISABLE.name, device.disabled, () => DISABLE.run(studio, device));
  const told = studio.machine.devices.get(id)?.incident;
  const items = grouped(
    [
      item(SHOW),
      bypass,
      ...(isPlugin ? [disable, item(RESTART, device.disabled)] : []),
      ...(told ? [item(DISMISS)] : []),
    ],
    isPlugin ? [isolation(studio, device), item(REACH)] : [],
    [item(EARLIER, chain[0]?.id === id), item(LATER, chain.at(-1)?.id === id)],
    [item(REPLACE), item(TAKE_OUT)],
  );
  return { label: `Device ${device.name}`, items };
}

function isolation(studio: Studio, device: Device): Item {
  const song = studio.song.song.isolation;
  const forgives = own('Forgive: it runs alone because it crashed', () => void forgive(studio, device));
  const choices = OF_DEVICE.map((choice) =>
    check(deviceWord(choice, song), device.isolation === choice, () =>
      setDevice(studio, device.id, { isolation: choice }),
    ),
  );
  const standby = check('Keep a standby', device.standby, () =>
    setDevice(studio, device.id, { standby: !device.standby }),
  );
  const items = grouped(aloneFor(studio, device) === 'crash' ? [forgives] : [], choices, [standby]);
  return { kind: 'more', text: 'Isolation', items };
}
