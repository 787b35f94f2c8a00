// The outlines of the song's sounds, fetched once each, one after the other.
import type { PeaksPart } from '../contract/messages';
import { Peaks } from './peaks';

export class Outlines {
  readonly #peaks = new Map<number, Peaks>();
  readonly #asked = new Set<number>();

  constructor(private readonly fetch: (media: number) => Promise<PeaksPart[]>) {}

  of(media: number): Peaks | undefined {
    return this.#peaks.get(media);
  }

  /** Fetches those that are not here yet while `ready`; `arrived` is called after each. */
  async load(media: Iterable<number>, ready: () => boolean, arrived: () => void): Promise<void> {
    for (const id of media) {
      if (this.#asked.has(id) || !ready()) continue;
      this.#asked.add(id);
      try {
        this.#peaks.set(id, new Peaks(await this.fetch(id)));
        arrived();
      } catch {
        // Asked again when the connection or Pulse is back.
        this.#asked.delete(id);
        return;
      }
    }
  }

  /** Another song is open. */
  forget(): void {
    this.#peaks.clear();
    this.#asked.clear();
  }
}
