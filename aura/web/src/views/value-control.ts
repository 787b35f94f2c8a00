// Pointer and keys of a knob or fader, as an attachment: drag (Shift fine), double-click resets, arrows step, Esc breaks
// off, Home and End go to the limits. The look is the component's.
import type { Attachment } from 'svelte/attachments';
import type { Binding } from './binding';

export interface Scale {
  /** Height of a value, 0 to 1. */
  position(value: number): number;
  value(position: number): number;
  /** A value so many small steps on; ten are one big step. */
  step(value: number, steps: number): number;
  /** What a double-click returns to. */
  reset: number;
}

const FINE = 0.1;
/** Key presses closer together than this become one command. */
const KEYS_SETTLE_MS = 500;

/** Makes an element with role=slider control a value. `travel` is the pointer's way from end to end in pixels; `type` is
 * called when a value begins to be typed. */
export function valueControl(
  binding: () => Binding,
  scale: () => Scale,
  travel: (node: HTMLElement) => number,
  type: (first: string) => void,
): Attachment<HTMLElement> {
  return (node) => {
    let drag: { y: number; position: number; value: number; moved: boolean } | undefined;
    let settle: ReturnType<typeof setTimeout> | undefined;
    let typed: number | undefined;

    const commitKeys = () => {
      clearTimeout(settle);
      if (typed !== undefined) binding().commit(typed);
      typed = undefined;
    };
    const byKey = (value: number) => {
      typed = value;
      binding().preview(value);
      clearTimeout(settle);
      settle = setTimeout(commitKeys, KEYS_SETTLE_MS);
    };
    const down = (event: PointerEvent) => {
      if (event.button !== 0) return;
      commitKeys();
      node.focus();
      node.setPointerCapture(event.pointerId);
      const value = binding().value();
      drag = { y: event.clientY, position: scale().position(value), value, moved: false };
    };
    const move = (event: PointerEvent) => {
      if (!drag) return;
      const by = ((drag.y - event.clientY) / travel(node)) * (event.shiftKey ? FINE : 1);
      drag.y = event.clientY;
      drag.position = Math.min(Math.max(drag.position + by, 0), 1);
      drag.value = scale().value(drag.position);
      if (!by) return;
      drag.moved = true;
      binding().preview(drag.value);
    };
    const up = () => {
      const ended = drag;
      drag = undefined;
      if (ended?.moved) binding().commit(ended.value);
    };
    const breakOff = () => {
      drag = undefined;
      typed = undefined;
      clearTimeout(settle);
      binding().cancel();
    };
    const key = (event: KeyboardEvent) => {
      // An undo, say, must find what was nudged so far.
      if (event.ctrlKey || event.metaKey || event.altKey) return commitKeys();
      if (event.key === 'Escape' && (drag || typed !== undefined)) breakOff();
      else if (event.key === 'Enter') type('');
      else if (/^[-\d]$/.test(event.key)) type(event.key);
      else {
        const value = keyed(event, typed ?? binding().value(), scale());
        if (value === undefined) return;
        byKey(value);
      }
      event.preventDefault();
      event.stopPropagation();
    };
    const reset = () => binding().commit(scale().reset);
    const listeners: [string, (event: never) => void][] = [
      ['pointerdown', down],
      ['pointermove', move],
      ['pointerup', up],
      ['pointercancel', breakOff],
      ['keydown', key],
      ['dblclick', reset],
      ['blur', commitKeys],
    ];
    for (const [name, listener] of listeners) node.addEventListener(name, listener as EventListener);
    return () => {
      commitKeys();
      for (const [name, listener] of listeners) node.removeEventListener(name, listener as EventListener);
    };
  };
}

function keyed(event: KeyboardEvent, value: number, scale: Scale): number | undefined {
  const small = event.shiftKey ? FINE : 1;
  switch (event.key) {
    case 'ArrowUp':
    case 'ArrowRight':
      return scale.step(value, small);
    case 'ArrowDown':
    case 'ArrowLeft':
      return scale.step(value, -small);
    case 'PageUp':
      return scale.step(value, 10);
    case 'PageDown':
      return scale.step(value, -10);
    case 'Home':
      return scale.value(0);
    case 'End':
      return scale.value(1);
    case 'Backspace':
      return scale.reset;
    default:
      return undefined;
  }
}
