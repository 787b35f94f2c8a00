// The grid of bars and beats at a zoom, and snapping to it. Pure.
import type { SignatureMap } from '../store/signature-map';
import { TICKS_PER_QUARTER } from '../store/tempo-map';

/** Lines closer than this are not drawn, and not snapped to. */
const MIN_LINE_PX = 9;
/** Bar numbers closer than this would touch. */
const MIN_LABEL_PX = 40;
/** Parts of a whole note to snap to, coarse to fine. */
const PARTS = [1, 2, 4, 8, 16, 32, 64] as const;

/** A step of the grid: some bars, or a part of a whole note in ticks. */
export type GridStep = { bars: number } | { ticks: number };

export interface GridLine {
  position: number;
  /** Parts of a beat are faint, beats clearer, bars clearest. */
  strength: 'bar' | 'beat' | 'part';
  /** Bar number, where there is room. */
  label?: string;
}

/** The finest step that is still readable at a zoom. */
export function stepAt(ticksPerPx: number, signatures: SignatureMap, position: number): GridStep {
  const bar = signatures.barLength(position);
  const room = MIN_LINE_PX * ticksPerPx;
  const part = PARTS.findLast((candidate) => (4 * TICKS_PER_QUARTER) / candidate >= room);
  if (part !== undefined && bar >= room && (4 * TICKS_PER_QUARTER) / part < bar) {
    return { ticks: (4 * TICKS_PER_QUARTER) / part };
  }
  return { bars: barsAtLeast(room / bar) };
}

/** "1/16", "1 bar": the step in words. */
export function stepName(step: GridStep): string {
  if ('ticks' in step) {
    const part = (4 * TICKS_PER_QUARTER) / step.ticks;
    if (part % 3 === 0) return `1/${(part * 2) / 3} T`;
    return Number.isInteger(part) ? `1/${part}` : `1/${part * 1.5} D`;
  }
  return step.bars === 1 ? '1 bar' : `${step.bars} bars`;
}

/** The nearest position on the grid, not before the start of the song. */
export function snap(position: number, step: GridStep, signatures: SignatureMap): number {
  if (position <= 0) return 0;
  const { bar } = signatures.barBeat(position);
  if ('ticks' in step) {
    const start = signatures.barStart(bar);
    const next = signatures.barStart(bar + 1);
    const snapped = start + Math.round((position - start) / step.ticks) * step.ticks;
    return Math.min(snapped, next);
  }
  const lower = signatures.barStart(bar - ((bar - 1) % step.bars));
  const upper = signatures.barStart(bar - ((bar - 1) % step.bars) + step.bars);
  return position - lower < upper - position ? lower : upper;
}

/** One step on or back from a position; lands on the grid. */
export function stepFrom(position: number, direction: 1 | -1, step: GridStep, signatures: SignatureMap): number {
  const size = 'ticks' in step ? step.ticks : step.bars * signatures.barLength(position);
  const snapped = snap(position, step, signatures);
  if ((snapped - position) * direction > 0) return snapped;
  return snap(Math.max(snapped + direction * size, 0), step, signatures);
}

/** The lines between two positions, ascending: of the step one snaps to where that is readable, else of the zoom's. */
export function gridLines(
  from: number,
  to: number,
  ticksPerPx: number,
  signatures: SignatureMap,
  wanted?: GridStep,
): GridLine[] {
  const lines: GridLine[] = [];
  const middle = Math.max((from + to) / 2, 0);
  const readable = wanted && 'ticks' in wanted && wanted.ticks >= MIN_LINE_PX * ticksPerPx;
  const step = readable ? wanted : stepAt(ticksPerPx, signatures, middle);
  const barPx = signatures.barLength(middle) / ticksPerPx;
  const labelled = barsAtLeast(MIN_LABEL_PX / barPx);
  const perStep = 'bars' in step ? step.bars : 1;
  const first = signatures.barBeat(Math.max(from, 0)).bar;
  for (let bar = first - ((first - 1) % perStep); ; bar += perStep) {
    const start = signatures.barStart(bar);
    if (start > to) break;
    lines.push({ position: start, strength: 'bar', ...((bar - 1) % labelled === 0 && { label: String(bar) }) });
    if ('bars' in step) continue;
    const next = signatures.barStart(bar + 1);
    const beat = signatures.beatLength(start);
    for (let position = start + step.ticks; position < next && position <= to; position += step.ticks) {
      lines.push({ position, strength: (position - start) % beat ? 'part' : 'beat' });
    }
  }
  return lines.filter((line) => line.position >= from);
}

/** The smallest 1, 2, 4, 8 … that is at least `bars`. */
function barsAtLeast(bars: number): number {
  return 2 ** Math.max(Math.ceil(Math.log2(Math.max(bars, 1))), 0);
}
