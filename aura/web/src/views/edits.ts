// The edits the page offers, as commands. Each is one transaction; what can be shown at once is held until it is settled.
import { TrackKind, type Clip, type Command, type Track } from '../contract/messages';
import type { Move } from '../scene/drag';
import { stepFrom } from '../scene/grid';
import { TICKS_PER_QUARTER } from '../store/tempo-map';
import { freshId } from './ids';
import type { Studio } from './studio.svelte';

const KIND_NAMES: Partial<Record<TrackKind, string>> = {
  [TrackKind.AUDIO]: 'Audio',
  [TrackKind.INSTRUMENT]: 'Instrument',
  [TrackKind.BUS]: 'Bus',
  [TrackKind.GROUP]: 'Group',
};

/** A device that can be added from the page. */
export interface DeviceChoice {
  name: string;
  what: string;
  vendor: string;
  instrument: boolean;
  kind: { case: 'builtin'; value: string } | { case: 'clap'; value: { pluginId: string; bundle: string } };
}

const builtin = (name: string, value: string, what: string, instrument = false): DeviceChoice => ({
  name,
  what,
  vendor: '',
  instrument,
  kind: { case: 'builtin', value },
});

const TIDE = builtin('Tide', 'tide', 'synth · built-in', true);
const DRUMS = builtin('Drums', 'drums', 'drum machine · built-in', true);

/** The built-ins. */
export const DEVICES: readonly DeviceChoice[] = [
  TIDE,
  builtin('Sampler', 'sampler', 'sounds across the keys · built-in', true),
  DRUMS,
  builtin('Trim', 'trim', 'gain · built-in'),
  builtin('EQ', 'eq', 'equaliser · built-in'),
  builtin('Compressor', 'compressor', 'dynamics · built-in'),
  builtin('Delay', 'delay', 'echo · built-in'),
  builtin('Reverb', 'reverb', 'room · built-in'),
  builtin('Limiter', 'limiter', 'true-peak limiter · built-in'),
];

/** How far a clip is nudged where nothing is snapped to: a 64th note. */
const FREE_STEP = TICKS_PER_QUARTER / 16;

/** What of a track the page sets at once. */
export type TrackPatch = { name?: string; mute?: boolean; solo?: boolean; color?: number };

export function setTrack(studio: Studio, id: number, patch: TrackPatch): Promise<number[]> {
  const hold = studio.song.hold(id, patch);
  return studio.execute([{ kind: { case: 'setTrack', value: { id, ...patch } } }], '', [hold]);
}

export function toggleMute(studio: Studio, track: Track): void {
  void setTrack(studio, track.id, { mute: !track.mute });
}

export function toggleSolo(studio: Studio, track: Track): void {
  void setTrack(studio, track.id, { solo: !track.solo });
}

/** Adds a track below the selected one and selects it, its name ready to be typed. An instrument track begins with a synth. */
export function addTrack(studio: Studio, kind: TrackKind): Promise<void> {
  const like = studio.song.tracks.filter((track) => track.kind === kind).length;
  const name = `${KIND_NAMES[kind] ?? 'Track'} ${like + 1}`;
  return addNamedTrack(studio, kind, name, kind === TrackKind.INSTRUMENT ? [TIDE] : []);
}

/** Adds an instrument track with a drum machine. */
export function addDrumTrack(studio: Studio): Promise<void> {
  return addNamedTrack(studio, TrackKind.INSTRUMENT, 'Drums', [DRUMS]);
}

async function addNamedTrack(
  studio: Studio,
  kind: TrackKind,
  name: string,
  devices: readonly DeviceChoice[],
): Promise<void> {
  const { tracks } = studio.song;
  const selected = studio.selectedTrack;
  const group = selected?.kind === TrackKind.GROUP ? selected.id : (selected?.group ?? 0);
  const next = tracks[tracks.findIndex((track) => track.id === selected?.id) + 1];
  const before = next?.group === group && next.kind !== TrackKind.MASTER ? next.id : 0;
  const id = freshId(studio);
  const commands: Command[] = [{ kind: { case: 'addTrack', value: { id, kind, name, before, group } } }];
  commands.push(...devices.map((device) => deviceCommand(id, device)));
  const created = await studio.execute(commands, `Add ${name}`);
  if (!created.length) return;
  studio.timeline.showTrack(id);
  studio.renaming = id;
}

/** Adds a device ahead of another one, or at the end of the chain. */
export async function addDevice(studio: Studio, track: number, choice: DeviceChoice, before = 0): Promise<void> {
  await studio.execute([deviceCommand(track, choice, before)]);
}

function deviceCommand(track: number, { name, vendor, kind }: DeviceChoice, before = 0): Command {
  return { kind: { case: 'addDevice', value: { track, before, name, vendor, kind } } };
}

export async function removeTrack(studio: Studio, track: Track): Promise<void> {
  if (track.kind === TrackKind.MASTER) return studio.notices.say('The master stays.', 'trouble');
  const rows = studio.song.tracks;
  const next = rows[rows.findIndex((row) => row.id === track.id) + 1];
  await remove(studio, [track.id]);
  if (next) studio.selection.selectTrack(next.id);
}

export async function remove(studio: Studio, ids: number[]): Promise<void> {
  if (ids.length) await studio.execute([{ kind: { case: 'remove', value: { ids } } }]);
}

/** Moves clips where a drag left them. */
export function moveClips(studio: Studio, moves: readonly Move[]): void {
  const changed = moves.filter(({ id, start, track }) => {
    const clip = studio.song.replica.clips.get(id);
    return clip && (clip.start !== start || clip.track !== track);
  });
  if (!changed.length) return;
  const holds = changed.map(({ id, start, track }) => studio.song.hold(id, { start, track }));
  const commands: Command[] = changed.map((value) => ({ kind: { case: 'moveClip', value } }));
  void studio.execute(commands, '', holds);
}

/** Moves the selected clips one step of the grid, or one fitting track up or down. */
export function nudgeClips(studio: Studio, steps: -1 | 0 | 1, rows: -1 | 0 | 1): void {
  const clips = [...studio.selection.clips].map((id) => studio.song.clip(id)).filter((clip) => clip !== undefined);
  const [first] = [...clips].sort((a, b) => a.start - b.start);
  if (!first) return;
  const { signatures, tracks } = studio.song;
  const step = studio.timeline.stepAt(first.start);
  const next = step ? stepFrom(first.start, steps || 1, step, signatures) : first.start + steps * FREE_STEP;
  const by = steps === 0 ? 0 : next - first.start;
  const landing = (clip: Clip) => {
    const at = tracks.findIndex((track) => track.id === clip.track);
    const target = tracks[at + rows];
    return target?.kind === tracks[at]?.kind ? (target?.id ?? clip.track) : clip.track;
  };
  moveClips(
    studio,
    clips.map((clip) => ({ id: clip.id, start: Math.max(clip.start + by, 0), track: landing(clip) })),
  );
}

export function toggleLoop(studio: Studio): void {
  const { song } = studio.song;
  const loopEnabled = !song.loopEnabled;
  const bar = studio.song.signatures.barStart(5);
  const range = loopEnabled && song.loopEnd <= song.loopStart ? { loopStart: 0, loopEnd: bar } : {};
  const hold = studio.song.hold(song.id, { loopEnabled, ...range });
  void studio.execute([{ kind: { case: 'setSong', value: { loopEnabled, ...range } } }], '', [hold]);
}

export function setLoop(studio: Studio, loopStart: number, loopEnd: number): void {
  const patch = { loopStart, loopEnd, loopEnabled: true };
  const hold = studio.song.hold(studio.song.song.id, patch);
  void studio.execute([{ kind: { case: 'setSong', value: patch } }], '', [hold]);
}

/** Loops what is selected, or the clip-filled stretch of the selected track. */
export function loopSelection(studio: Studio): void {
  const selected = [...studio.selection.clips].map((id) => studio.song.clip(id)).filter((clip) => clip !== undefined);
  const clips = selected.length ? selected : studio.song.clipsOf(studio.selectedTrack?.id ?? 0);
  if (!clips.length) return;
  setLoop(
    studio,
    Math.min(...clips.map((clip) => clip.start)),
    Math.max(...clips.map((clip) => clip.start + clip.length)),
  );
}

export function setTempo(studio: Studio, bpm: number): void {
  const at = studio.positionAt(performance.now());
  const points = [...studio.song.replica.tempoPoints.values()].sort((a, b) => a.position - b.position);
  const position = points.findLast((point) => point.position <= at)?.position ?? 0;
  void studio.execute([{ kind: { case: 'setTempo', value: { position, bpm } } }]);
}

export function toggleBypass(studio: Studio, device: { id: number; bypass: boolean }): void {
  const hold = studio.song.hold(device.id, { bypass: !device.bypass });
  void studio.execute([{ kind: { case: 'setDevice', value: { id: device.id, bypass: !device.bypass } } }], '', [hold]);
}

/** Selects the next track up or down. */
export function stepTrack(studio: Studio, direction: 1 | -1): void {
  const rows = studio.song.tracks;
  const at = rows.findIndex((track) => track.id === studio.selectedTrack?.id);
  const next = rows[Math.min(Math.max(at + direction, 0), rows.length - 1)];
  if (next) studio.timeline.showTrack(next.id);
}
