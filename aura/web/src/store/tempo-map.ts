// Where musical time meets wall time, with the same whole numbers as base/units: the cases in
// chorus/conformance/tempo-map.json hold for both.
//
// Positions are in ticks, 46,126,080 a quarter note; instants in superclocks, 282,240,000 a second. Tempo is constant
// between points. `seconds` is for drawing only: it is fast and not exact.
export const TICKS_PER_QUARTER = 46_126_080;
export const SUPERCLOCKS_PER_SECOND = 282_240_000;

const TICKS = BigInt(TICKS_PER_QUARTER);
const SUPERCLOCKS = BigInt(SUPERCLOCKS_PER_SECOND);

export interface TempoPointLike {
  position: number;
  superclocksPerQuarter: number;
}

interface Segment {
  position: number;
  superclocksPerQuarter: number;
  /** Time of `position` in superclocks × TICKS_PER_QUARTER. */
  scaled: bigint;
  seconds: number;
}

export class TempoMap {
  /** Ascending by position, the first at 0; never empty. */
  readonly #segments: Segment[] = [];

  /** From points in any order; of several at one position the last given counts. With none the tempo is 120. */
  constructor(points: Iterable<TempoPointLike> = []) {
    const sorted = [...points].sort((a, b) => a.position - b.position);
    for (const point of sorted) {
      const superclocksPerQuarter = Math.max(point.superclocksPerQuarter, 1);
      const last = this.#segments.at(-1);
      if (!last) {
        this.#segments.push({ position: 0, superclocksPerQuarter, scaled: 0n, seconds: 0 });
      } else if (last.position >= point.position) {
        last.superclocksPerQuarter = superclocksPerQuarter;
      } else {
        const scaled = scaledTime(last, BigInt(point.position));
        const seconds = Number(scaled) / TICKS_PER_QUARTER / SUPERCLOCKS_PER_SECOND;
        this.#segments.push({ position: point.position, superclocksPerQuarter, scaled, seconds });
      }
    }
    if (!this.#segments.length) {
      this.#segments.push({ position: 0, superclocksPerQuarter: SUPERCLOCKS_PER_SECOND / 2, scaled: 0n, seconds: 0 });
    }
  }

  /** Positions where the tempo changes, ascending, the first 0. */
  get changes(): number[] {
    return this.#segments.map((segment) => segment.position);
  }

  /** Quarter notes a minute at a position. */
  bpm(position: number): number {
    return (60 * SUPERCLOCKS_PER_SECOND) / this.#at(position).superclocksPerQuarter;
  }

  /** When a position is reached, rounded down. */
  superclock(position: number): number {
    return Number(floorDiv(scaledTime(this.#at(position), BigInt(position)), TICKS));
  }

  /** The last position that is not later than an instant. */
  ticks(superclock: number): number {
    const scaled = (BigInt(superclock) + 1n) * TICKS - 1n;
    const segment = this.#segments.findLast((candidate) => candidate.scaled <= scaled) ?? this.#first();
    const ticks = floorDiv(scaled - segment.scaled, BigInt(segment.superclocksPerQuarter));
    return segment.position + Number(ticks);
  }

  /** The sample in which a position lies. */
  samples(position: number, rate: number): number {
    return Number(floorDiv(BigInt(this.superclock(position)) * BigInt(rate), SUPERCLOCKS));
  }

  /** The last position that is not later than the start of a sample. */
  ticksAtSample(sample: number, rate: number): number {
    return this.ticks(superclockAtSample(sample, rate));
  }

  /** Seconds from the start of the song, for drawing. */
  seconds(position: number): number {
    const segment = this.#at(position);
    const quarters = (position - segment.position) / TICKS_PER_QUARTER;
    return segment.seconds + (quarters * segment.superclocksPerQuarter) / SUPERCLOCKS_PER_SECOND;
  }

  /** The position at a time, for drawing and dragging; may lie between two ticks. */
  ticksAtSeconds(seconds: number): number {
    const segment = this.#segments.findLast((candidate) => candidate.seconds <= seconds) ?? this.#first();
    const quarters = ((seconds - segment.seconds) * SUPERCLOCKS_PER_SECOND) / segment.superclocksPerQuarter;
    return segment.position + quarters * TICKS_PER_QUARTER;
  }

  #at(position: number): Segment {
    return this.#segments.findLast((segment) => segment.position <= position) ?? this.#first();
  }

  #first(): Segment {
    return this.#segments[0] as Segment;
  }
}

/** The first superclock at or after the start of a sample. */
export function superclockAtSample(sample: number, rate: number): number {
  return Number(-floorDiv(-(BigInt(sample) * SUPERCLOCKS), BigInt(rate)));
}

/** Superclocks a quarter note at a tempo, as Pulse rounds them. */
export function superclocksPerQuarter(bpm: number): number {
  return Math.round((60 * SUPERCLOCKS_PER_SECOND) / bpm);
}

function scaledTime(segment: Segment, position: bigint): bigint {
  return segment.scaled + (position - BigInt(segment.position)) * BigInt(segment.superclocksPerQuarter);
}

function floorDiv(a: bigint, b: bigint): bigint {
  const quotient = a / b;
  return a % b < 0n ? quotient - 1n : quotient;
}
