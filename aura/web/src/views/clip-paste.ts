// Copying and pasting clips. What was cut is gone from the song, so that a paste makes it anew, with its notes and events.
import type { Clip, Command } from '../contract/messages';
import type { CopiedClip } from '../store/clipboard';
import { commandsFor } from './clip-changes';
import { removeClips, selectedClips } from './clip-edits';
import { freshId } from './ids';
import type { Studio } from './studio.svelte';

export function copyClips(studio: Studio): void {
  const clips = selectedClips(studio);
  if (!clips.length) return;
  const { replica } = studio.song;
  studio.clipboard.copyClips(clips, (id) => ({
    notes: [...replica.notesOf(id)],
    events: [...(replica.events.get(id)?.values() ?? [])],
  }));
}

export async function cutClips(studio: Studio): Promise<void> {
  copyClips(studio);
  await removeClips(studio);
}

/** Pastes at a position, or at the playhead: on the selected track and those below it where their kinds fit, else where they came from. */
export async function pasteClips(studio: Studio, at = studio.cueAt(performance.now())): Promise<void> {
  const { clips } = studio.clipboard;
  if (!clips.length) return;
  const landing = landingOf(studio, clips);
  const ids = clips.map(() => freshId(studio));
  const commands = clips.flatMap((copied, i) =>
    pasteOne(studio, copied, { id: ids[i] ?? 0, track: landing(copied.clip), start: at + copied.after }),
  );
  await studio.keys.selecting(async () => {
    await studio.execute(commands, clips.length === 1 ? 'Paste clip' : `Paste ${clips.length} clips`);
    studio.selection.setClips(ids.filter((id) => studio.song.clip(id)));
  });
}

/** Which track each goes to. */
function landingOf(studio: Studio, clips: readonly CopiedClip[]): (clip: Clip) => number {
  const { tracks } = studio.song;
  const rowOf = (id: number) => tracks.findIndex((track) => track.id === id);
  const top = Math.min(...clips.map(({ clip }) => rowOf(clip.track)));
  const by = rowOf(studio.selectedTrack?.id ?? 0) - top;
  const target = (clip: Clip) => tracks[rowOf(clip.track) + by];
  const fits = top >= 0 && clips.every(({ clip }) => target(clip)?.kind === studio.song.track(clip.track)?.kind);
  return (clip) => (fits ? (target(clip)?.id ?? clip.track) : clip.track);
}

function pasteOne(
  studio: Studio,
  { clip, notes, events }: CopiedClip,
  to: { id: number; track: number; start: number },
): Command[] {
  const { id, track, start } = to;
  if (studio.song.replica.clips.has(clip.id)) {
    return [{ kind: { case: 'duplicateClip', value: { id: clip.id, newId: id, track, start } } }];
  }
  const { length, name } = clip;
  if (clip.content.case === 'audio') {
    const { media, offsetFrames, gainDb } = clip.content.value;
    const value = { id, track, start, length, name, media, offsetFrames, gainDb };
    return [{ kind: { case: 'addAudioClip', value } }, ...dressed(clip, to)];
  }
  const added: Command[] = [
    {
      kind: {
        case: 'addNoteClip',
        value: { id, track, start, length, name, notes: notes.map((note) => ({ ...note, id: 0 })) },
      },
    },
  ];
  if (events.length) {
    const value = { clip: id, events: events.map(({ position, data }) => ({ id: 0, position, data })) };
    added.push({ kind: { case: 'addMidiEvents', value } });
  }
  return [...added, ...dressed(clip, to)];
}

/** What a clip has beyond what it is added with. */
function dressed(clip: Clip, { id, track, start }: { id: number; track: number; start: number }): Command[] {
  const { content } = clip;
  const plain: Clip = {
    id,
    track,
    start,
    length: clip.length,
    name: clip.name,
    mute: false,
    lane: 0,
    fadeIn: 0,
    fadeOut: 0,
    fadeInCurve: 0,
    fadeOutCurve: 0,
    loopLength: 0,
    loopPhase: 0,
    content:
      content.case === 'audio'
        ? { case: 'audio', value: { ...content.value, reverse: false } }
        : { case: 'notes', value: { offset: 0 } },
  };
  return commandsFor(plain, { ...clip, id, track, start });
}
