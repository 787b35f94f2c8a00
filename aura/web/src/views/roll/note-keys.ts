// What keys do in the piano roll. With notes selected they change those; with none, they move the cursor and draw.
import { stepFrom } from '../../scene/grid';
import { stepLength } from '../../scene/snapping';
import type { Studio } from '../studio.svelte';
import { changeVelocity, nudgeNotes, stretchNotes, toggleAtCursor, transpose } from './note-edits';

/** One press of a key, in velocity. */
const VELOCITY_STEP = 5 / 127;

export function switchTool({ roll, bottom }: Studio): void {
  roll.tool = roll.tool === 'draw' ? 'select' : 'draw';
  bottom.tab = 'notes';
}

export function fold({ roll }: Studio): void {
  roll.folded = !roll.folded;
}

export function selectNone({ roll }: Studio): void {
  const [first] = roll.chosen;
  if (first) roll.cursor = { position: roll.origin + first.start, pitch: first.pitch };
  roll.select([]);
}

export function enter(studio: Studio): void {
  selectNone(studio);
  void toggleAtCursor(studio);
}

/** Transposes, or moves the cursor among the rows shown. */
export function vertical(studio: Studio, semitones: number): void {
  const { roll } = studio;
  if (roll.chosen.length) {
    const [first] = roll.chosen;
    if (first) studio.audition(Math.min(Math.max(first.pitch + semitones, 0), 127), first.velocity);
    return void transpose(studio, semitones);
  }
  const row = roll.pitches.indexOf(roll.cursor.pitch);
  const next = roll.pitches[Math.min(Math.max(row - semitones, 0), roll.pitches.length - 1)];
  if (next === undefined) return;
  roll.cursor = { ...roll.cursor, pitch: next };
  roll.reveal(roll.cursor.position, next);
  studio.audition(next, roll.drawn.velocity);
}

/** To the next or previous note, or the cursor one step on. */
export function sideways(studio: Studio, direction: 1 | -1): void {
  const { roll, song } = studio;
  if (roll.chosen.length) return toNote(studio, direction, false);
  const { position, pitch } = roll.cursor;
  const step = roll.stepAt(position);
  const next = step
    ? stepFrom(position, direction, step, song.signatures)
    : position + direction * stepLength(step, song.signatures, position);
  roll.cursor = { position: Math.max(next, roll.origin), pitch };
  roll.reveal(roll.cursor.position, pitch);
}

/** Selects the next or previous note from the selected ones, or from the cursor. */
export function toNote(studio: Studio, direction: 1 | -1, more: boolean): void {
  const { roll } = studio;
  const edge = direction === 1 ? roll.chosen.at(-1) : roll.chosen[0];
  const here = roll.cursor.position - roll.origin;
  const next = edge
    ? roll.notes[roll.notes.indexOf(edge) + direction]
    : direction === 1
      ? roll.notes.find((note) => note.start >= here)
      : roll.notes.findLast((note) => note.start <= here);
  if (!next) return;
  roll.select(more ? [...roll.selected, next.id] : [next.id]);
  roll.reveal(roll.origin + next.start, next.pitch);
  studio.audition(next.pitch, next.velocity);
}

export function nudge(studio: Studio, direction: 1 | -1): void {
  void nudgeNotes(studio, direction);
}

export function stretch(studio: Studio, direction: 1 | -1): void {
  void stretchNotes(studio, direction);
}

export function loudness(studio: Studio, direction: 1 | -1): void {
  void changeVelocity(studio, direction * VELOCITY_STEP);
}
