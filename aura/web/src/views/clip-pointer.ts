// The pointer over the clips: selecting, moving, trimming, and drawing a marquee.
//
// A drag shows at once through held values; letting go makes one command, Esc makes none. Positions come from hit.ts and
// drag.ts; nothing is drawn here.
import type { Clip } from '../contract/messages';
import { moved, trimmed, type Drag, type Move } from '../scene/drag';
import { stepAt, type GridStep } from '../scene/grid';
import { clipsIn, hit, rowAt, type Hit } from '../scene/hit';
import type { Area } from '../scene/renderer';
import { positionAt } from '../scene/view';
import type { Hold } from '../store/pending';
import { openClip } from './clip-navigation';
import { beginClip, moveClips, setClipLength } from './edits';
import type { Studio } from './studio.svelte';

/** A press that moves less than this is a click. */
const CLICK_PX = 3;

interface Shows {
  marquee(area: Area | undefined): void;
  cursor(name: string): void;
}

type Gesture = { x: number; y: number; started: boolean } & (
  | { kind: 'move'; drag: Drag; moves: Move[] }
  | { kind: 'trim'; clip: Clip; length: number }
  | { kind: 'marquee'; kept: ReadonlySet<number> }
);

export class ClipPointer {
  #gesture: Gesture | undefined;
  #holds: Hold[] = [];

  constructor(
    private readonly studio: Studio,
    private readonly shows: Shows,
  ) {}

  down(event: PointerEvent): void {
    if (event.button !== 0) return;
    (event.target as HTMLElement).setPointerCapture(event.pointerId);
    const { offsetX: x, offsetY: y } = event;
    const found = hit(this.studio.view, this.studio.model, x, y);
    const { selection } = this.studio;
    if (!found.clip) {
      if (found.row) selection.selectTrack(found.row.track.id);
      const kept = event.ctrlKey || event.shiftKey ? selection.clips : new Set<number>();
      if (!kept.size) selection.clear();
      this.#gesture = { kind: 'marquee', kept, x, y, started: false };
      return;
    }
    this.#select(event, found.clip);
    this.#gesture =
      found.part === 'end'
        ? { kind: 'trim', clip: found.clip, length: found.clip.length, x, y, started: false }
        : { kind: 'move', drag: this.#drag(found.clip), moves: [], x, y, started: false };
  }

  move(event: PointerEvent): void {
    const { offsetX: x, offsetY: y } = event;
    const gesture = this.#gesture;
    const found = hit(this.studio.view, this.studio.model, x, y);
    this.studio.pointer = { position: found.position, clip: found.clip?.id };
    if (!gesture) return this.shows.cursor(cursorFor(found));
    if (!gesture.started && Math.hypot(x - gesture.x, y - gesture.y) < CLICK_PX) return;
    gesture.started = true;
    const step = event.altKey ? undefined : this.#step(found.position);
    if (gesture.kind === 'move') this.#move(gesture, x, y, step);
    else if (gesture.kind === 'trim') this.#trim(gesture, x, step);
    else this.#marquee(gesture, x, y);
  }

  up(): void {
    const gesture = this.#gesture;
    this.#gesture = undefined;
    this.shows.marquee(undefined);
    // The command's own holds begin before these end, so that nothing jumps back in between.
    if (gesture?.started && gesture.kind === 'move') moveClips(this.studio, gesture.moves);
    if (gesture?.started && gesture.kind === 'trim' && gesture.length !== gesture.clip.length) {
      setClipLength(this.studio, gesture.clip.id, gesture.length);
    }
    this.studio.song.release(this.#holds.splice(0));
  }

  /** Opens a clip; on an empty place of an instrument track begins one. */
  doubleClick(event: MouseEvent): void {
    const found = hit(this.studio.view, this.studio.model, event.offsetX, event.offsetY);
    if (found.clip) openClip(this.studio, found.clip);
    else if (found.row) void beginClip(this.studio, found.row.track, Math.max(found.position, 0));
  }

  leave(): void {
    if (!this.#gesture) this.studio.pointer = undefined;
  }

  key(event: KeyboardEvent): void {
    if (event.key === 'Escape' && this.#gesture) this.breakOff();
  }

  breakOff(): void {
    this.#gesture = undefined;
    this.shows.marquee(undefined);
    this.studio.song.release(this.#holds.splice(0));
  }

  #select(event: PointerEvent, clip: Clip): void {
    const { selection } = this.studio;
    if (event.ctrlKey || event.metaKey || event.shiftKey) selection.toggleClip(clip.id, clip.track);
    else if (selection.clips.has(clip.id)) selection.selectTrack(clip.track);
    else selection.selectClip(clip.id, clip.track);
  }

  #drag(grip: Clip): Drag {
    const { song, selection } = this.studio;
    const ids = selection.clips.has(grip.id) ? selection.clips : new Set([grip.id]);
    const clips = [...ids].map((id) => song.clip(id)).filter((clip) => clip !== undefined);
    return { clips, grip, tracks: song.tracks };
  }

  #step(position: number): GridStep {
    return stepAt(this.studio.view.ticksPerPx, this.studio.song.signatures, Math.max(position, 0));
  }

  #move(gesture: Gesture & { kind: 'move' }, x: number, y: number, step: GridStep | undefined): void {
    const { view, model, song } = this.studio;
    const from = rowAt(view, model, gesture.y);
    const to = rowAt(view, model, y);
    const rows = from && to ? model.rows.indexOf(to) - model.rows.indexOf(from) : 0;
    const delta = (x - gesture.x) * view.ticksPerPx;
    gesture.moves = moved(gesture.drag, delta, rows, step, song.signatures);
    this.#show(gesture.moves.map(({ id, start, track }) => song.hold(id, { start, track })));
  }

  #trim(gesture: Gesture & { kind: 'trim' }, x: number, step: GridStep | undefined): void {
    const { view, song } = this.studio;
    gesture.length = trimmed(gesture.clip, positionAt(view, x), step, song.signatures);
    this.#show([song.hold(gesture.clip.id, { length: gesture.length })]);
  }

  #marquee(gesture: Gesture & { kind: 'marquee' }, x: number, y: number): void {
    const area = {
      x: Math.min(x, gesture.x),
      y: Math.min(y, gesture.y),
      width: Math.abs(x - gesture.x),
      height: Math.abs(y - gesture.y),
    };
    this.shows.marquee(area);
    this.studio.selection.setClips([...gesture.kept, ...clipsIn(this.studio.view, this.studio.model, area)]);
  }

  #show(holds: Hold[]): void {
    const before = this.#holds;
    this.#holds = holds;
    this.studio.song.release(before);
  }
}

function cursorFor(found: Hit): string {
  if (!found.clip) return 'default';
  return found.part === 'end' ? 'ew-resize' : 'grab';
}
