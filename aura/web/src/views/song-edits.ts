// What is done with the song as a whole.
import type { Song } from '../contract/messages';
import type { Studio } from './studio.svelte';

type SongPatch = Partial<
  Pick<
    Song,
    | 'name'
    | 'metronome'
    | 'metronomeLevelDb'
    | 'countInBars'
    | 'preRollBars'
    | 'punchEnabled'
    | 'punchIn'
    | 'punchOut'
    | 'isolation'
  >
>;

export function setSong(studio: Studio, patch: SongPatch): void {
  const hold = studio.song.hold(studio.song.song.id, patch);
  void studio.execute([{ kind: { case: 'setSong', value: patch } }], '', [hold]);
}

/** Gives the song another name; its folder keeps its own. */
export function renameSong(studio: Studio, name: string): void {
  setSong(studio, { name });
}
