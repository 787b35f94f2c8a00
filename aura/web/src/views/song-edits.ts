// What is done with the song as a whole.
import type { Studio } from './studio.svelte';

/** Gives the song another name; its folder keeps its own. */
export function renameSong(studio: Studio, name: string): void {
  const hold = studio.song.hold(studio.song.song.id, { name });
  void studio.execute([{ kind: { case: 'setSong', value: { name } } }], '', [hold]);
}
