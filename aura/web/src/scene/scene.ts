// What the arrange view shows, as plain drawing data: `scene(view, model)`.
//
// Pure: the same view and model give the same data, which is what tests assert. Pixels are CSS pixels from the canvas's
// corner; it knows no canvas.
import type { Clip, FadeCurve, Media, Note } from '../contract/messages';
import { echoesOf, originOf, windowOf } from './content';
import type { Peaks } from '../store/peaks';
import type { SignatureMap } from '../store/signature-map';
import type { TempoMap } from '../store/tempo-map';
import { gridLines, type GridLine } from './grid';
import type { Row } from './rows';
import { positionAt, xOf, type View } from './view';

/** Height of a clip's header with its name. */
export const HEADER_PX = 13;
/** Room between a row's edge and its clips. */
export const ROW_GAP_PX = 2;
const NOTE_MIN_PX = 2;
const NOTE_MAX_PX = 5;

export interface Model {
  rows: readonly Row[];
  clipsOf(track: number): readonly Clip[];
  notesOf(clip: number): Iterable<Note>;
  mediaOf(id: number): Media | undefined;
  peaksOf(media: number): Peaks | undefined;
  tempo: TempoMap;
  signatures: SignatureMap;
  selectedTrack: number;
  selectedClips: ReadonlySet<number>;
  loop: { start: number; end: number; enabled: boolean };
}

export interface NoteBox {
  x: number;
  y: number;
  width: number;
  height: number;
  /** 0 to 1. */
  velocity: number;
}

export interface Wave {
  /** Of the first column; one column a pixel. */
  x: number;
  /** Lowest and highest of each column, -1 to 1, interleaved. */
  columns: Float32Array;
  /** Full scale, from the middle, in pixels. */
  amplitude: number;
  middle: number;
}

export interface ClipDrawing {
  id: number;
  x: number;
  y: number;
  width: number;
  height: number;
  title: string;
  color: number;
  muted: boolean;
  selected: boolean;
  wave?: Wave;
  notes: NoteBox[];
  fades: { in: Fade; out: Fade } | undefined;
  /** Where the content begins again. */
  repeats: number[];
}

export interface Fade {
  /** On the screen; 0: none. */
  width: number;
  curve: FadeCurve;
}

export interface RowDrawing {
  track: number;
  y: number;
  height: number;
  selected: boolean;
  clips: ClipDrawing[];
}

export interface Scene {
  lines: (GridLine & { x: number })[];
  loop: { x: number; width: number; enabled: boolean } | undefined;
  rows: RowDrawing[];
}

export function scene(view: View, model: Model): Scene {
  const from = view.scroll;
  const to = positionAt(view, view.width);
  const lines = gridLines(from, to, view.ticksPerPx, model.signatures);
  return {
    lines: lines.map((line) => ({ ...line, x: xOf(view, line.position) })),
    loop: loopDrawing(view, model),
    rows: visibleRows(view, model).map((row) => rowDrawing(view, model, row)),
  };
}

/** The rows of which a part is on the screen. */
export function visibleRows(view: View, model: Model): Row[] {
  const bottom = view.scrollY + view.height;
  return model.rows.filter((row) => row.top < bottom && row.top + row.height > view.scrollY);
}

/** The loop on the screen; undefined where there is none. */
export function loopDrawing(view: View, { loop }: Model): Scene['loop'] {
  const x = xOf(view, loop.start);
  const right = xOf(view, loop.end);
  if (loop.end <= loop.start || right < 0 || x > view.width) return undefined;
  return { x, width: right - x, enabled: loop.enabled };
}

/** One row's clips, cut to the view's width. A tile of the renderer is a row in a narrow view. */
export function rowDrawing(view: View, model: Model, row: Row): RowDrawing {
  const y = row.top - view.scrollY;
  const from = view.scroll;
  const to = positionAt(view, view.width);
  const clips = model
    .clipsOf(row.track.id)
    .filter((clip) => clip.start < to && clip.start + clip.length > from)
    .map((clip) => clipDrawing(view, model, row, y, clip));
  const selected = row.track.id === model.selectedTrack;
  return { track: row.track.id, y, height: row.height, selected, clips };
}

function clipDrawing(view: View, model: Model, row: Row, rowY: number, clip: Clip): ClipDrawing {
  const x = xOf(view, clip.start);
  const width = clip.length / view.ticksPerPx;
  const y = rowY + ROW_GAP_PX;
  const height = row.height - 2 * ROW_GAP_PX;
  const drawing: ClipDrawing = {
    id: clip.id,
    x,
    y,
    width,
    height,
    title: clip.name,
    color: clip.color ?? row.track.color,
    muted: clip.mute,
    selected: model.selectedClips.has(clip.id),
    notes: [],
    fades: fadesOf(view, clip),
    repeats: echoesOf(clip)
      .slice(1)
      .map((echo) => xOf(view, echo)),
  };
  const inside = { x, width, y: y + HEADER_PX, height: height - HEADER_PX };
  if (clip.content.case === 'audio') drawing.wave = waveOf(view, model, clip, clip.content.value, inside);
  else if (clip.content.case === 'notes') drawing.notes = notesOf(view, model, clip, inside);
  return drawing;
}

function fadesOf(view: View, clip: Clip): ClipDrawing['fades'] {
  if (clip.content.case !== 'audio') return undefined;
  return {
    in: { width: clip.fadeIn / view.ticksPerPx, curve: clip.fadeInCurve },
    out: { width: clip.fadeOut / view.ticksPerPx, curve: clip.fadeOutCurve },
  };
}

interface Box {
  x: number;
  y: number;
  width: number;
  height: number;
}

function waveOf(
  view: View,
  model: Model,
  clip: Clip,
  audio: { media: number; offsetFrames: number; gainDb: number; reverse: boolean },
  box: Box,
): Wave | undefined {
  const media = model.mediaOf(audio.media);
  const peaks = model.peaksOf(audio.media);
  if (!media || !peaks) return undefined;
  const first = Math.floor(Math.max(box.x + 1, 0));
  const last = Math.ceil(Math.min(box.x + box.width - 1, view.width));
  if (last <= first) return undefined;
  const columns = new Float32Array((last - first) * 2);
  const frameAt = frames(view, model, clip, audio.offsetFrames, media.sampleRate);
  for (let column = 0; column < last - first; column++) {
    const from = frameAt(first + column);
    // Where a loop begins again, the column belongs to what ends there.
    const to = Math.max(frameAt(first + column + 1), from + 1);
    if (audio.reverse) peaks.range(media.frames - to, media.frames - from, columns, column * 2);
    else peaks.range(from, to, columns, column * 2);
  }
  const gain = Math.min(10 ** (audio.gainDb / 20), 4);
  return { x: first, columns, amplitude: ((box.height - 6) / 2) * gain, middle: box.y + box.height / 2 };
}

/** The frame of the media that is heard at a pixel, counted from where the media begins to be played. */
function frames(view: View, { tempo }: Model, clip: Clip, offset: number, rate: number): (x: number) => number {
  const start = tempo.seconds(clip.start);
  if (!clip.loopLength) return (x) => offset + (tempo.seconds(positionAt(view, x)) - start) * rate;
  return (x) => {
    const turned = positionAt(view, x) - clip.start + clip.loopPhase;
    const within = ((turned % clip.loopLength) + clip.loopLength) % clip.loopLength;
    return offset + (tempo.seconds(clip.start + within) - start) * rate;
  };
}

function notesOf(view: View, model: Model, clip: Clip, box: Box): NoteBox[] {
  const [from, to] = windowOf(clip);
  const inside = [...model.notesOf(clip.id)].filter((note) => note.start + note.length > from && note.start < to);
  const pitches = inside.map((note) => note.pitch);
  const [lowest, highest] = [Math.min(...pitches, 127), Math.max(...pitches, 0)];
  // At least an octave, so that one repeated note is a line and not a wall.
  const spread = Math.max(highest - lowest, 12);
  const base = (highest + lowest - spread) / 2;
  const room = box.height - 8;
  const height = Math.min(Math.max(room / (spread + 1), NOTE_MIN_PX), NOTE_MAX_PX);
  const boxes: NoteBox[] = [];
  for (const origin of echoesOf(clip)) {
    const last = Math.min(origin + to - from, clip.start + clip.length);
    for (const note of inside) {
      const start = originOf(clip, origin) + note.start;
      const left = xOf(view, Math.max(start, origin, clip.start));
      const right = xOf(view, Math.min(start + note.length, last));
      if (right <= left || right < 0 || left > view.width) continue;
      const y = box.y + 4 + (room - height) * (1 - (note.pitch - base) / spread);
      boxes.push({ x: left + 0.5, y, width: Math.max(right - left - 1, 1.5), height, velocity: note.velocity });
    }
  }
  return boxes;
}
