// What menus are made of: actions of the table by their names, and items that mean just the thing that was pointed at.
import type { Studio } from '../views/studio.svelte';
import { ACTIONS } from './keys';
import { perform } from './perform';

export type Item =
  | { kind: 'act'; text: string; keys: string; disabled?: boolean; run: () => void }
  | { kind: 'check'; text: string; keys: string; checked: boolean; run: () => void }
  | { kind: 'more'; text: string; items: Item[] }
  | { kind: 'line' };

export interface Menu {
  /** For screen readers: what it is the menu of. */
  label: string;
  items: Item[];
}

/** Where an item differs from its action. */
interface Otherwise {
  text?: string;
  /** '': the key means something else than what was pointed at. */
  keys?: string;
  checked?: boolean;
  disabled?: boolean;
  run?: () => void;
}

/** An action of the table. */
export function act(studio: Studio, name: string, otherwise: Otherwise = {}): Item {
  const action = ACTIONS.find((candidate) => candidate.name === name);
  if (!action) throw new Error(`There is no action “${name}”.`);
  const { text = name, keys = action.keys[0] ?? '', checked, disabled = false, run } = otherwise;
  const runs = () => perform(studio, run ? { ...action, run } : action);
  return checked === undefined
    ? { kind: 'act', text, keys, disabled, run: runs }
    : { kind: 'check', text, keys, checked, run: runs };
}

/** Something that is an action only of what was pointed at. */
export function own(text: string, run: () => void, { disabled = false, keys = '' } = {}): Item {
  return { kind: 'act', text, keys, disabled, run };
}

export function check(text: string, checked: boolean, run: () => void, keys = ''): Item {
  return { kind: 'check', text, keys, checked, run };
}

/** Groups with lines between them; empty ones are left out. */
export function grouped(...groups: Item[][]): Item[] {
  const line: Item = { kind: 'line' };
  return groups.filter((group) => group.length).flatMap((group, i) => (i ? [line, ...group] : group));
}
