// What lies under a point of the arrange view. Pure.
import type { Clip, Track } from '../contract/messages';
import { HEADER_PX, ROW_GAP_PX, type Model } from './scene';
import type { Row } from './rows';
import { positionAt, xOf, type View } from './view';

/** How near to a clip's edge the pointer takes the edge. */
const EDGE_PX = 6;
/** How near to a fade's handle it takes that. */
const HANDLE_PX = 7;
/** Narrower clips are only moved, and trimmed at their right edge. */
const ROOMY_PX = 24;

/** What of a clip the pointer takes: its edges, the upper right one to loop it, the handles of its fades, or all of it. */
export type Part = 'body' | 'start' | 'end' | 'loop' | 'fadeIn' | 'fadeOut';

export interface Hit {
  row: Row | undefined;
  clip: Clip | undefined;
  part: Part;
  position: number;
}

export function hit(view: View, model: Model, x: number, y: number): Hit {
  const position = positionAt(view, x);
  const row = rowAt(view, model, y);
  const clip = row && clipAt(model, row.track, position);
  if (!clip) return { row, clip, part: 'body', position };
  const fromTop = y + view.scrollY - (row?.top ?? 0) - ROW_GAP_PX;
  return { row, clip, part: partOf(view, clip, x, fromTop), position };
}

function partOf(view: View, clip: Clip, x: number, fromTop: number): Part {
  const left = xOf(view, clip.start);
  const right = xOf(view, clip.start + clip.length);
  const roomy = right - left > ROOMY_PX;
  const inHeader = fromTop < HEADER_PX;
  if (clip.content.case === 'audio' && roomy && !inHeader && fromTop < HEADER_PX + 2 * HANDLE_PX) {
    const fadeIn = left + Math.max(clip.fadeIn / view.ticksPerPx, HANDLE_PX);
    const fadeOut = right - Math.max(clip.fadeOut / view.ticksPerPx, HANDLE_PX);
    if (Math.abs(x - fadeIn) <= HANDLE_PX) return 'fadeIn';
    if (Math.abs(x - fadeOut) <= HANDLE_PX) return 'fadeOut';
  }
  if (right - left > 3 * EDGE_PX && right - x < EDGE_PX) return inHeader && roomy ? 'loop' : 'end';
  if (roomy && x - left < EDGE_PX) return 'start';
  return 'body';
}

export function rowAt(view: View, model: Model, y: number): Row | undefined {
  const inRows = y + view.scrollY;
  return model.rows.find((row) => inRows >= row.top && inRows < row.top + row.height);
}

/** Clips touched by a rectangle of the screen. */
export function clipsIn(
  view: View,
  model: Model,
  area: { x: number; y: number; width: number; height: number },
): number[] {
  const from = positionAt(view, area.x);
  const to = positionAt(view, area.x + area.width);
  const top = area.y + view.scrollY;
  return model.rows
    .filter((row) => row.top < top + area.height && row.top + row.height > top)
    .flatMap((row) => model.clipsOf(row.track.id))
    .filter((clip) => clip.start < to && clip.start + clip.length > from)
    .map((clip) => clip.id);
}

/** Of overlapping clips the last one, which is drawn on top. */
function clipAt(model: Model, track: Track, position: number): Clip | undefined {
  return model.clipsOf(track.id).findLast((clip) => position >= clip.start && position < clip.start + clip.length);
}
