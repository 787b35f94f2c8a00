// Keys in the order they were pressed: while an edit is under way that selects what it made, later edits wait for that.
//
// So a split and a move pressed at once move the right part, however slow the way to Pulse is. It holds no more than a few.

/** More keys than this in one wait are a key that is held down: they are dropped. */
const MOST_WAITING = 32;

export class KeyQueue {
  readonly #waiting: (() => void)[] = [];
  #underWay = 0;

  /** Carries out an edit that ends by selecting something. */
  async selecting(edit: () => Promise<void>): Promise<void> {
    this.#underWay++;
    try {
      await edit();
    } finally {
      this.#underWay--;
      while (!this.#underWay) {
        const next = this.#waiting.shift();
        if (!next) break;
        next();
      }
    }
  }

  /** Acts now, or when what is under way is selected. */
  act(action: () => void): void {
    if (!this.#underWay) action();
    else if (this.#waiting.length < MOST_WAITING) this.#waiting.push(action);
  }
}
