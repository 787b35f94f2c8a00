// The way from a key press to its action.
import type { Studio } from '../views/studio.svelte';
import { keyOf } from './key-names';
import { actionOf, type Where } from './keys';
import { perform } from './perform';

/** Keys that mean nothing to a text field, and so go to the page from there too. */
const PASSES_FIELDS = /^((Shift\+)?F\d+|Ctrl\+(Shift\+)?[\dGIJKLMS])$/;

/** Runs the action of a key press, if it has one and nobody closer to the focus took it. */
export function pressed(studio: Studio, event: KeyboardEvent): void {
  if (event.defaultPrevented || studio.palette || studio.help || studio.exports.dialog || studio.songs.dialog) return;
  if (isTyping(event.target) && !PASSES_FIELDS.test(keyOf(event))) return;
  if (studio.recording.keyDown(event)) return event.preventDefault();
  const grid = event.target instanceof HTMLElement ? event.target.closest<HTMLElement>('[data-keys]') : null;
  const action = actionOf(keyOf(event), grid?.dataset['keys'] as Where | undefined);
  if (action && perform(studio, action)) event.preventDefault();
}

/** In a text field keys write; in a menu they choose. */
function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  return (
    target.matches('input, textarea, select, [contenteditable]') ||
    target.closest('[role=menu], [role=dialog]') !== null
  );
}
