// Ids for what the page creates: chosen here, so that commands of one transaction can name what others of it make.
import type { Studio } from './studio.svelte';

/** An id that is not in use: of 2^48 there are enough that two pages never take the same. */
export function freshId(studio: Studio): number {
  const [high = 0, low = 0] = crypto.getRandomValues(new Uint32Array(2));
  const id = (high % 2 ** 16) * 2 ** 32 + low;
  return id > 0 && !studio.song.replica.has(id) ? id : freshId(studio);
}
