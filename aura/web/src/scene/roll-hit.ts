// What lies under a point of the piano roll, and which notes a rectangle touches. Pure.
import type { Note } from '../contract/messages';
import { originOf } from './content';
import { pitchAt, yOf, type RollModel, type RollView } from './roll';
import { positionAt, xOf } from './view';

/** How near to a note's edge the pointer takes the edge; of short notes a third. */
const EDGE_PX = 6;

export interface RollHit {
  note: Note | undefined;
  part: 'body' | 'start' | 'end';
  /** In the song. */
  position: number;
  pitch: number;
}

export function rollHit(view: RollView, model: RollModel, x: number, y: number): RollHit {
  const position = positionAt(view, x);
  const pitch = pitchAt(view, model.pitches, y);
  const inClip = position - originOf(model.clip);
  // Of notes on top of each other the last one, which is drawn on top.
  const note = model.notes.findLast(
    (candidate) =>
      candidate.pitch === pitch &&
      inClip >= candidate.start &&
      inClip < candidate.start + Math.max(candidate.length, 3 * view.ticksPerPx),
  );
  if (!note) return { note, part: 'body', position, pitch };
  const left = xOf(view, originOf(model.clip) + note.start);
  const right = left + note.length / view.ticksPerPx;
  const edge = Math.min(EDGE_PX, (right - left) / 3);
  const part = right - x < edge ? 'end' : x - left < edge ? 'start' : 'body';
  return { note, part, position, pitch };
}

/** Notes touched by a rectangle of the screen. */
export function notesIn(
  view: RollView,
  model: RollModel,
  area: { x: number; y: number; width: number; height: number },
): number[] {
  const origin = originOf(model.clip);
  const from = positionAt(view, area.x) - origin;
  const to = positionAt(view, area.x + area.width) - origin;
  return model.notes
    .filter((note) => note.start < to && note.start + note.length > from)
    .filter((note) => {
      const y = yOf(view, model.pitches, note.pitch);
      return y !== undefined && y < area.y + area.height && y + view.rowPx > area.y;
    })
    .map((note) => note.id);
}
