// What stands in the ruler: markers, changes of tempo and signature, and the ranges of loop and punch; and what of it lies
// under the pointer. Pure.
import type { Marker, SignaturePoint, TempoPoint } from '../contract/messages';
import { SUPERCLOCKS_PER_SECOND } from '../store/tempo-map';
import { xOf, type View } from './view';

/** The bands of the ruler from top to bottom, in pixels. */
export const BANDS = {
  markers: { top: 0, bottom: 20 },
  loop: { top: 20, bottom: 28 },
  punch: { top: 28, bottom: 34 },
  time: { top: 34, bottom: 47 },
  bars: { top: 47, bottom: 60 },
} as const;
export type Band = keyof typeof BANDS;
export const RULER_PX = 60;

export type RulerItem =
  | { kind: 'marker'; id: number; position: number; text: string }
  | { kind: 'tempo'; id: number; position: number; text: string }
  | { kind: 'signature'; id: number; position: number; text: string };

/** How wide the label of a tempo or signature is, for the pointer and so that two do not overlap. */
const LABEL_PX = { tempo: 42, signature: 26 } as const;
/** How much of a section is its marker, from its left. */
const MARKER_PX = 60;
/** How near to the edge of a range the pointer takes the edge. */
const EDGE_PX = 5;

/** All of them by position; at one position the signature stands before the tempo. */
export function rulerItems(
  markers: Iterable<Marker>,
  tempos: Iterable<TempoPoint>,
  signatures: Iterable<SignaturePoint>,
): RulerItem[] {
  const items: RulerItem[] = [];
  for (const { id, position, name } of markers) items.push({ kind: 'marker', id, position, text: name });
  for (const { id, position, numerator, denominator } of signatures) {
    items.push({ kind: 'signature', id, position, text: `${numerator}/${denominator}` });
  }
  for (const { id, position, superclocksPerQuarter } of tempos) {
    items.push({ kind: 'tempo', id, position, text: bpmText(superclocksPerQuarter) });
  }
  return items.sort((a, b) => a.position - b.position || a.kind.localeCompare(b.kind));
}

/** "120", "112.5". */
const bpmText = (superclocks: number) =>
  String(Math.round(((60 * SUPERCLOCKS_PER_SECOND) / Math.max(superclocks, 1)) * 100) / 100);

/** Where an item's label begins; a tempo stands after a signature at the same place. */
export function labelX(view: View, item: RulerItem, items: readonly RulerItem[]): number {
  const x = xOf(view, item.position) + 3;
  const beside =
    item.kind === 'tempo' && items.some((other) => other.kind === 'signature' && other.position === item.position);
  return beside ? x + LABEL_PX.signature : x;
}

export function bandAt(y: number): Band {
  const names = Object.keys(BANDS) as Band[];
  return names.find((name) => y < BANDS[name].bottom) ?? 'bars';
}

/** The item under a point; of those on top of each other the last. */
export function itemAt(view: View, items: readonly RulerItem[], x: number, y: number): RulerItem | undefined {
  const band = bandAt(y);
  return items.findLast((item) => {
    const left = labelX(view, item, items) - 4;
    if (item.kind === 'marker') return band === 'markers' && x >= left && x < left + MARKER_PX;
    return band === 'time' && x >= left && x < left + LABEL_PX[item.kind];
  });
}

/** What of a range lies under a point: one of its edges, its middle, or nothing of it. */
export function rangePart(
  view: View,
  range: { start: number; end: number },
  x: number,
): 'start' | 'end' | 'body' | undefined {
  if (range.end <= range.start) return undefined;
  const [left, right] = [xOf(view, range.start), xOf(view, range.end)];
  if (Math.abs(x - right) <= EDGE_PX) return 'end';
  if (Math.abs(x - left) <= EDGE_PX) return 'start';
  return x > left && x < right ? 'body' : undefined;
}

/** A range whose part is dragged from one place to another. */
export function draggedRange(
  range: { start: number; end: number },
  part: 'start' | 'end' | 'body' | undefined,
  from: number,
  to: number,
): { start: number; end: number } {
  const ordered = (a: number, b: number) => ({ start: Math.min(a, b), end: Math.max(a, b) });
  if (part === 'start') return ordered(to, range.end);
  if (part === 'end') return ordered(range.start, to);
  if (part === undefined) return ordered(from, to);
  const by = Math.max(to - from, -range.start);
  return { start: range.start + by, end: range.end + by };
}
