// Draws the arrange canvas from tiles. It decides nothing; see scene.ts for what is shown.
import { fadeGain } from './fades';
import { clipColors } from './palette';
import {
  HEADER_PX,
  ROW_GAP_PX,
  loopDrawing,
  rowDrawing,
  visibleRows,
  type ClipDrawing,
  type Model,
  type Scene,
} from './scene';
import { gridLines } from './grid';
import type { Row } from './rows';
import { Tiles, TILE_PX } from './tiles';
import { positionAt, xOf, type View } from './view';

type Canvas2D = OffscreenCanvasRenderingContext2D;

/** Less of a clip has no room for a name. */
const MIN_TITLE_PX = 14;

const COLORS = {
  ground: '#0f1215',
  bar: '#1c2127',
  beat: '#14181c',
  row: '#171b20',
  selectedRow: 'rgba(108, 178, 255, 0.05)',
  loop: 'rgba(242, 179, 91, 0.035)',
  fade: 'rgba(13, 15, 18, 0.5)',
  select: '#6cb2ff',
} as const;
const TITLE_FONT = '500 10.5px "Inter Variable", system-ui, sans-serif';

export interface Area {
  x: number;
  y: number;
  width: number;
  height: number;
}

export interface Painting {
  view: View;
  model: Model;
  /** Grows with everything but a single track's clips. */
  drawing: string;
  trackRevision(track: number): string;
  /** The area being selected with the pointer, or where copies will lie. */
  frames: readonly Area[];
}

export class Renderer {
  readonly #tiles = new Tiles();

  constructor(private readonly canvas: HTMLCanvasElement) {}

  /** Fonts or the screen's density changed: nothing kept is right. */
  forget(): void {
    this.#tiles.clear();
  }

  paint(painting: Painting, density: number): void {
    const { view, model } = painting;
    const g = sized(this.canvas, view.width, view.height, density);
    if (!g || view.width < 1 || view.height < 1) return;
    g.fillStyle = COLORS.ground;
    g.fillRect(0, 0, view.width, view.height);
    paintGrid(g, view, model);
    for (const row of visibleRows(view, model)) this.#paintRow(g, painting, row, density);
    for (const frame of painting.frames) paintMarquee(g, frame);
  }

  #paintRow(g: CanvasRenderingContext2D, painting: Painting, row: Row, density: number): void {
    const { view, model } = painting;
    const y = row.top - view.scrollY;
    if (row.track.id === model.selectedTrack) {
      g.fillStyle = COLORS.selectedRow;
      g.fillRect(0, y, view.width, row.height);
    }
    g.fillStyle = COLORS.row;
    g.fillRect(0, y + row.height - 1, view.width, 1);
    const offset = view.scroll / view.ticksPerPx;
    const key = `${painting.drawing}|${painting.trackRevision(row.track.id)}|${row.height}|${row.track.color}|${density}`;
    for (let i = Math.floor(offset / TILE_PX); i * TILE_PX < offset + view.width; i++) {
      const place = `${row.track.id}/${view.ticksPerPx}/${i}`;
      const size = { width: Math.ceil(TILE_PX * density), height: Math.ceil(row.height * density) };
      const tile = this.#tiles.get(place, key, size, ({ canvas }) =>
        paintTile(canvas, model, row, i, view.ticksPerPx, density),
      );
      g.drawImage(tile.canvas, Math.round((i * TILE_PX - offset) * density) / density, y, TILE_PX, row.height);
    }
    paintTitles(g, view, model, row);
  }
}

function paintTile(
  canvas: OffscreenCanvas,
  model: Model,
  row: Row,
  index: number,
  ticksPerPx: number,
  density: number,
): void {
  const g = canvas.getContext('2d');
  if (!g) return;
  g.scale(density, density);
  const view: View = {
    scroll: index * TILE_PX * ticksPerPx,
    scrollY: row.top,
    ticksPerPx,
    width: TILE_PX,
    height: row.height,
  };
  for (const clip of rowDrawing(view, model, row).clips) paintClip(g, clip);
}

function paintClip(g: Canvas2D, clip: ClipDrawing): void {
  const colors = clipColors(clip.color);
  const { x, y, width, height } = clip;
  g.save();
  g.globalAlpha = clip.muted ? 0.4 : 1;
  g.beginPath();
  g.roundRect(x + 0.5, y, Math.max(width - 1, 1), height, 4);
  g.clip();
  g.fillStyle = colors.body;
  g.fillRect(x, y, width, height);
  g.fillStyle = colors.header;
  g.fillRect(x, y, width, HEADER_PX);
  if (clip.wave) paintWave(g, clip.wave, colors.wave);
  g.fillStyle = colors.note;
  for (const note of clip.notes) {
    g.globalAlpha = (clip.muted ? 0.4 : 1) * (0.45 + 0.55 * note.velocity);
    g.fillRect(note.x, note.y, note.width, note.height);
  }
  g.globalAlpha = 1;
  paintRepeats(g, clip);
  if (clip.fades) paintFades(g, clip, clip.fades, colors.title);
  g.restore();
  if (clip.selected) {
    g.strokeStyle = COLORS.select;
    g.lineWidth = 1.5;
    g.beginPath();
    g.roundRect(x + 1, y + 0.75, Math.max(width - 2, 1), height - 1.5, 4);
    g.stroke();
  }
}

function paintRepeats(g: Canvas2D, { repeats, y, height }: ClipDrawing): void {
  g.fillStyle = COLORS.ground;
  for (const x of repeats) {
    g.fillRect(Math.round(x), y, 1, height);
    g.beginPath();
    g.arc(x + 0.5, y, 3, 0, Math.PI);
    g.fill();
  }
}

/** What a fade takes away is darkened; its curve is drawn, with a handle on top. */
function paintFades(g: Canvas2D, clip: ClipDrawing, fades: NonNullable<ClipDrawing['fades']>, color: string): void {
  const top = clip.y + HEADER_PX;
  const height = clip.height - HEADER_PX;
  for (const side of ['in', 'out'] as const) {
    const { width, curve } = fades[side];
    const edge = side === 'in' ? clip.x : clip.x + clip.width;
    const inward = side === 'in' ? 1 : -1;
    if (width >= 1) {
      g.beginPath();
      g.moveTo(edge, top + height);
      for (let x = 0; x <= width; x += Math.max(width / 24, 1)) {
        g.lineTo(edge + inward * x, top + height * (1 - fadeGain(curve, x / width)));
      }
      g.lineTo(edge + inward * width, top);
      g.strokeStyle = color;
      g.lineWidth = 1;
      g.stroke();
      g.lineTo(edge, top);
      g.closePath();
      g.fillStyle = COLORS.fade;
      g.fill();
    }
    if (!clip.selected && width < 1) continue;
    g.fillStyle = color;
    g.beginPath();
    g.arc(edge + inward * Math.max(width, 4), top + 1, 3, 0, 2 * Math.PI);
    g.fill();
  }
}

/** A name stays readable while any of its clip is on the screen: so names are no part of the tiles. */
function paintTitles(g: CanvasRenderingContext2D, view: View, model: Model, row: Row): void {
  g.font = TITLE_FONT;
  const y = row.top - view.scrollY + ROW_GAP_PX;
  for (const clip of model.clipsOf(row.track.id)) {
    const left = Math.max(xOf(view, clip.start), 0);
    const right = xOf(view, clip.start + clip.length);
    if (right - left < MIN_TITLE_PX || left > view.width) continue;
    g.save();
    g.beginPath();
    g.rect(left, y, right - left - 4, HEADER_PX);
    g.clip();
    g.globalAlpha = clip.mute ? 0.55 : 1;
    g.fillStyle = clipColors(clip.color ?? row.track.color).title;
    g.fillText(clip.name, left + 6, y + 10);
    g.restore();
  }
}

function paintWave(g: Canvas2D, wave: NonNullable<ClipDrawing['wave']>, color: string): void {
  const { x, columns, amplitude, middle } = wave;
  g.fillStyle = color;
  for (let column = 0; column * 2 < columns.length; column++) {
    const top = middle - (columns[column * 2 + 1] ?? 0) * amplitude;
    const bottom = middle - (columns[column * 2] ?? 0) * amplitude;
    g.fillRect(x + column, Math.min(top, middle - 0.5), 1, Math.max(bottom - top, 1));
  }
}

function paintGrid(g: CanvasRenderingContext2D, view: View, model: Model): void {
  for (const line of gridLines(view.scroll, positionAt(view, view.width), view.ticksPerPx, model.signatures)) {
    g.fillStyle = line.strength === 'bar' ? COLORS.bar : COLORS.beat;
    g.fillRect(Math.round(xOf(view, line.position)), 0, 1, view.height);
  }
  const loop: Scene['loop'] = loopDrawing(view, model);
  if (loop?.enabled) {
    g.fillStyle = COLORS.loop;
    g.fillRect(loop.x, 0, loop.width, view.height);
  }
}

/** The frame of an area being selected. */
export function paintMarquee(g: CanvasRenderingContext2D, { x, y, width, height }: Area): void {
  g.fillStyle = 'rgba(108, 178, 255, 0.10)';
  g.fillRect(x, y, width, height);
  g.strokeStyle = 'rgba(108, 178, 255, 0.6)';
  g.lineWidth = 1;
  g.strokeRect(x + 0.5, y + 0.5, width - 1, height - 1);
}

/** A canvas's context, with the canvas at the right size and scaled to CSS pixels. */
export function sized(canvas: HTMLCanvasElement, width: number, height: number, density: number) {
  const w = Math.round(width * density);
  const h = Math.round(height * density);
  if (canvas.width !== w || canvas.height !== h) {
    canvas.width = w;
    canvas.height = h;
  }
  const g = canvas.getContext('2d', { alpha: true });
  g?.setTransform(density, 0, 0, density, 0, 0);
  return g;
}
