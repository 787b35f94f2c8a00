// The outline of a sound at every zoom: a pyramid of lowest and highest samples, all channels together.
import type { PeaksPart } from '../contract/messages';

/** Each level covers this many peaks of the one below. */
const STEP = 4;
/** So near to a boundary, in peaks, a frame counts as on it: positions that were computed in two ways must agree. */
const BOUNDARY = 1e-6;

interface Level {
  framesPerPeak: number;
  /** Lowest and highest, interleaved, -127 to 127. */
  peaks: Int8Array;
}

export class Peaks {
  readonly #levels: Level[] = [];

  constructor(parts: readonly PeaksPart[]) {
    const channels = Math.max(parts[0]?.channels ?? 1, 1);
    const framesPerPeak = Math.max(parts[0]?.framesPerPeak ?? 1, 1);
    let level: Level = { framesPerPeak, peaks: mixed(parts, channels) };
    this.#levels.push(level);
    while (level.peaks.length > 2 * STEP) {
      level = { framesPerPeak: level.framesPerPeak * STEP, peaks: coarser(level.peaks) };
      this.#levels.push(level);
    }
  }

  /**
   * Lowest and highest sample in [from, to) frames, -1 to 1, into `out` at `index`; silence outside of the sound.
   * `out` is given so that drawing a tile allocates nothing.
   */
  range(from: number, to: number, out: Float32Array, index: number): void {
    const level = this.#levels.findLast((candidate) => candidate.framesPerPeak <= to - from) ?? this.#levels[0];
    let lowest = 127;
    let highest = -127;
    if (level) {
      const first = Math.floor(from / level.framesPerPeak + BOUNDARY);
      const last = Math.max(Math.ceil(to / level.framesPerPeak - BOUNDARY), first + 1);
      for (let i = Math.max(first, 0); i < Math.min(last, level.peaks.length / 2); i++) {
        lowest = Math.min(lowest, level.peaks[i * 2] ?? 0);
        highest = Math.max(highest, level.peaks[i * 2 + 1] ?? 0);
      }
    }
    const silent = lowest > highest;
    out[index] = silent ? 0 : lowest / 127;
    out[index + 1] = silent ? 0 : highest / 127;
  }
}

function mixed(parts: readonly PeaksPart[], channels: number): Int8Array {
  const bytes = parts.reduce((sum, part) => sum + part.peaks.length, 0);
  const all = new Int8Array(bytes);
  let at = 0;
  for (const part of parts) {
    all.set(new Int8Array(part.peaks.buffer, part.peaks.byteOffset, part.peaks.length), at);
    at += part.peaks.length;
  }
  if (channels === 1) return all;
  const count = Math.floor(all.length / (2 * channels));
  const result = new Int8Array(count * 2);
  for (let i = 0; i < count; i++) {
    let lowest = 127;
    let highest = -127;
    for (let channel = 0; channel < channels; channel++) {
      lowest = Math.min(lowest, all[(i * channels + channel) * 2] ?? 0);
      highest = Math.max(highest, all[(i * channels + channel) * 2 + 1] ?? 0);
    }
    result[i * 2] = lowest;
    result[i * 2 + 1] = highest;
  }
  return result;
}

function coarser(peaks: Int8Array): Int8Array {
  const count = Math.ceil(peaks.length / 2 / STEP);
  const result = new Int8Array(count * 2);
  for (let i = 0; i < count; i++) {
    let lowest = 127;
    let highest = -127;
    for (let j = i * STEP; j < Math.min((i + 1) * STEP, peaks.length / 2); j++) {
      lowest = Math.min(lowest, peaks[j * 2] ?? 0);
      highest = Math.max(highest, peaks[j * 2 + 1] ?? 0);
    }
    result[i * 2] = lowest;
    result[i * 2 + 1] = highest;
  }
  return result;
}
