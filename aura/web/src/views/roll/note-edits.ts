// The edits of the piano roll, as commands: each press of a key, each drag, is one transaction.
import type { Clip, Command, Note } from '../../contract/messages';
import {
  allowedShift,
  duplicateShift,
  louder,
  movedNotes,
  realChanges,
  resizedNotes,
  type NoteChange,
  type NoteGrid,
} from '../../scene/notes';
import { stepLength } from '../../scene/snapping';
import { freshId } from '../ids';
import type { Studio } from '../studio.svelte';

type Draft = Pick<Note, 'start' | 'length' | 'pitch' | 'velocity'>;

/** "Move note", "Move 3 notes". */
const counted = (verb: string, count: number) => (count === 1 ? `${verb} note` : `${verb} ${count} notes`);

export function gridOf({ roll, song }: Studio, free = false): NoteGrid {
  const step = free ? undefined : roll.stepAt(roll.shown?.start ?? 0);
  return { step, signatures: song.signatures, origin: roll.origin };
}

/** Carries changes out; what does not change is left alone. */
export async function changeNotes(studio: Studio, changes: readonly NoteChange[], verb: string): Promise<void> {
  const { song } = studio;
  // A note just drawn is changed when Pulse has it.
  if (changes.some(({ id }) => !song.replica.note(id))) await studio.roll.adding;
  const real = realChanges((id) => song.replica.note(id), changes);
  if (!real.length) return;
  const holds = real.map(({ id, ...patch }) => song.hold(id, patch));
  const commands: Command[] = real.map((value) => ({ kind: { case: 'setNote', value } }));
  await studio.execute(commands, counted(verb, real.length), holds);
}

/** Adds notes and selects them. A clip that is too short for them grows to the end of their bar. */
export async function addNotes(studio: Studio, drafts: readonly Draft[], verb: string, select = true): Promise<void> {
  const clip = studio.roll.shown;
  if (!clip || !drafts.length) return;
  const { roll } = studio;
  const notes = drafts.map((draft) => ({
    ...draft,
    start: Math.round(draft.start),
    length: Math.max(Math.round(draft.length), 1),
    id: freshId(studio),
  }));
  const commands: Command[] = [{ kind: { case: 'addNotes', value: { clip: clip.id, notes } } }];
  const longer = grown(studio, clip, Math.max(...notes.map((note) => note.start + note.length)));
  if (longer) commands.push({ kind: { case: 'setClip', value: { id: clip.id, length: longer } } });
  const mine = notes.map((note) => ({ ...note, clip: clip.id, releaseVelocity: 0, channel: 0 }));
  roll.drafts = [...roll.drafts, ...mine];
  if (select) roll.select(notes.map(({ id }) => id));
  const added = studio.execute(commands, counted(verb, notes.length));
  roll.adding = Promise.all([roll.adding, added]);
  await added;
  roll.drafts = roll.drafts.filter((draft) => !notes.some(({ id }) => id === draft.id));
}

/** The length a clip needs for content up to `end`; undefined where it is long enough. */
function grown(studio: Studio, clip: Clip, end: number): number | undefined {
  const { signatures } = studio.song;
  const last = studio.roll.origin + end;
  if (last <= clip.start + clip.length) return undefined;
  const { bar } = signatures.barBeat(last - 1);
  return signatures.barStart(bar + 1) - clip.start;
}

export async function removeNotes(studio: Studio, notes: readonly Note[]): Promise<void> {
  if (!notes.length) return;
  const ids = notes.map(({ id }) => id);
  if (ids.some((id) => !studio.song.replica.note(id))) await studio.roll.adding;
  studio.roll.select([...studio.roll.selected].filter((id) => !ids.includes(id)));
  await studio.execute([{ kind: { case: 'remove', value: { ids } } }], counted('Delete', ids.length));
}

export async function transpose(studio: Studio, semitones: number): Promise<void> {
  const { chosen } = studio.roll;
  const by = chosen.length ? allowedShift(chosen, semitones) : 0;
  const changes = chosen.map(({ id, pitch }) => ({ id, pitch: pitch + by }));
  await changeNotes(studio, changes, 'Transpose');
}

/** Moves the selected notes one step of the grid, from where they are. */
export async function nudgeNotes(studio: Studio, direction: 1 | -1): Promise<void> {
  const { chosen } = studio.roll;
  const [grip] = chosen;
  if (!grip) return;
  const grid = { ...gridOf(studio), step: undefined };
  await changeNotes(studio, movedNotes(chosen, grip, direction * step(studio, grip), 0, grid), 'Move');
}

/** Makes the selected notes one step longer or shorter. */
export async function stretchNotes(studio: Studio, direction: 1 | -1): Promise<void> {
  const { chosen } = studio.roll;
  const [grip] = chosen;
  if (!grip) return;
  const grid = { ...gridOf(studio), step: undefined };
  await changeNotes(studio, resizedNotes(chosen, grip, 'end', direction * step(studio, grip), grid), 'Stretch');
}

export async function changeVelocity(studio: Studio, by: number): Promise<void> {
  await changeNotes(studio, louder(studio.roll.chosen, by), 'Set velocity of');
}

/** Sets one value of all selected notes, as it was typed. */
export async function setNotes(studio: Studio, patch: Omit<NoteChange, 'id'>, verb: string): Promise<void> {
  const changes = studio.roll.chosen.map(({ id }) => ({ id, ...patch }));
  await changeNotes(studio, changes, verb);
}

/** Moves the selected notes so that the first starts at a place of the song. */
export async function moveNotesTo(studio: Studio, position: number): Promise<void> {
  const { chosen, origin } = studio.roll;
  const [first] = chosen;
  if (!first) return;
  const delta = position - origin - first.start;
  await changeNotes(studio, movedNotes(chosen, first, delta, 0, { ...gridOf(studio), step: undefined }), 'Move');
}

export async function duplicateNotes(studio: Studio): Promise<void> {
  const { chosen } = studio.roll;
  if (!chosen.length) return;
  const by = duplicateShift(chosen, gridOf(studio));
  await addNotes(
    studio,
    chosen.map((note) => ({ ...valuesOf(note), start: note.start + by })),
    'Duplicate',
  );
}

export function copyNotes(studio: Studio): boolean {
  const { chosen } = studio.roll;
  if (!chosen.length) return false;
  studio.clipboard.copyNotes(chosen);
  return true;
}

export async function cutNotes(studio: Studio): Promise<void> {
  if (copyNotes(studio)) await removeNotes(studio, studio.roll.chosen);
}

/** Pastes at the playhead where it is within the clip, else at the clip's start. */
export async function pasteNotes(studio: Studio): Promise<void> {
  const { roll, clipboard } = studio;
  const clip = roll.shown;
  if (!clip || !clipboard.notes.length) return;
  const playhead = studio.cueAt(performance.now());
  const inside = playhead >= clip.start && playhead < clip.start + clip.length;
  const at = (inside ? playhead : clip.start) - roll.origin;
  await addNotes(
    studio,
    clipboard.notes.map((note) => ({ ...note, start: note.start + at })),
    'Paste',
  );
}

/** Draws a note at the cursor, or takes the one away that is there; the cursor goes on by its length. */
export async function toggleAtCursor(studio: Studio): Promise<void> {
  const { roll } = studio;
  const { position, pitch } = roll.cursor;
  const start = position - roll.origin;
  if (start < 0) return;
  const there = roll.notes.find(
    (note) => note.pitch === pitch && note.start <= start && note.start + note.length > start,
  );
  if (there) return removeNotes(studio, [there]);
  const length = roll.nextLength;
  studio.audition(pitch, roll.drawn.velocity);
  roll.cursor = { position: position + length, pitch };
  roll.reveal(position + length, pitch);
  await addNotes(studio, [{ start, length, pitch, velocity: roll.drawn.velocity }], 'Draw', false);
}

export const valuesOf = ({ start, length, pitch, velocity }: Note): Draft => ({ start, length, pitch, velocity });

function step(studio: Studio, note: Note): number {
  const at = Math.max(studio.roll.origin + note.start, 0);
  return Math.round(stepLength(studio.roll.stepAt(at), studio.song.signatures, at));
}
