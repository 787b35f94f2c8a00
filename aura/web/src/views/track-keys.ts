// What keys do to the selected track.
import { flushSync } from 'svelte';
import { TrackKind } from '../contract/messages';
import { COLORS } from '../scene/palette';
import { removeTrack, setTrack, stepTrack, toggleMute, toggleSolo } from './edits';
import type { Studio } from './studio.svelte';
import { stepTrackRow } from './track-edits';

export function mutePressed(studio: Studio): void {
  if (studio.selectedTrack) toggleMute(studio, studio.selectedTrack);
}

export function soloPressed(studio: Studio): void {
  if (studio.selectedTrack) toggleSolo(studio, studio.selectedTrack);
}

export function recolour(studio: Studio): void {
  const track = studio.selectedTrack;
  if (track) void setTrack(studio, track.id, { color: (track.color + 1) % COLORS });
}

export function removeSelectedTrack(studio: Studio): void {
  if (studio.selectedTrack) void removeTrack(studio, studio.selectedTrack);
}

export function moveTrackBy(studio: Studio, direction: 1 | -1): void {
  if (studio.selectedTrack) stepTrackRow(studio, studio.selectedTrack, direction);
}

/** To the track above or below; where a header has the focus, it goes along. */
export function walkTracks(studio: Studio, direction: 1 | -1): void {
  const headers = document.activeElement?.closest<HTMLElement>('[data-keys="tracks"]');
  stepTrack(studio, direction);
  if (!headers) return;
  flushSync();
  headers.querySelector<HTMLElement>(`[data-track="${studio.selection.track}"]`)?.focus();
}

/** One press of a key. */
const HEIGHT_STEP_PX = 12;

export function changeHeight(studio: Studio, direction: 1 | -1): void {
  const row = studio.timeline.rows.find(({ track }) => track.id === studio.selectedTrack?.id);
  if (row) studio.timeline.setHeight(row.track.id, row.height + direction * HEIGHT_STEP_PX);
}

export function foldGroup(studio: Studio): void {
  const track = studio.selectedTrack;
  if (track?.kind === TrackKind.GROUP) studio.timeline.toggleFold(track.id);
}
