// Which part of the song is on the screen: the transform between ticks and pixels. Pure; values in, values out.
import { TICKS_PER_QUARTER } from '../store/tempo-map';

export interface View {
  /** Position at the left edge; may lie between two ticks. */
  scroll: number;
  /** Pixels of rows scrolled away at the top. */
  scrollY: number;
  ticksPerPx: number;
  /** Size of the canvas in CSS pixels. */
  width: number;
  height: number;
}

/** A quarter note from 0.25 px (a symphony on a screen) to 4,000 px (a waveform's single periods). */
const MIN_TICKS_PER_PX = TICKS_PER_QUARTER / 4000;
const MAX_TICKS_PER_PX = TICKS_PER_QUARTER / 0.25;
/** How far beyond the end one may scroll, in parts of the width. */
const BEYOND_END = 0.6;

export const xOf = (view: View, position: number) => (position - view.scroll) / view.ticksPerPx;
export const positionAt = (view: View, x: number) => view.scroll + x * view.ticksPerPx;

/** Zooms by a factor (above 1: closer) so that what is at `x` stays there. */
export function zoomed<V extends View>(view: V, factor: number, x: number): V {
  const ticksPerPx = Math.min(Math.max(view.ticksPerPx / factor, MIN_TICKS_PER_PX), MAX_TICKS_PER_PX);
  const anchor = positionAt(view, x);
  return { ...view, ticksPerPx, scroll: Math.max(anchor - x * ticksPerPx, 0) };
}

/** Scrolls by pixels, within the song and a little beyond. */
export function scrolled<V extends View>(view: V, dx: number, dy: number, end: number, rowsHeight: number): V {
  const last = Math.max(end - view.width * view.ticksPerPx * (1 - BEYOND_END), 0);
  const scroll = Math.min(Math.max(view.scroll + dx * view.ticksPerPx, 0), Math.max(last, view.scroll));
  const lowest = Math.max(rowsHeight - view.height, 0);
  return { ...view, scroll, scrollY: Math.min(Math.max(view.scrollY + dy, 0), lowest) };
}

/** Shows a stretch of the song, with a little room on both sides. */
export function fitted<V extends View>(view: V, from: number, to: number): V {
  const room = (to - from) * 0.02;
  const ticksPerPx = (to - from + 2 * room) / Math.max(view.width, 1);
  const clamped = Math.min(Math.max(ticksPerPx, MIN_TICKS_PER_PX), MAX_TICKS_PER_PX);
  return { ...view, ticksPerPx: clamped, scroll: Math.max(from - room, 0) };
}
