// Notes moved, stretched, transposed, quantised: what each would become. Pure.
//
// Note positions count from the start of their clip's content; `origin` is where that content starts in the song, so that
// snapping follows the song's bars. Nothing starts before the content, leaves the keys 0 to 127, or becomes empty.
import type { Note } from '../contract/messages';
import type { SignatureMap } from '../store/signature-map';
import type { GridStep } from './grid';
import { snapped, stepLength } from './snapping';

export const HIGHEST_PITCH = 127;
/** The shortest note without a grid: about a millisecond. */
export const SHORTEST = 92_160;

/** What of a note changes. */
export interface NoteChange {
  id: number;
  start?: number;
  length?: number;
  pitch?: number;
  velocity?: number;
}

export interface NoteGrid {
  step: GridStep | undefined;
  signatures: SignatureMap;
  /** Where the clip's content starts in the song; may lie before it. */
  origin: number;
}

/** Moves notes together; the grip snaps, the others keep their distance. */
export function movedNotes(
  notes: readonly Note[],
  grip: Note,
  delta: number,
  semitones: number,
  grid: NoteGrid,
): NoteChange[] {
  const target =
    snapped(grid.origin + grip.start + delta, delta ? grid.step : undefined, grid.signatures) - grid.origin;
  const earliest = Math.min(...notes.map((note) => note.start));
  const by = Math.max(Math.round(target) - grip.start, -earliest);
  const shift = allowedShift(notes, semitones);
  return notes.map(({ id, start, pitch }) => ({ id, start: start + by, pitch: pitch + shift }));
}

/** As far as all of the notes can go together. */
export function allowedShift(notes: readonly { pitch: number }[], semitones: number): number {
  const pitches = notes.map((note) => note.pitch);
  return Math.min(Math.max(semitones, -Math.min(...pitches)), HIGHEST_PITCH - Math.max(...pitches));
}

/** Moves one edge of the grip; the others' edges move as far. */
export function resizedNotes(
  notes: readonly Note[],
  grip: Note,
  edge: 'start' | 'end',
  delta: number,
  grid: NoteGrid,
): NoteChange[] {
  const at = edge === 'start' ? grip.start : grip.start + grip.length;
  const target = snapped(grid.origin + at + delta, grid.step, grid.signatures) - grid.origin;
  const by = Math.round(target) - at;
  const least = grid.step
    ? Math.round(stepLength(grid.step, grid.signatures, Math.max(grid.origin + at, 0)))
    : SHORTEST;
  return notes.map((note) => {
    const shortest = Math.min(least, note.length);
    if (edge === 'end') return { id: note.id, length: Math.max(note.length + by, shortest) };
    const start = Math.min(Math.max(note.start + by, 0), note.start + note.length - shortest);
    return { id: note.id, start, length: note.start + note.length - start };
  });
}

/** Makes notes as much louder or softer as the grip; nobody leaves 1/127 to 1. */
export function louder(notes: readonly Note[], by: number): NoteChange[] {
  return notes.map(({ id, velocity }) => ({ id, velocity: clampVelocity(velocity + by) }));
}

export const clampVelocity = (velocity: number) => Math.min(Math.max(velocity, 1 / 127), 1);

/** Velocities along a line drawn from one point to another, for the notes that start under it. */
export function velocityLine(
  notes: readonly Note[],
  from: { position: number; velocity: number },
  to: { position: number; velocity: number },
): NoteChange[] {
  const [left, right] = from.position <= to.position ? [from, to] : [to, from];
  const wide = right.position - left.position;
  return notes
    .filter((note) => note.start >= left.position && note.start <= right.position)
    .map((note) => {
      const along = wide > 0 ? (note.start - left.position) / wide : 1;
      return { id: note.id, velocity: clampVelocity(left.velocity + along * (right.velocity - left.velocity)) };
    });
}

/** Copies one after the other's stretch of the grid: what duplicating adds. The stretch is whole steps long. */
export function duplicateShift(notes: readonly Note[], grid: NoteGrid): number {
  const first = Math.min(...notes.map((note) => note.start));
  const last = Math.max(...notes.map((note) => note.start + note.length));
  const step = Math.max(Math.round(stepLength(grid.step, grid.signatures, Math.max(grid.origin + first, 0))), 1);
  return Math.ceil((last - first) / step) * step;
}

/** Only what differs from the notes as they are. */
export function realChanges(noteOf: (id: number) => Note | undefined, changes: readonly NoteChange[]): NoteChange[] {
  return changes.filter((change) => {
    const note = noteOf(change.id);
    if (!note) return false;
    return (['start', 'length', 'pitch', 'velocity'] as const).some(
      (field) => change[field] !== undefined && change[field] !== note[field],
    );
  });
}
