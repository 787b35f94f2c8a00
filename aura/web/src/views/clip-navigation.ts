// From clip to clip by arrow keys, and into a clip.
import type { Clip } from '../contract/messages';
import { holdsClips } from '../scene/rows';
import type { Studio } from './studio.svelte';

/** To the next clip of the same track; `more` keeps what is selected. */
export function stepClip(studio: Studio, direction: 1 | -1, more: boolean): void {
  const active = studio.activeClip;
  const track = active?.track ?? studio.selectedTrack?.id ?? 0;
  const clips = studio.song.clipsOf(track);
  const at = clips.findIndex((clip) => clip.id === active?.id);
  go(studio, at < 0 ? clips[0] : clips[at + direction], more);
}

/** To the clip of the next track that is nearest in time. */
export function stepClipRow(studio: Studio, direction: 1 | -1, more: boolean): void {
  const tracks = studio.song.tracks.filter(holdsClips);
  const active = studio.activeClip;
  const row = tracks.findIndex((track) => track.id === (active?.track ?? studio.selectedTrack?.id));
  for (let at = row + direction; at >= 0 && at < tracks.length; at += direction) {
    const clips = studio.song.clipsOf(tracks[at]?.id ?? 0);
    const from = active?.start ?? 0;
    const [nearest] = clips.toSorted((a, b) => Math.abs(a.start - from) - Math.abs(b.start - from));
    if (nearest) return go(studio, nearest, more);
  }
}

function go(studio: Studio, clip: Clip | undefined, more: boolean): void {
  if (!clip) return;
  const { selection } = studio;
  if (more) selection.setClips([...selection.clips, clip.id]);
  else selection.selectClip(clip.id, clip.track);
  selection.active = clip.id;
  studio.timeline.showTrack(clip.track);
  reveal(studio, clip);
}

function reveal(studio: Studio, clip: Clip): void {
  const { view } = studio.timeline;
  const right = view.scroll + view.width * view.ticksPerPx;
  if (clip.start + clip.length > view.scroll && clip.start < right) return;
  studio.timeline.scrollBy((clip.start - view.scroll) / view.ticksPerPx - view.width / 4, 0);
}

/** Shows a clip's notes in the piano roll, and goes there. */
export function openClip(studio: Studio, clip: Clip): void {
  studio.selection.selectClip(clip.id, clip.track);
  if (clip.content.case !== 'notes') return;
  studio.roll.open(clip);
  studio.bottom.tab = 'notes';
  requestAnimationFrame(() => document.getElementById('note-grid')?.focus());
}

export function openChosenClip(studio: Studio): void {
  if (studio.activeClip) openClip(studio, studio.activeClip);
}
