// What the piano roll shows, as plain drawing data: `rollScene(view, model)`. Pure, like scene.ts; it knows no canvas.
//
// Across lie the song's bars, so that a clip is edited where it sounds; down lie keys, the highest on top. Notes outside the
// clip's edges are kept and silent, and shown faintly. Of a looped clip the repeats are shown as echoes.
import type { Clip, Note } from '../contract/messages';
import type { SignatureMap } from '../store/signature-map';
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

/** Where in the song a clip's content starts. */
export function originOf(clip: Clip): number {
  return clip.start - (clip.content.case === 'notes' ? clip.content.value.offset : 0);
}

/** The stretch of a clip's content that is heard first: [from, to). */
export function heardOf(clip: Clip): [number, number] {
  const offset = clip.content.case === 'notes' ? clip.content.value.offset : 0;
  return [offset, offset + clip.length];
}

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
  const origin = originOf(clip);
  const [from, to] = heardOf(clip);
  const rows = new Map(pitches.map((pitch, row) => [pitch, row]));
  const boxes: RollNote[] = [];
  for (const note of notes) {
    const row = rows.get(note.pitch);
    if (row === undefined) continue;
    const y = row * view.rowPx - view.scrollY;
    if (y + view.rowPx < 0 || y > view.height) continue;
    const x = xOf(view, origin + note.start);
    const width = Math.max(note.length / view.ticksPerPx, NOTE_MIN_PX);
    if (x + width < 0 || x > view.width) continue;
    boxes.push({
      id: note.id,
      x,
      y,
      width,
      height: view.rowPx,
      velocity: note.velocity,
      selected: selected.has(note.id),
      silent: note.start < from || note.start >= to,
      echo: false,
    });
  }
  return boxes;
}

function edgesOf(view: RollView, clip: Clip): RollScene['edges'] {
  return { start: xOf(view, clip.start), end: xOf(view, clip.start + clip.length), loops: [] };
}

function cursorOf(view: RollView, { cursor, pitches }: RollModel): RollScene['cursor'] {
  const y = cursor && yOf(view, pitches, cursor.pitch);
  if (!cursor || y === undefined) return undefined;
  const width = Math.max(cursor.length / view.ticksPerPx, 3);
  return { x: xOf(view, cursor.position), y, width, height: view.rowPx };
}
