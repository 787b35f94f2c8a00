// What lies under a point of the arrange view. Pure.
import type { Clip, Track } from '../contract/messages';
import type { Model, Row } from './scene';
import { positionAt, xOf, type View } from './view';

/** How near to a clip's right edge the pointer takes the edge. */
const EDGE_PX = 6;

export interface Hit {
  row: Row | undefined;
  clip: Clip | undefined;
  part: 'body' | 'end';
  position: number;
}

export function hit(view: View, model: Model, x: number, y: number): Hit {
  const position = positionAt(view, x);
  const row = rowAt(view, model, y);
  const clip = row && clipAt(model, row.track, position);
  if (!clip) return { row, clip, part: 'body', position };
  const right = xOf(view, clip.start + clip.length);
  const wide = clip.length / view.ticksPerPx > 3 * EDGE_PX;
  return { row, clip, part: wide && right - x < EDGE_PX ? 'end' : 'body', position };
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
