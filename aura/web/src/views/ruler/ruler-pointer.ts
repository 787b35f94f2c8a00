// The pointer in the ruler: the playhead, loop and punch drawn or dragged, markers, tempo and signature moved.
import { bandAt, draggedRange, itemAt, rangePart, type RulerItem } from '../../scene/ruler-items';
import { snapped } from '../../scene/snapping';
import { positionAt } from '../../scene/view';
import type { Hold } from '../../store/pending';
import { setLoop } from '../edits';
import type { Studio } from '../studio.svelte';
import { addItem, changeItem, setPunch } from './ruler-edits';

type Range = { start: number; end: number };
type Gesture =
  | { kind: 'locate' }
  | {
      kind: 'range';
      band: 'loop' | 'punch';
      part: 'start' | 'end' | 'body' | undefined;
      from: number;
      range: Range;
      now: Range;
    }
  | { kind: 'item'; item: RulerItem; position: number };

export class RulerPointer {
  #gesture: Gesture | undefined;
  #hold: Hold | undefined;

  constructor(private readonly studio: Studio) {}

  down(event: PointerEvent): void {
    if (event.button !== 0) return;
    (event.target as HTMLElement).setPointerCapture(event.pointerId);
    const { ruler } = this.studio;
    const { view } = this.studio.timeline;
    const item = itemAt(view, ruler.items, event.offsetX, event.offsetY);
    const band = bandAt(event.offsetY);
    const at = this.#at(event);
    if (item) {
      ruler.active = item.id;
      this.#gesture = { kind: 'item', item, position: item.position };
    } else if (band === 'loop' || band === 'punch') {
      const range = this.#range(band);
      const part = rangePart(view, range, event.offsetX);
      this.#gesture = { kind: 'range', band, part, from: at, range, now: range };
    } else if (band === 'bars') {
      this.#gesture = { kind: 'locate' };
      void this.studio.locate(at);
    }
  }

  move(event: PointerEvent): string {
    const gesture = this.#gesture;
    const at = this.#at(event);
    if (!gesture) return this.#cursor(event);
    if (gesture.kind === 'range') {
      gesture.now = draggedRange(gesture.range, gesture.part, gesture.from, at);
      this.#show(this.studio.song.song.id, patchOf(gesture.band, gesture.now));
    } else if (gesture.kind === 'item' && !(gesture.item.kind !== 'marker' && gesture.item.position === 0)) {
      gesture.position = at;
      this.#show(gesture.item.id, { position: at });
    }
    return 'grabbing';
  }

  up(event: PointerEvent): void {
    const gesture = this.#gesture;
    this.#gesture = undefined;
    if (gesture?.kind === 'locate') void this.studio.locate(this.#at(event));
    if (gesture?.kind === 'item' && gesture.position !== gesture.item.position) {
      changeItem(this.studio, gesture.item, { position: gesture.position });
    }
    if (gesture?.kind === 'range' && gesture.now !== gesture.range && gesture.now.end > gesture.now.start) {
      const { start, end } = gesture.now;
      if (gesture.band === 'loop') setLoop(this.studio, start, end);
      else setPunch(this.studio, start, end);
    }
    this.#release();
  }

  /** Opens what is there; where nothing is, adds a marker, or a tempo in the lane of tempos. */
  doubleClick(event: MouseEvent): void {
    const { ruler } = this.studio;
    const { view } = this.studio.timeline;
    const band = bandAt(event.offsetY);
    const item = itemAt(view, ruler.items, event.offsetX, event.offsetY);
    if (item) ruler.edit(item);
    else if (band === 'markers') void addItem(this.studio, 'marker', this.#at(event));
    else if (band === 'time') void addItem(this.studio, 'tempo', this.#at(event));
  }

  breakOff(): void {
    this.#gesture = undefined;
    this.#release();
  }

  #at(event: MouseEvent): number {
    const position = Math.max(positionAt(this.studio.timeline.view, event.offsetX), 0);
    return snapped(
      position,
      event.altKey ? undefined : this.studio.timeline.stepAt(position),
      this.studio.song.signatures,
    );
  }

  #range(band: 'loop' | 'punch'): Range {
    const { song } = this.studio.song;
    return band === 'loop' ? { start: song.loopStart, end: song.loopEnd } : { start: song.punchIn, end: song.punchOut };
  }

  #cursor(event: PointerEvent): string {
    const { ruler } = this.studio;
    const { view } = this.studio.timeline;
    if (itemAt(view, ruler.items, event.offsetX, event.offsetY)) return 'grab';
    const band = bandAt(event.offsetY);
    if (band !== 'loop' && band !== 'punch') return 'default';
    const part = rangePart(view, this.#range(band), event.offsetX);
    return part === 'body' ? 'grab' : part ? 'ew-resize' : 'crosshair';
  }

  #show(id: number, patch: Record<string, unknown>): void {
    const before = this.#hold;
    this.#hold = this.studio.song.hold(id, patch);
    if (before) this.studio.song.release([before]);
  }

  #release(): void {
    if (this.#hold) this.studio.song.release([this.#hold]);
    this.#hold = undefined;
  }
}

function patchOf(band: 'loop' | 'punch', { start, end }: Range): Record<string, unknown> {
  return band === 'loop'
    ? { loopStart: start, loopEnd: end, loopEnabled: true }
    : { punchIn: start, punchOut: end, punchEnabled: true };
}
