// Edits that are shown before Pulse has answered.
//
// A drag holds values over an entity's own; the hold ends when the transaction is here, or when it was refused or lost, and
// the entity shows what Pulse says again (rule P3). Of two holds on one field the later shows, and the earlier one's end
// does not disturb it.

/** One edit's values; the key to end it. */
export interface Hold {
  readonly id: number;
  readonly fields: readonly string[];
}

interface Held {
  value: unknown;
  by: Hold;
}

export class Pending {
  readonly #held = new Map<number, Map<string, Held>>();

  /** Shows `patch` over the entity `id` until `release`. */
  hold(id: number, patch: Record<string, unknown>): Hold {
    const hold = { id, fields: Object.keys(patch) };
    let fields = this.#held.get(id);
    if (!fields) this.#held.set(id, (fields = new Map()));
    for (const [name, value] of Object.entries(patch)) fields.set(name, { value, by: hold });
    return hold;
  }

  /** Ends a hold; what a later one took over stays. */
  release(hold: Hold): void {
    const fields = this.#held.get(hold.id);
    if (!fields) return;
    for (const name of hold.fields) {
      if (fields.get(name)?.by === hold) fields.delete(name);
    }
    if (!fields.size) this.#held.delete(hold.id);
  }

  /** Ends all holds: another song is shown. */
  forget(): void {
    this.#held.clear();
  }

  /** The entity as it is to be shown. */
  over<T extends { id: number }>(entity: T): T {
    const fields = this.#held.get(entity.id);
    if (!fields) return entity;
    const patch = Object.fromEntries([...fields].map(([name, held]) => [name, held.value]));
    return { ...entity, ...patch };
  }

  /** One held value. */
  value(id: number, field: string): unknown {
    return this.#held.get(id)?.get(field)?.value;
  }

  /** Entities with something held. */
  get ids(): Iterable<number> {
    return this.#held.keys();
  }
}
