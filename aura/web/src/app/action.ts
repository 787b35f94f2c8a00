// What an action of the page is: a name, its keys, and what it does. Knows no action.
import type { Studio } from '../views/studio.svelte';

export const GROUPS = ['Song', 'Transport', 'Edit', 'Clips', 'Notes', 'Tracks', 'View'] as const;
export type Group = (typeof GROUPS)[number];
/** The grids that have keys of their own; as `data-keys` in the page. */
export type Where = 'clips' | 'notes' | 'ruler' | 'tracks';

export interface Action {
  name: string;
  group: Group;
  /** As `keyOf` writes them; the first is shown. */
  keys: string[];
  where?: Where;
  /** False: there was nothing to do here, and the key is the browser's. */
  run(studio: Studio): unknown;
}
