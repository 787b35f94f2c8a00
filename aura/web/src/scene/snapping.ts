// What is snapped to: the grid that follows the zoom, a note value of one's own (straight, triplet, dotted), or nothing.
import type { SignatureMap } from '../store/signature-map';
import { TICKS_PER_QUARTER } from '../store/tempo-map';
import { snap, stepAt, stepFrom, type GridStep } from './grid';

/** Parts of a whole note; 0 is a whole bar. */
export const PARTS = [0, 1, 2, 4, 8, 16, 32] as const;
export type Part = (typeof PARTS)[number];
export type Feel = 'straight' | 'triplet' | 'dotted';
export const FEELS: readonly Feel[] = ['straight', 'triplet', 'dotted'];

/** As the menus offer it. */
export interface Snapping {
  part: Part | 'adaptive' | 'off';
  feel: Feel;
}

export const ADAPTIVE: Snapping = { part: 'adaptive', feel: 'straight' };
const WHOLE = 4 * TICKS_PER_QUARTER;
const FACTORS: Record<Feel, number> = { straight: 1, triplet: 2 / 3, dotted: 3 / 2 };
const SUFFIXES: Record<Feel, string> = { straight: '', triplet: ' T', dotted: ' D' };

/** The step at a position and zoom; undefined where nothing is snapped to. */
export function stepOf(
  { part, feel }: Snapping,
  ticksPerPx: number,
  signatures: SignatureMap,
  position: number,
): GridStep | undefined {
  if (part === 'off') return undefined;
  if (part === 0) return { bars: 1 };
  const step = part === 'adaptive' ? stepAt(ticksPerPx, signatures, position) : { ticks: WHOLE / part };
  return 'ticks' in step ? { ticks: step.ticks * FACTORS[feel] } : step;
}

/** "Adaptive", "1/8 T", "1 bar", "Off". */
export function snappingName({ part, feel }: Snapping): string {
  if (part === 'off') return 'Off';
  if (part === 0) return '1 bar';
  return (part === 'adaptive' ? 'Adaptive' : `1/${part}`) + SUFFIXES[feel];
}

/** The nearest place on the grid, or the position itself where there is none. */
export function snapped(position: number, step: GridStep | undefined, signatures: SignatureMap): number {
  return step ? snap(position, step, signatures) : Math.max(Math.round(position), 0);
}

/** The last place on the grid that is not later: where a note goes that is drawn at a point. */
export function snappedDown(position: number, step: GridStep | undefined, signatures: SignatureMap): number {
  const near = snapped(position, step, signatures);
  if (!step || near <= position) return near;
  return stepFrom(near, -1, step, signatures);
}

/** How long a step is at a position, in ticks; without a step, the finest that can be heard as one. */
export function stepLength(step: GridStep | undefined, signatures: SignatureMap, position: number): number {
  if (!step) return WHOLE / 64;
  return 'ticks' in step ? step.ticks : step.bars * signatures.barLength(position);
}
