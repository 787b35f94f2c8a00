// What is wrong with a device, in few words: for the places where there is room for no more.
import { DeviceState, type Device } from '../contract/messages';
import { whatHappened } from '../store/incident-words';
import type { Studio } from './studio.svelte';

const STATES: Partial<Record<DeviceState, string>> = {
  [DeviceState.RESTARTING]: 'is being started again',
  [DeviceState.FAILED]: 'was taken out',
  [DeviceState.MISSING]: 'is missing',
};

/** What stands after its name, such as "crashed at bar 17"; empty: nothing is wrong. */
export function troubleOf(studio: Studio, device: Pick<Device, 'id' | 'disabled'>): string {
  const status = studio.machine.devices.get(device.id);
  if (!status || device.disabled) return '';
  const { incident } = status;
  return incident ? `${whatHappened(incident)} at bar ${barOf(studio, incident)}` : (STATES[status.state] ?? '');
}

/** The bar of the song that was played then. */
export function barOf(studio: Studio, { position, sampleRate }: { position: number; sampleRate: number }): number {
  if (!sampleRate) return 1;
  return studio.song.signatures.barBeat(studio.song.tempo.ticksAtSample(position, sampleRate)).bar;
}
