// Draws the piano roll: keys, notes, the lane of velocities, the ruler above. It decides nothing; see roll.ts.
import { pitchName } from '../store/musical-text';
import { gridLines } from './grid';
import { clipColors, trackColor } from './palette';
import { originOf } from './content';
import { isBlack, rollScene, type RollModel, type RollNote, type RollView } from './roll';
import { paintMarquee, sized, type Area } from './renderer';
import { positionAt, xOf } from './view';

const COLORS = {
  ground: '#0f1215',
  black: '#0b0e10',
  octave: '#1c2127',
  bar: '#2b323b',
  beat: '#1c2127',
  part: '#151a1e',
  outside: 'rgba(8, 10, 12, 0.55)',
  edge: '#3a424d',
  select: '#6cb2ff',
  selected: '#e9edf2',
  text: '#0d0f12',
  label: '#a2adba',
  faint: '#5a636e',
  whiteKey: '#aab3bd',
  whiteLine: '#6d7783',
  blackKey: '#21262d',
} as const;
const LABEL_FONT = '10px "Inter Variable", system-ui, sans-serif';
/** Rows lower than this have no room for words. */
const WORDS_PX = 13;
/** Notes narrower than this have no room for their name. */
const NAME_PX = 28;
export const ROLL_RULER_PX = 22;
/** Head of a velocity's stem. */
const STEM_PX = 5;

export interface RollPainting {
  view: RollView;
  model: RollModel;
  color: number;
  marquee: Area | undefined;
}

/** The notes and what lies behind them. */
export function paintRoll(canvas: HTMLCanvasElement, painting: RollPainting, density: number): void {
  const { view, model, color, marquee } = painting;
  const g = sized(canvas, view.width, view.height, density);
  if (!g || view.width < 1 || view.height < 1) return;
  const drawing = rollScene(view, model);
  g.fillStyle = COLORS.ground;
  g.fillRect(0, 0, view.width, view.height);
  for (const row of drawing.rows) {
    g.fillStyle = COLORS.black;
    if (row.black) g.fillRect(0, row.y, view.width, view.rowPx);
    g.fillStyle = COLORS.octave;
    if (row.pitch % 12 === 0) g.fillRect(0, row.y + view.rowPx - 1, view.width, 1);
  }
  for (const line of drawing.lines) {
    g.fillStyle = COLORS[line.strength];
    g.fillRect(Math.round(line.x), 0, 1, view.height);
  }
  paintOutside(g, view, drawing.edges, view.height);
  const tones = clipColors(color);
  for (const note of drawing.notes) paintNote(g, note, tones, model);
  if (drawing.cursor) {
    const { x, y, width, height } = drawing.cursor;
    g.strokeStyle = COLORS.select;
    g.lineWidth = 1.5;
    g.strokeRect(x + 0.75, y + 0.75, width - 1.5, height - 1.5);
  }
  if (marquee) paintMarquee(g, marquee);
}

function paintNote(
  g: CanvasRenderingContext2D,
  note: RollNote,
  tones: ReturnType<typeof clipColors>,
  model: RollModel,
): void {
  const { x, y, width, height } = note;
  const faint = note.silent || note.echo ? 0.3 : 1;
  g.beginPath();
  g.roundRect(x + 0.5, y + 0.5, Math.max(width - 1, 1.5), height - 1, Math.min(3, height / 3));
  g.globalAlpha = faint;
  g.fillStyle = tones.body;
  g.fill();
  g.globalAlpha = faint * (0.4 + 0.6 * note.velocity);
  g.fillStyle = note.selected ? COLORS.selected : tones.note;
  g.fill();
  g.globalAlpha = 1;
  if (note.selected) {
    g.strokeStyle = COLORS.select;
    g.lineWidth = 1.5;
    g.stroke();
  }
  if (height < WORDS_PX || width < NAME_PX || note.echo) return;
  const pitch = model.notes.find((candidate) => candidate.id === note.id)?.pitch;
  if (pitch === undefined) return;
  g.save();
  g.clip();
  g.font = LABEL_FONT;
  g.fillStyle = COLORS.text;
  g.fillText(pitchName(pitch), x + 5, y + height / 2 + 3.5);
  g.restore();
}

/** Dims what lies outside the clip and draws its edges. */
function paintOutside(
  g: CanvasRenderingContext2D,
  view: RollView,
  edges: { start: number; end: number; loops: number[] },
  height: number,
): void {
  g.fillStyle = COLORS.outside;
  if (edges.start > 0) g.fillRect(0, 0, Math.min(edges.start, view.width), height);
  if (edges.end < view.width) g.fillRect(Math.max(edges.end, 0), 0, view.width - Math.max(edges.end, 0), height);
  g.fillStyle = COLORS.edge;
  for (const x of [edges.start, edges.end]) g.fillRect(Math.round(x) - 1, 0, 2, height);
  for (const x of edges.loops) g.fillRect(Math.round(x), 0, 1, height);
}

/** The keyboard at the left, with the names of the Cs, or of every row that has a name of its own. */
export function paintKeys(
  canvas: HTMLCanvasElement,
  view: RollView,
  pitches: readonly number[],
  names: ReadonlyMap<number, string>,
  sounding: number | undefined,
  width: number,
  density: number,
): void {
  const g = sized(canvas, width, view.height, density);
  if (!g) return;
  g.fillStyle = COLORS.ground;
  g.fillRect(0, 0, width, view.height);
  g.font = LABEL_FONT;
  pitches.forEach((pitch, row) => {
    const y = row * view.rowPx - view.scrollY;
    if (y + view.rowPx < 0 || y > view.height) return;
    const name = names.get(pitch);
    const black = isBlack(pitch);
    g.fillStyle = sounding === pitch ? COLORS.select : name ? COLORS.blackKey : COLORS.whiteKey;
    g.fillRect(0, y, width - 1, view.rowPx);
    if (black && !name) {
      g.fillStyle = sounding === pitch ? COLORS.select : COLORS.blackKey;
      g.fillRect(0, y, width * 0.62, view.rowPx);
    }
    g.fillStyle = COLORS.whiteLine;
    if (!black || name) g.fillRect(0, y + view.rowPx - 0.5, width - 1, 0.5);
    if (name) {
      g.fillStyle = COLORS.label;
      g.fillText(name, 6, y + view.rowPx / 2 + 3.5, width - 10);
    } else if (pitch % 12 === 0 || (view.rowPx >= WORDS_PX && !black)) {
      g.fillStyle = pitch % 12 === 0 ? COLORS.text : COLORS.faint;
      g.fillText(pitchName(pitch), width - 24, y + view.rowPx / 2 + 3.5);
    }
  });
}

/** Bar and beat numbers, with the clip as a bar of its colour. */
export function paintRollRuler(canvas: HTMLCanvasElement, painting: RollPainting, density: number): void {
  const { view, model, color } = painting;
  const g = sized(canvas, view.width, ROLL_RULER_PX, density);
  if (!g) return;
  g.clearRect(0, 0, view.width, ROLL_RULER_PX);
  const { clip, signatures, step } = model;
  const left = Math.max(xOf(view, clip.start), -4);
  const right = Math.min(xOf(view, clip.start + clip.length), view.width + 4);
  g.fillStyle = trackColor(color);
  if (right > left) g.fillRect(left, 0, right - left, 3);
  g.font = LABEL_FONT;
  const lines = gridLines(view.scroll, positionAt(view, view.width), view.ticksPerPx, signatures, step);
  const beatsShown = signatures.beatLength(clip.start) / view.ticksPerPx > 44;
  for (const line of lines) {
    if (line.strength === 'part') continue;
    const x = Math.round(xOf(view, line.position));
    const { bar, beat } = signatures.barBeat(line.position);
    const label = line.strength === 'bar' ? line.label : beatsShown ? `${bar}.${beat}` : undefined;
    g.fillStyle = COLORS.bar;
    g.fillRect(x, label ? 7 : 15, 1, ROLL_RULER_PX);
    if (!label) continue;
    g.fillStyle = line.strength === 'bar' ? COLORS.label : COLORS.faint;
    g.fillText(label, x + 4, 17);
  }
}

/** A stem a note, as high as it is loud. */
export function paintVelocities(
  canvas: HTMLCanvasElement,
  painting: RollPainting,
  height: number,
  density: number,
): void {
  const { view, model, color } = painting;
  const g = sized(canvas, view.width, height, density);
  if (!g) return;
  g.fillStyle = COLORS.ground;
  g.fillRect(0, 0, view.width, height);
  for (const line of rollScene(view, { ...model, notes: [] }).lines) {
    if (line.strength === 'part') continue;
    g.fillStyle = COLORS.beat;
    g.fillRect(Math.round(line.x), 0, 1, height);
  }
  const origin = originOf(model.clip);
  const tone = clipColors(color).wave;
  // The selected ones last, so that of a chord they are on top.
  const notes = model.notes.toSorted((a, b) => Number(model.selected.has(a.id)) - Number(model.selected.has(b.id)));
  for (const note of notes) {
    const x = xOf(view, origin + note.start);
    if (x < -STEM_PX || x > view.width + STEM_PX) continue;
    const y = velocityY(note.velocity, height);
    g.fillStyle = model.selected.has(note.id) ? COLORS.selected : tone;
    g.fillRect(Math.round(x), y, 1.5, height - y);
    g.beginPath();
    g.arc(x + 0.75, y, STEM_PX / 2, 0, 2 * Math.PI);
    g.fill();
  }
}

/** Room above the loudest and below the softest, so that both can be taken with the pointer. */
const LANE_MARGIN_PX = 4;
export const velocityY = (velocity: number, height: number) =>
  LANE_MARGIN_PX + (1 - velocity) * (height - 2 * LANE_MARGIN_PX);
export const velocityAt = (y: number, height: number) =>
  1 - (y - LANE_MARGIN_PX) / Math.max(height - 2 * LANE_MARGIN_PX, 1);
