// Carrying out an action of the table.
import type { Studio } from '../views/studio.svelte';
import type { Action, Group } from './action';

/** These act on what is selected, and wait for edits that select what they make. */
const ON_SELECTION: ReadonlySet<Group> = new Set(['Edit', 'Clips', 'Notes']);

/** False: there was nothing to do, and the key is the browser's. */
export function perform(studio: Studio, action: Action): boolean {
  if (!ON_SELECTION.has(action.group)) return action.run(studio) !== false;
  studio.keys.act(() => action.run(studio));
  return true;
}
