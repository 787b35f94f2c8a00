// Counting in bars and beats, exact, as base/units does. Tempo plays no part here.
import { TICKS_PER_QUARTER } from './tempo-map';

/** Ticks a quarter note as people read them. */
const SHOWN_TICKS = 960;

export interface SignaturePointLike {
  position: number;
  numerator: number;
  denominator: number;
}

export interface BarBeat {
  /** From 1. */
  bar: number;
  /** From 1. */
  beat: number;
  /** Past the beat. */
  tick: number;
}

interface Segment extends SignaturePointLike {
  firstBar: number;
}

export class SignatureMap {
  readonly #segments: Segment[] = [];

  constructor(points: Iterable<SignaturePointLike> = []) {
    for (const point of [...points].sort((a, b) => a.position - b.position)) {
      const last = this.#segments.at(-1);
      if (!last) {
        this.#segments.push({ ...point, position: 0, firstBar: 1 });
      } else if (last.position >= point.position) {
        last.numerator = point.numerator;
        last.denominator = point.denominator;
      } else {
        const bars = Math.ceil((point.position - last.position) / barLength(last));
        this.#segments.push({ ...point, firstBar: last.firstBar + bars });
      }
    }
    if (!this.#segments.length) this.#segments.push({ position: 0, numerator: 4, denominator: 4, firstBar: 1 });
  }

  pointAt(position: number): SignaturePointLike {
    return this.#at(position);
  }

  barBeat(position: number): BarBeat {
    const segment = this.#at(position);
    const past = position - segment.position;
    const bar = barLength(segment);
    const inBar = ((past % bar) + bar) % bar;
    const beat = beatLength(segment);
    return { bar: segment.firstBar + Math.floor(past / bar), beat: Math.floor(inBar / beat) + 1, tick: inBar % beat };
  }

  /** Where a bar starts; bars count from 1. */
  barStart(bar: number): number {
    const segment = this.#segments.findLast((candidate) => candidate.firstBar <= bar) ?? this.#first();
    return segment.position + (bar - segment.firstBar) * barLength(segment);
  }

  /** Length of the bar at a position. */
  barLength(position: number): number {
    return barLength(this.#at(position));
  }

  beatLength(position: number): number {
    return beatLength(this.#at(position));
  }

  #at(position: number): Segment {
    return this.#segments.findLast((segment) => segment.position <= position) ?? this.#first();
  }

  #first(): Segment {
    return this.#segments[0] as Segment;
  }
}

/** `bar.beat.tick` with 960 ticks a quarter note, rounded down. */
export function formatBarBeat({ bar, beat, tick }: BarBeat): string {
  const shown = Math.floor((tick * SHOWN_TICKS) / TICKS_PER_QUARTER);
  return `${bar}.${beat}.${String(shown).padStart(3, '0')}`;
}

/** "bar 3 beat 2", and the rest of the beat where there is one. */
export function speakBarBeat({ bar, beat, tick }: BarBeat): string {
  const shown = Math.floor((tick * SHOWN_TICKS) / TICKS_PER_QUARTER);
  return `bar ${bar} beat ${beat}${shown ? ` tick ${shown}` : ''}`;
}

/** `minutes:seconds.milliseconds`. */
export function formatSeconds(seconds: number): string {
  const ms = Math.floor(Math.max(seconds, 0) * 1000 + 1e-6);
  const rest = String((ms % 60_000) / 1000);
  const [whole = '0', fraction = ''] = rest.split('.');
  return `${Math.floor(ms / 60_000)}:${whole.padStart(2, '0')}.${fraction.padEnd(3, '0')}`;
}

function beatLength(point: SignaturePointLike): number {
  return Math.max((4 * TICKS_PER_QUARTER) / Math.max(point.denominator, 1), 1);
}

function barLength(point: SignaturePointLike): number {
  return beatLength(point) * Math.max(point.numerator, 1);
}
