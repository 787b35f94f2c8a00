// What can be done to the selected clips, each as one transaction.
import type { Clip, Command, Track } from '../contract/messages';
import { FadeCurve, TrackKind } from '../contract/messages';
import { crossFade } from '../scene/fades';
import { snapped, stepLength } from '../scene/snapping';
import { faded, slipped, trimmedEnd, trimmedStart, type TrimContext } from '../scene/trim';
import { changeClips } from './clip-changes';
import { openClip } from './clip-navigation';
import { freshId } from './ids';
import { holdsClips } from '../scene/rows';
import type { Studio } from './studio.svelte';

/** Range of a clip's gain in dB, as SetClip takes it. */
const GAIN = { least: -150, most: 24 } as const;

/** The selected clips, by start. */
export function selectedClips(studio: Studio): Clip[] {
  const clips = [...studio.selection.clips].map((id) => studio.song.clip(id)).filter((clip) => clip !== undefined);
  return clips.sort((a, b) => a.start - b.start);
}

/** What trimming a clip depends on; `free`: off the grid. */
export function trimContext(studio: Studio, clip: Clip, position: number, free = false): TrimContext {
  const { song } = studio;
  const media = clip.content.case === 'audio' ? song.replica.media.get(clip.content.value.media) : undefined;
  return {
    step: free ? undefined : studio.timeline.stepAt(position),
    signatures: song.signatures,
    tempo: song.tempo,
    mediaRate: media?.sampleRate ?? 0,
  };
}

/** Begins an empty clip of notes and opens it: a bar long, in the bar of a position. */
export async function beginClip(studio: Studio, track: Track, position: number): Promise<void> {
  if (track.kind !== TrackKind.INSTRUMENT) return studio.notices.say('Clips of notes go on instrument tracks.');
  const { signatures } = studio.song;
  const { bar } = signatures.barBeat(position);
  const start = signatures.barStart(bar);
  const id = freshId(studio);
  const value = { id, track: track.id, start, length: signatures.barStart(bar + 1) - start, name: track.name };
  await studio.execute([{ kind: { case: 'addNoteClip', value } }], `Add clip to ${track.name}`);
  const clip = studio.song.clip(id);
  if (clip) openClip(studio, clip);
}

export function beginClipAtPlayhead(studio: Studio): void {
  const track = studio.selectedTrack;
  if (track) void beginClip(studio, track, studio.cueAt(performance.now()));
}

export async function removeClips(studio: Studio): Promise<void> {
  const ids = [...studio.selection.clips];
  studio.selection.clear();
  if (ids.length) await studio.execute([{ kind: { case: 'remove', value: { ids } } }]);
}

export async function joinClips(studio: Studio): Promise<void> {
  const clips = selectedClips(studio);
  const byTrack = Map.groupBy(clips, (clip) => clip.track);
  const groups = [...byTrack.values()].filter((group) => group.length > 1);
  if (!groups.length) return studio.notices.say('Select two or more clips of one track to join them.');
  const commands: Command[] = groups.map((group) => ({
    kind: { case: 'joinClips', value: { ids: group.map(({ id }) => id), id: 0 } },
  }));
  await studio.keys.selecting(async () => {
    await studio.execute(commands, `Join ${clips.length} clips`);
    studio.selection.setClips(groups.map(([first]) => first?.id ?? 0).filter((id) => studio.song.clip(id)));
  });
}

/** Copies of clips, each where it shall lie; selects them. */
export async function copyTo(
  studio: Studio,
  copies: readonly { clip: Clip; track: number; start: number }[],
  verb: string,
): Promise<void> {
  const ids = copies.map(() => freshId(studio));
  const commands: Command[] = copies.map(({ clip, track, start }, i) => ({
    kind: { case: 'duplicateClip', value: { id: clip.id, newId: ids[i] ?? 0, track, start } },
  }));
  if (!commands.length) return;
  await studio.keys.selecting(async () => {
    await studio.execute(commands, `${verb} ${copies.length === 1 ? 'clip' : `${copies.length} clips`}`);
    studio.selection.setClips(ids.filter((id) => studio.song.clip(id)));
  });
}

/** Puts copies of the selected clips right after them. */
export async function duplicateClips(studio: Studio): Promise<void> {
  const clips = selectedClips(studio);
  const [first] = clips;
  if (!first) return;
  const by = Math.max(...clips.map((clip) => clip.start + clip.length)) - first.start;
  const copies = clips.map((clip) => ({ clip, track: clip.track, start: clip.start + by }));
  await copyTo(studio, copies, 'Duplicate');
}

export function muteClips(studio: Studio): void {
  const clips = selectedClips(studio);
  const mute = clips.some((clip) => !clip.mute);
  void changeClips(
    studio,
    clips.map((clip) => ({ ...clip, mute })),
    mute ? 'Mute' : 'Unmute',
  );
}

/** Changes the audio content of the selected clips; clips of notes stay. */
function changeAudio(
  studio: Studio,
  change: (audio: { gainDb: number; reverse: boolean }) => Partial<{ gainDb: number; reverse: boolean }>,
  verb: string,
): void {
  const clips = selectedClips(studio).flatMap((clip) => {
    if (clip.content.case !== 'audio') return [];
    const value = { ...clip.content.value, ...change(clip.content.value) };
    return [{ ...clip, content: { case: 'audio' as const, value } }];
  });
  if (clips.length) void changeClips(studio, clips, verb);
  else studio.notices.say('That is for clips of sound: select one.');
}

export const reverseClips = (studio: Studio) =>
  changeAudio(studio, ({ reverse }) => ({ reverse: !reverse }), 'Reverse');

export const setGain = (studio: Studio, gainDb: number) =>
  changeAudio(studio, () => ({ gainDb: within(gainDb) }), 'Set gain of');

export const changeGain = (studio: Studio, byDb: number) =>
  changeAudio(studio, ({ gainDb }) => ({ gainDb: within(gainDb + byDb) }), 'Set gain of');

const within = (gainDb: number) => Math.min(Math.max(gainDb, GAIN.least), GAIN.most);

/** Loops what a clip plays, from now on as long as it is; or ends that. */
export function toggleClipLoop(studio: Studio): void {
  const clips = selectedClips(studio);
  const on = clips.some((clip) => !clip.loopLength);
  const looped = clips.map((clip) => ({ ...clip, loopLength: on ? clip.loopLength || clip.length : 0, loopPhase: 0 }));
  void changeClips(studio, looped, on ? 'Loop' : 'Unloop');
}

/** Cross-fades the selected clips of a track where they overlap. */
export function crossFadeClips(studio: Studio): void {
  const clips = selectedClips(studio).filter((clip) => clip.content.case === 'audio');
  const changed = new Map<number, Clip>();
  for (const [i, a] of clips.entries())
    for (const b of clips.slice(i + 1)) {
      const found = crossFade(a, b);
      if (!found) continue;
      const { earlier, later, overlap } = found;
      const curve = FadeCurve.EQUAL_POWER;
      changed.set(earlier.id, { ...(changed.get(earlier.id) ?? earlier), fadeOut: overlap, fadeOutCurve: curve });
      changed.set(later.id, { ...(changed.get(later.id) ?? later), fadeIn: overlap, fadeInCurve: curve });
    }
  if (changed.size) void changeClips(studio, [...changed.values()], 'Cross-fade');
  else studio.notices.say('Select clips of sound that overlap on one track.');
}

/** Trims or fades the selected clips at the playhead. */
export function cutAtPlayhead(studio: Studio, what: 'start' | 'end' | 'fadeIn' | 'fadeOut'): void {
  const position = studio.cueAt(performance.now());
  const clips = selectedClips(studio).filter((clip) => position > clip.start && position < clip.start + clip.length);
  if (!clips.length) return studio.notices.say('Put the playhead inside a selected clip.');
  const context = (clip: Clip) => trimContext(studio, clip, position, true);
  const make: Record<typeof what, (clip: Clip) => Clip> = {
    start: (clip) => trimmedStart(clip, position, context(clip)),
    end: (clip) => trimmedEnd(clip, position, context(clip)),
    fadeIn: (clip) => (clip.content.case === 'audio' ? faded(clip, 'in', position) : clip),
    fadeOut: (clip) => (clip.content.case === 'audio' ? faded(clip, 'out', position) : clip),
  };
  void changeClips(studio, clips.map(make[what]), what.startsWith('fade') ? 'Fade' : 'Trim');
}

/** Moves the right edges one step of the grid. */
export function stretchClips(studio: Studio, direction: 1 | -1): void {
  const clips = selectedClips(studio).map((clip) => {
    const end = clip.start + clip.length;
    return trimmedEnd(clip, end + direction * gridAt(studio, end), trimContext(studio, clip, end, true));
  });
  void changeClips(studio, clips, 'Trim');
}

/** Moves the left edges one step of the grid. */
export function stretchStarts(studio: Studio, direction: 1 | -1): void {
  const clips = selectedClips(studio).map((clip) => {
    const position = clip.start + direction * gridAt(studio, clip.start);
    return trimmedStart(clip, position, trimContext(studio, clip, clip.start, true));
  });
  void changeClips(studio, clips, 'Trim');
}

/** Moves what the clips play one step of the grid under them. */
export function slipClips(studio: Studio, direction: 1 | -1): void {
  const clips = selectedClips(studio).map((clip) =>
    slipped(clip, -direction * gridAt(studio, clip.start), trimContext(studio, clip, clip.start, true)),
  );
  void changeClips(studio, clips, 'Slip');
}

function gridAt(studio: Studio, position: number): number {
  return Math.round(stepLength(studio.timeline.stepAt(position), studio.song.signatures, position));
}

export function selectAllClips(studio: Studio): void {
  const tracks = studio.song.tracks.filter(holdsClips);
  studio.selection.setClips(tracks.flatMap((track) => studio.song.clipsOf(track.id).map(({ id }) => id)));
}

/** Splits under the pointer, or else the selected clips (or the selected track's) at the playhead. */
export async function split(studio: Studio): Promise<void> {
  const { song } = studio;
  const { pointer } = studio.timeline;
  const under = pointer?.clip === undefined ? undefined : song.clip(pointer.clip);
  if (pointer && under) {
    const near = snapped(pointer.position, studio.timeline.stepAt(pointer.position), song.signatures);
    return splitAll(studio, [under], inside(under, near) ? near : Math.round(pointer.position));
  }
  const selected = selectedClips(studio);
  const clips = selected.length ? selected : song.clipsOf(studio.selectedTrack?.id ?? 0);
  await splitAll(studio, clips, studio.cueAt(performance.now()));
}

async function splitAll(studio: Studio, clips: readonly Clip[], position: number): Promise<void> {
  const cut = clips.filter((clip) => inside(clip, position));
  if (!cut.length)
    return studio.notices.say('There is no clip to split here: put the playhead or the pointer inside one.');
  const commands: Command[] = cut.map(({ id }) => ({ kind: { case: 'splitClip', value: { id, position } } }));
  await studio.keys.selecting(async () => {
    const rights = await studio.execute(commands);
    if (rights.length) studio.selection.setClips(rights.filter((id) => id > 0));
  });
}

function inside(clip: Clip, position: number): boolean {
  return position > clip.start && position < clip.start + clip.length;
}
