// What the piano roll shows, as plain drawing data: `rollScene(view, model)`. Pure, like scene.ts; it knows no canvas.
//
// Across lie the song's bars, so that a clip is edited where it sounds; down lie keys, the highest on top. Notes outside the
// clip's edges are kept and silent, and shown faintly. Of a looped clip the repeats are shown as echoes.
import type { Clip, Note } from '../contract/messages';
import type { SignatureMap } from '../store/signature-map';
import { echoesOf, originOf, windowOf } from './content';
import { gridLines, type GridLine, type GridStep } from './grid';
import { positionAt, xOf, type View } from './view';

export interface RollView extends View {
  /** Height of a key's row. */
  rowPx: number;
}

export interface RollModel {
  clip: Clip;
  notes: readonly Note[];
  selected: ReadonlySet<number>;
  /** The keys shown, from top to bottom. */
  pitches: readonly number[];
  signatures: SignatureMap;
  step: GridStep | undefined;
  /** The place the arrow keys move, while no note is selected and the roll has the focus. */
  cursor: { position: number; pitch: number; length: number } | undefined;
}

export interface RollRow {
  pitch: number;
  y: number;
  /** A black key of the piano. */
  black: boolean;
}

export interface RollNote {
  id: number;
  x: number;
  y: number;
  width: number;
  height: number;
  /** 0 to 1. */
  velocity: number;
  selected: boolean;
  /** Outside the clip: not heard. */
  silent: boolean;
  /** Of a repeat of the loop: heard, edited where it first lies. */
  echo: boolean;
}

export interface RollScene {
  rows: RollRow[];
  lines: (GridLine & { x: number })[];
  notes: RollNote[];
  /** The clip's edges, and where its loop begins again. */
  edges: { start: number; end: number; loops: number[] };
  cursor: { x: number; y: number; width: number; height: number } | undefined;
}

/** Narrower than this no note is drawn: it would not be seen. */
const NOTE_MIN_PX = 2;
const BLACK = new Set([1, 3, 6, 8, 10]);
export const isBlack = (pitch: number) => BLACK.has(pitch % 12);

export function rollScene(view: RollView, model: RollModel): RollScene {
  const lines = gridLines(view.scroll, positionAt(view, view.width), view.ticksPerPx, model.signatures, model.step);
  return {
    rows: rowsOf(view, model),
    lines: lines.map((line) => ({ ...line, x: xOf(view, line.position) })),
    notes: notesOf(view, model),
    edges: edgesOf(view, model.clip),
    cursor: cursorOf(view, model),
  };
}

/** Top of a key's row; undefined when it is not among the keys shown. */
export function yOf(view: RollView, pitches: readonly number[], pitch: number): number | undefined {
  const row = pitches.indexOf(pitch);
  return row < 0 ? undefined : row * view.rowPx - view.scrollY;
}

/** The key at a height; the nearest one beyond the ends. */
export function pitchAt(view: RollView, pitches: readonly number[], y: number): number {
  const row = Math.floor((y + view.scrollY) / view.rowPx);
  return pitches[Math.min(Math.max(row, 0), pitches.length - 1)] ?? 60;
}

function rowsOf(view: RollView, { pitches }: RollModel): RollRow[] {
  const first = Math.max(Math.floor(view.scrollY / view.rowPx), 0);
  const last = Math.ceil((view.scrollY + view.height) / view.rowPx);
  return pitches.slice(first, last).map((pitch, i) => ({
    pitch,
    y: (first + i) * view.rowPx - view.scrollY,
    black: isBlack(pitch),
  }));
}

function notesOf(view: RollView, model: RollModel): RollNote[] {
  const { clip, notes, selected, pitches } = model;
  const [from, to] = windowOf(clip);
  const rows = new Map(pitches.map((pitch, row) => [pitch, row]));
  const boxes: RollNote[] = [];
  echoesOf(clip).forEach((turn, i) => {
    const origin = originOf(clip, turn);
    for (const note of notes) {
      const row = rows.get(note.pitch);
      const silent = note.start < from || note.start >= to;
      if (row === undefined || (i > 0 && (silent || origin + note.start >= clip.start + clip.length))) continue;
      const y = row * view.rowPx - view.scrollY;
      const x = xOf(view, origin + note.start);
      const width = Math.max(note.length / view.ticksPerPx, NOTE_MIN_PX);
      if (y + view.rowPx < 0 || y > view.height || x + width < 0 || x > view.width) continue;
      const { id, velocity } = note;
      boxes.push({ id, x, y, width, height: view.rowPx, velocity, selected: selected.has(id), silent, echo: i > 0 });
    }
  });
  return boxes;
}

function edgesOf(view: RollView, clip: Clip): RollScene['edges'] {
  const loops = echoesOf(clip).slice(1);
  return {
    start: xOf(view, clip.start),
    end: xOf(view, clip.start + clip.length),
    loops: loops.map((position) => xOf(view, position)),
  };
}

function cursorOf(view: RollView, { cursor, pitches }: RollModel): RollScene['cursor'] {
  const y = cursor && yOf(view, pitches, cursor.pitch);
  if (!cursor || y === undefined) return undefined;
  const width = Math.max(cursor.length / view.ticksPerPx, 3);
  return { x: xOf(view, cursor.position), y, width, height: view.rowPx };
}
