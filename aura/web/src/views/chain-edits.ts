// Edits of a track's chain and sends, as commands.
import { TrackKind, type Device, type Send, type Track } from '../contract/messages';
import type { DeviceChoice } from './edits';
import type { Studio } from './studio.svelte';

/** Moves a device ahead of another one, or to the end of a track's chain. */
export function moveDevice(studio: Studio, id: number, track: number, before = 0): void {
  if (id !== before) void studio.execute([{ kind: { case: 'moveDevice', value: { id, track, before } } }]);
}

/** Moves a device by one within its chain. */
export function stepDevice(studio: Studio, device: Device, direction: 1 | -1): void {
  const chain = studio.song.devicesOf(device.track);
  const at = chain.findIndex(({ id }) => id === device.id);
  const next = direction === -1 ? chain[at - 1] : chain[at + 2];
  if (direction === -1 ? !next : at === chain.length - 1) return;
  moveDevice(studio, device.id, device.track, next?.id ?? 0);
}

/** Starts a device again that failed, or was installed meanwhile. */
export async function restartDevice(studio: Studio, device: number): Promise<void> {
  await studio.ask({ case: 'restartDevice', value: { device } });
}

/** Puts another device in the place of one. */
export async function replaceDevice(studio: Studio, id: number, { name, vendor, kind }: DeviceChoice): Promise<void> {
  await studio.execute([{ kind: { case: 'replaceDevice', value: { id, name, vendor, kind } } }]);
}

/** Takes down what is told of a device's last incident. */
export async function dismissIncident(studio: Studio, device: number): Promise<void> {
  await studio.ask({ case: 'dismissIncident', value: { device } });
}

/** Where a track may send to: buses it does not send to yet. */
export function sendTargets(studio: Studio, track: Track): Track[] {
  const known = new Set(studio.song.sendsOf(track.id).map((send) => send.target));
  return studio.song.tracks.filter(
    ({ id, kind }) => kind === TrackKind.BUS && id !== track.id && !known.has(id) && track.kind !== TrackKind.MASTER,
  );
}

/** What a track may play into: buses, groups and the master. */
export function outputs(studio: Studio, track: Track): Track[] {
  const sums: TrackKind[] = [TrackKind.BUS, TrackKind.GROUP, TrackKind.MASTER];
  return studio.song.tracks.filter(({ id, kind }) => sums.includes(kind) && id !== track.id);
}

export async function addSend(studio: Studio, track: number, target: number): Promise<void> {
  await studio.execute([{ kind: { case: 'addSend', value: { track, target, levelDb: -12 } } }]);
}

export function togglePre(studio: Studio, send: Send): void {
  const preFader = !send.preFader;
  const hold = studio.song.hold(send.id, { preFader });
  void studio.execute([{ kind: { case: 'setSend', value: { id: send.id, preFader } } }], '', [hold]);
}

export function setOutput(studio: Studio, track: Track, output: number): void {
  const hold = studio.song.hold(track.id, { output });
  void studio.execute([{ kind: { case: 'setTrack', value: { id: track.id, output } } }], '', [hold]);
}

export function togglePhase(studio: Studio, track: Track): void {
  const phaseInvert = !track.phaseInvert;
  const hold = studio.song.hold(track.id, { phaseInvert });
  void studio.execute([{ kind: { case: 'setTrack', value: { id: track.id, phaseInvert } } }], '', [hold]);
}

export function toggleSafe(studio: Studio, track: Track): void {
  const soloSafe = !track.soloSafe;
  const hold = studio.song.hold(track.id, { soloSafe });
  void studio.execute([{ kind: { case: 'setTrack', value: { id: track.id, soloSafe } } }], '', [hold]);
}
