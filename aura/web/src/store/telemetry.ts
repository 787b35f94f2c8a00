// Position, load and meters as they come, about 60 times a second, in typed arrays.
//
// Read in requestAnimationFrame; nothing here is framework state, so that a frame of meters costs no rendering.
import type { LoudnessFigures, TelemetryFrame } from '../contract/messages';
import { dbOf, SILENCE_DB } from './decibels';

/** How fast a meter falls, in dB a second. */
const FALL_DB_PER_S = 26;
/** A device that takes gain away shows a hundredth of it, in decibels, in its meter (chorus/shared-memory.md). */
const REDUCTION_SCALE = 100;
/** How long the highest peak stays marked. */
const HOLD_MS = 1600;
/** How far the position is carried on without news; beyond, it stands, because nobody said that it moves. */
const MAX_CARRY_MS = 60;

export class Telemetry {
  sampleRate = 48_000;
  playing = false;
  load = 0;
  lateBlocks = 0;
  /** Of these: Signal was called too late, or needed too long. */
  lateCalled = 0;
  lateComputed = 0;
  /** Of the output; undefined while nothing sensible is known. */
  loudness: LoudnessFigures | undefined;
  /** When the last frame came, by performance.now(). */
  receivedAt = 0;
  #position = 0;
  readonly #slots = new Map<number, number>();
  /** Newest peaks, then what the meters show, in dB: left and right interleaved by slot. */
  #peaks = new Float32Array(64);
  #shown = new Float32Array(64).fill(SILENCE_DB);
  #held = new Float32Array(64).fill(SILENCE_DB);
  #heldAt = new Float64Array(64);
  /** Since they were cleared, in dB. */
  #highest = new Float32Array(64).fill(SILENCE_DB);
  #steppedAt = 0;

  accept(frame: TelemetryFrame, now: number): void {
    this.sampleRate = frame.sampleRate || this.sampleRate;
    this.playing = frame.playing;
    this.load = frame.load;
    this.lateBlocks = frame.lateBlocks;
    this.lateCalled = frame.lateCalled;
    this.lateComputed = frame.lateComputed;
    this.loudness = frame.loudness;
    this.#position = frame.positionSamples;
    this.receivedAt = now;
    frame.meterNodes.forEach((node, i) => {
      const slot = this.#slot(node);
      // Several frames may come between two pictures: the highest counts.
      for (const side of [0, 1]) {
        const peak = frame.meterPeaks[i * 2 + side] ?? 0;
        this.#peaks[slot + side] = Math.max(this.#peaks[slot + side] ?? 0, peak);
      }
    });
  }

  /** Where the song is, in samples, carried on between two frames. */
  positionAt(now: number): number {
    if (!this.playing) return this.#position;
    const carry = Math.min(Math.max(now - this.receivedAt, 0), MAX_CARRY_MS);
    return this.#position + (carry / 1000) * this.sampleRate;
  }

  /** Signal is gone: nothing moves and nothing sounds. */
  fallSilent(): void {
    this.playing = false;
    this.load = 0;
    this.#peaks.fill(0);
  }

  /** Moves all meters on to `now`; once a picture. */
  step(now: number): void {
    const fall = (Math.min(now - this.#steppedAt, 100) / 1000) * FALL_DB_PER_S;
    this.#steppedAt = now;
    for (let i = 0; i < this.#slots.size * 2; i++) {
      const peak = dbOf(this.#peaks[i] ?? 0);
      this.#highest[i] = Math.max(this.#highest[i] ?? SILENCE_DB, peak);
      this.#peaks[i] = 0;
      this.#shown[i] = Math.max(peak, (this.#shown[i] ?? SILENCE_DB) - fall);
      if (peak >= (this.#held[i] ?? SILENCE_DB)) {
        this.#held[i] = peak;
        this.#heldAt[i] = now;
      } else if (now - (this.#heldAt[i] ?? 0) > HOLD_MS) {
        this.#held[i] = this.#shown[i] ?? SILENCE_DB;
      }
    }
  }

  /** What a strip's meter shows, in dB. */
  shown(node: number, side: 0 | 1): number {
    const slot = this.#slots.get(node);
    return slot === undefined ? SILENCE_DB : (this.#shown[slot + side] ?? SILENCE_DB);
  }

  /** Decibels that a device takes away, 0 and up, of one that tells. */
  reduction(node: number): number {
    const shown = this.shown(node, 0);
    return shown <= SILENCE_DB ? 0 : REDUCTION_SCALE * 10 ** (shown / 20);
  }

  /** Its highest peak of the last moments, in dB. */
  held(node: number, side: 0 | 1): number {
    const slot = this.#slots.get(node);
    return slot === undefined ? SILENCE_DB : (this.#held[slot + side] ?? SILENCE_DB);
  }

  /** The highest peak of both sides since it was cleared, in dB. */
  highest(node: number): number {
    const slot = this.#slots.get(node);
    if (slot === undefined) return SILENCE_DB;
    return Math.max(this.#highest[slot] ?? SILENCE_DB, this.#highest[slot + 1] ?? SILENCE_DB);
  }

  clear(node: number): void {
    const slot = this.#slots.get(node);
    if (slot !== undefined) this.#highest.fill(SILENCE_DB, slot, slot + 2);
  }

  clearAll(): void {
    this.#highest.fill(SILENCE_DB);
  }

  #slot(node: number): number {
    let slot = this.#slots.get(node);
    if (slot !== undefined) return slot;
    slot = this.#slots.size * 2;
    this.#slots.set(node, slot);
    if (slot + 2 > this.#peaks.length) this.#grow();
    return slot;
  }

  #grow(): void {
    const longer = this.#peaks.length * 2;
    const copy = (old: Float32Array<ArrayBuffer>, fill: number) => {
      const array = new Float32Array(longer).fill(fill);
      array.set(old);
      return array;
    };
    this.#peaks = copy(this.#peaks, 0);
    this.#shown = copy(this.#shown, SILENCE_DB);
    this.#held = copy(this.#held, SILENCE_DB);
    this.#highest = copy(this.#highest, SILENCE_DB);
    const heldAt = new Float64Array(longer);
    heldAt.set(this.#heldAt);
    this.#heldAt = heldAt;
  }
}
