// What "the selection" is: notes where the piano roll was used last, otherwise clips. Copy, paste, delete and the rest mean
// that.
import { copyNotes, cutNotes, duplicateNotes, pasteNotes, removeNotes } from './roll/note-edits';
import { duplicateClips, removeClips, selectAllClips } from './clip-edits';
import { copyClips, cutClips, pasteClips } from './clip-paste';
import type { Studio } from './studio.svelte';

const inNotes = (studio: Studio) => studio.context === 'notes' && studio.roll.shown !== undefined;

export function copyChosen(studio: Studio): void {
  if (inNotes(studio)) copyNotes(studio);
  else copyClips(studio);
}

export function cutChosen(studio: Studio): void {
  if (inNotes(studio)) void cutNotes(studio);
  else void cutClips(studio);
}

export function pasteCopied(studio: Studio): void {
  if (inNotes(studio)) void pasteNotes(studio);
  else void pasteClips(studio);
}

export function duplicateChosen(studio: Studio): void {
  if (inNotes(studio)) void duplicateNotes(studio);
  else void duplicateClips(studio);
}

export function removeChosen(studio: Studio): void {
  if (inNotes(studio)) void removeNotes(studio, studio.roll.chosen);
  else void removeClips(studio);
}

export function selectAll(studio: Studio): void {
  if (inNotes(studio)) studio.roll.select(studio.roll.notes.map(({ id }) => id));
  else selectAllClips(studio);
}
