// Which plugins share a process: the words for it, what holds for a plugin and why, and changing it.
import { Isolation, type Device } from '../contract/messages';
import type { Studio } from './studio.svelte';

/** What a plugin can say for itself, in the order they are offered. */
export const OF_DEVICE: readonly Isolation[] = [
  Isolation.UNSPECIFIED,
  Isolation.CHAIN,
  Isolation.PLUGIN,
  Isolation.VENDOR,
  Isolation.SHARED,
];
/** What a song says for the plugins that say nothing. */
export const OF_SONG: readonly Isolation[] = OF_DEVICE.slice(1);

const DEVICE_WORDS: Record<Isolation, string> = {
  [Isolation.UNSPECIFIED]: 'As the song says',
  [Isolation.CHAIN]: 'With its chain',
  [Isolation.PLUGIN]: 'Alone',
  [Isolation.VENDOR]: 'With its vendor’s',
  [Isolation.SHARED]: 'With all that are shared',
};
const SONG_WORDS: Record<Isolation, string> = {
  [Isolation.UNSPECIFIED]: 'with their chains',
  [Isolation.CHAIN]: 'with their chains',
  [Isolation.PLUGIN]: 'each alone',
  [Isolation.VENDOR]: 'with their vendors’',
  [Isolation.SHARED]: 'all in one process',
};

export function deviceWord(isolation: Isolation, song: Isolation): string {
  const word = DEVICE_WORDS[isolation];
  return isolation === Isolation.UNSPECIFIED ? `${word}: ${SONG_WORDS[song]}` : word;
}

export function songWord(isolation: Isolation): string {
  return SONG_WORDS[isolation];
}

/** What the song asks for a plugin. */
export function asked(device: Pick<Device, 'isolation' | 'vendor'>, song: Isolation): Isolation {
  const said = device.isolation || song || Isolation.CHAIN;
  // A vendor that is not known has no others.
  return said === Isolation.VENDOR && !device.vendor ? Isolation.PLUGIN : said;
}

/**
 * Whether a plugin has a process of its own though the song does not ask for it and nothing that it was granted explains it:
 * it crashed on this machine.
 */
export function runsAloneForACrash(
  device: Device,
  song: Isolation,
  process: string | undefined,
  granted: boolean,
): boolean {
  return !granted && process === `device:${device.id}` && asked(device, song) !== Isolation.PLUGIN;
}

/** Why a plugin runs alone whatever the song says; empty: it does not. */
export function aloneFor(studio: Studio, device: Device): '' | 'grants' | 'crash' {
  const pluginId = pluginIdOf(device);
  if (studio.grants.has(pluginId)) return 'grants';
  const process = studio.machine.sandboxOf(device.id);
  const granted = studio.grants.explains(pluginId, process?.pid ?? 0);
  return runsAloneForACrash(device, studio.song.song.isolation, process?.sandbox?.process, granted) ? 'crash' : '';
}

/** As its bundle names it; empty for what is built in. */
export function pluginIdOf({ kind }: Pick<Device, 'kind'>): string {
  return kind.case === 'clap' ? kind.value.pluginId : '';
}

export function setDevice(
  studio: Studio,
  id: number,
  patch: { isolation?: Isolation; standby?: boolean; disabled?: boolean },
): void {
  const hold = studio.song.hold(id, patch);
  void studio.execute([{ kind: { case: 'setDevice', value: { id, ...patch } } }], '', [hold]);
}

/** Lets a plugin that crashed run as the song says again, in every song of this machine. */
export async function forgive(studio: Studio, device: Device): Promise<void> {
  const pluginId = pluginIdOf(device);
  if (!pluginId) return;
  const done = await studio.ask({ case: 'forgivePlugin', value: { pluginId } });
  if (done) studio.notices.say(`${device.name} runs as its songs say again.`);
}
