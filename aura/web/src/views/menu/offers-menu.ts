// How a menu is asked for: the right button, Shift+F10 or the Menu key on what has the focus, or a long press of a finger.
//
// An element says what lies where; it may lie within another that offers a menu too, and then comes first.
import type { Attachment } from 'svelte/attachments';
import type { Studio } from '../studio.svelte';
import type { Offer, Point } from './place';

const LONG_PRESS_MS = 500;
/** A finger that moves further drags or scrolls. */
const STILL_PX = 8;

/** Presses whose long press is somebody's already. */
const taken = new WeakSet<Event>();

/** `offerAt`: what is there; without a point what the keys are at, with where its menu opens. Undefined: nothing. */
export function offersMenu(
  studio: Studio,
  offerAt: (point: Point | undefined, target: Element) => Offer | undefined,
): Attachment<HTMLElement> {
  return (node) => {
    let press: { id: number; x: number; y: number; timer: ReturnType<typeof setTimeout> } | undefined;

    const show = (point: Point | undefined, target: Element): boolean => {
      const offer = offerAt(point, target);
      if (offer) studio.menu.open(offer.place, offer.at ?? point ?? below(target));
      return offer !== undefined;
    };
    const release = () => {
      clearTimeout(press?.timer);
      press = undefined;
    };
    const asked = (event: MouseEvent) => {
      release();
      const target = event.target as Element;
      if (event.defaultPrevented) return;
      const byKey = isByKey(event);
      // The browser's own menu of a text field pastes and spells.
      if (!byKey && target.matches('input, textarea')) return;
      if (show(byKey ? undefined : { x: event.clientX, y: event.clientY }, target)) event.preventDefault();
    };
    const down = (event: PointerEvent) => {
      release();
      const target = event.target as Element;
      if (event.pointerType === 'mouse' || !event.isPrimary || taken.has(event) || target.matches('input')) return;
      taken.add(event);
      const { clientX: x, clientY: y, pointerId: id } = event;
      const timer = setTimeout(() => {
        press = undefined;
        if (!show({ x, y }, target)) return;
        // Whatever the press began is no drag, and no click when the finger leaves.
        target.dispatchEvent(new PointerEvent('pointercancel', { pointerId: id, bubbles: true }));
        swallowClick();
      }, LONG_PRESS_MS);
      press = { id, x, y, timer };
    };
    const move = (event: PointerEvent) => {
      if (press?.id === event.pointerId && Math.hypot(event.clientX - press.x, event.clientY - press.y) > STILL_PX)
        release();
    };

    node.addEventListener('contextmenu', asked);
    node.addEventListener('pointerdown', down);
    node.addEventListener('pointermove', move);
    node.addEventListener('pointerup', release);
    node.addEventListener('pointercancel', release);
    return () => {
      release();
      node.removeEventListener('contextmenu', asked);
      node.removeEventListener('pointerdown', down);
      node.removeEventListener('pointermove', move);
      node.removeEventListener('pointerup', release);
      node.removeEventListener('pointercancel', release);
    };
  };
}

/** Asks for the menu of what has the focus, as the Menu key does; false where there is none. */
export function askForMenu(): false | undefined {
  const target = document.activeElement ?? document.body;
  const asked = new MouseEvent('contextmenu', { bubbles: true, cancelable: true, button: -1 });
  // Nobody prevented it: nobody has a menu there.
  return target.dispatchEvent(asked) ? false : undefined;
}

/** The keyboard's event has no button; Firefox says the first, as a Mac does for Ctrl and a click. */
function isByKey(event: MouseEvent): boolean {
  return event.button < 0 || (event.button === 0 && !event.ctrlKey);
}

/** Below the left of what has the focus. */
function below(target: Element): Point {
  const { left, bottom, width } = target.getBoundingClientRect();
  return { x: left + Math.min(width / 2, 12), y: bottom };
}

function swallowClick(): void {
  const swallow = (event: Event) => {
    event.preventDefault();
    event.stopPropagation();
    end();
  };
  const end = () => {
    window.removeEventListener('click', swallow, true);
    window.removeEventListener('pointerdown', end, true);
  };
  window.addEventListener('click', swallow, true);
  window.addEventListener('pointerdown', end, true);
}
