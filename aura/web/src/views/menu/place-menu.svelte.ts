// Which thing's menu is open, and where. At most one is.
import type { Place, Point } from './place';

/** A press outside that is told so soon after a menu opened is the one that opened it. */
const SAME_PRESS_MS = 80;

export class PlaceMenu {
  /** Undefined while none is open. */
  place = $state.raw<Place | undefined>(undefined);
  /** Where it opens. */
  at = $state.raw<Point>({ x: 0, y: 0 });
  /** How many were opened: each is a menu of its own. */
  opened = $state(0);
  #before: Element | null = null;
  #when = 0;

  open(place: Place, at: Point): void {
    if (!this.place) this.#before = document.activeElement;
    this.#when = performance.now();
    this.opened++;
    this.at = at;
    this.place = place;
  }

  close(): void {
    this.place = undefined;
  }

  get hasJustOpened(): boolean {
    return performance.now() - this.#when < SAME_PRESS_MS;
  }

  /** The focus goes back to where it was, unless that is gone. */
  returnFocus(): void {
    if (this.#before instanceof HTMLElement && this.#before.isConnected) this.#before.focus({ preventScroll: true });
    this.#before = null;
  }
}
