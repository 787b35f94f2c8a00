// The pointer over the clips: selecting, moving, copying, trimming, looping, fading, slipping, and the marquee.
//
// A drag shows at once through held values; letting go makes one transaction, Esc makes none. Positions come from hit.ts,
// drag.ts and trim.ts; nothing is drawn here.
import type { Clip } from '../contract/messages';
import { moved, type Drag, type Move } from '../scene/drag';
import { clipsIn, hit, rowAt, type Hit, type Part } from '../scene/hit';
import type { Area } from '../scene/renderer';
import { HEADER_PX, ROW_GAP_PX } from '../scene/scene';
import { faded, loopedTo, slipped, trimmedEnd, trimmedStart } from '../scene/trim';
import { positionAt, xOf } from '../scene/view';
import type { Hold } from '../store/pending';
import { changeClips, patchOf } from './clip-changes';
import { beginClip, copyTo, trimContext } from './clip-edits';
import { openClip } from './clip-navigation';
import { moveClips } from './edits';
import type { Studio } from './studio.svelte';

/** A press that moves less than this is a click. */
const CLICK_PX = 3;

interface Shows {
  /** Frames over the clips: the area being selected, or where copies will lie. */
  frames(areas: readonly Area[]): void;
  cursor(name: string): void;
}

type Gesture = { x: number; y: number; started: boolean } & (
  | { kind: 'move'; drag: Drag; moves: Move[]; copy: boolean }
  | { kind: 'shape'; part: Part | 'slip'; clip: Clip; after: Clip }
  | { kind: 'marquee'; kept: ReadonlySet<number> }
);

const CURSORS: Record<Part, string> = {
  body: 'grab',
  start: 'ew-resize',
  end: 'ew-resize',
  loop: 'alias',
  fadeIn: 'col-resize',
  fadeOut: 'col-resize',
};
const VERBS: Record<Part | 'slip', string> = {
  body: 'Move',
  start: 'Trim',
  end: 'Trim',
  loop: 'Loop',
  fadeIn: 'Fade',
  fadeOut: 'Fade',
  slip: 'Slip',
};

export class ClipPointer {
  #gesture: Gesture | undefined;
  #holds: Hold[] = [];
  #takesOut = false;

  constructor(
    private readonly studio: Studio,
    private readonly shows: Shows,
  ) {}

  down(event: PointerEvent): void {
    if (event.button !== 0) return;
    (event.target as HTMLElement).setPointerCapture(event.pointerId);
    const { offsetX: x, offsetY: y } = event;
    const found = hit(this.studio.timeline.view, this.studio.timeline.model, x, y);
    const { selection } = this.studio;
    const base = { x, y, started: false };
    if (!found.clip) {
      if (found.row) selection.selectTrack(found.row.track.id);
      const kept = event.ctrlKey || event.shiftKey ? selection.clips : new Set<number>();
      if (!kept.size) selection.clear();
      this.#gesture = { ...base, kind: 'marquee', kept };
      return;
    }
    const { clip } = found;
    this.#select(event, clip);
    const part = event.ctrlKey && event.altKey ? 'slip' : found.part;
    this.#gesture =
      part === 'body'
        ? { ...base, kind: 'move', drag: this.#drag(clip), moves: [], copy: event.ctrlKey || event.metaKey }
        : { ...base, kind: 'shape', part, clip, after: clip };
  }

  move(event: PointerEvent): void {
    const { offsetX: x, offsetY: y } = event;
    const gesture = this.#gesture;
    const found = hit(this.studio.timeline.view, this.studio.timeline.model, x, y);
    this.studio.timeline.pointer = { position: found.position, clip: found.clip?.id };
    if (!gesture) return this.shows.cursor(cursorFor(found));
    if (!gesture.started && Math.hypot(x - gesture.x, y - gesture.y) < CLICK_PX) return;
    gesture.started = true;
    if (gesture.kind === 'move') this.#move(gesture, x, y, event.altKey);
    else if (gesture.kind === 'shape') this.#shape(gesture, x, event.altKey);
    else this.#marquee(gesture, x, y);
  }

  up(): void {
    const gesture = this.#gesture;
    this.#gesture = undefined;
    this.shows.frames([]);
    // The command's own holds begin before these end, so that nothing jumps back in between.
    if (gesture?.kind === 'move' && gesture.started) this.#settleMove(gesture);
    else if (gesture?.kind === 'move' && this.#takesOut) {
      this.studio.selection.toggleClip(gesture.drag.grip.id, gesture.drag.grip.track);
    }
    if (gesture?.kind === 'shape' && gesture.started) {
      void changeClips(this.studio, [gesture.after], VERBS[gesture.part]);
    }
    this.studio.song.release(this.#holds.splice(0));
  }

  /** Opens a clip; on an empty place of an instrument track begins one. */
  doubleClick(event: MouseEvent): void {
    const found = hit(this.studio.timeline.view, this.studio.timeline.model, event.offsetX, event.offsetY);
    if (found.clip) openClip(this.studio, found.clip);
    else if (found.row) void beginClip(this.studio, found.row.track, Math.max(found.position, 0));
  }

  leave(): void {
    if (!this.#gesture) this.studio.timeline.pointer = undefined;
  }

  key(event: KeyboardEvent): void {
    if (event.key !== 'Escape' || !this.#gesture) return;
    this.breakOff();
    event.preventDefault();
    event.stopImmediatePropagation();
  }

  breakOff(): void {
    this.#gesture = undefined;
    this.shows.frames([]);
    this.studio.song.release(this.#holds.splice(0));
  }

  #select(event: PointerEvent, clip: Clip): void {
    const { selection } = this.studio;
    const had = selection.clips.has(clip.id);
    const more = event.ctrlKey || event.metaKey;
    // A press with Ctrl may become a copy: whether it takes the clip out is settled when it was a click after all.
    this.#takesOut = more && had;
    if (event.shiftKey) selection.toggleClip(clip.id, clip.track);
    else if (more && !had) selection.toggleClip(clip.id, clip.track);
    else if (had) selection.focusClip(clip.id, clip.track);
    else selection.selectClip(clip.id, clip.track);
  }

  #drag(grip: Clip): Drag {
    const { song, selection } = this.studio;
    const ids = selection.clips.has(grip.id) ? selection.clips : new Set([grip.id]);
    const clips = [...ids].map((id) => song.clip(id)).filter((clip) => clip !== undefined);
    return { clips, grip, tracks: song.tracks };
  }

  #move(gesture: Gesture & { kind: 'move' }, x: number, y: number, free: boolean): void {
    const { song } = this.studio;
    const { view, model } = this.studio.timeline;
    const from = rowAt(view, model, gesture.y);
    const to = rowAt(view, model, y);
    const rows = from && to ? model.rows.indexOf(to) - model.rows.indexOf(from) : 0;
    const delta = (x - gesture.x) * view.ticksPerPx;
    const step = free ? undefined : this.studio.timeline.stepAt(positionAt(view, x));
    gesture.moves = moved(gesture.drag, delta, rows, step, song.signatures);
    if (gesture.copy) this.shows.frames(gesture.moves.flatMap((move) => this.#frameOf(gesture.drag, move)));
    else this.#show(gesture.moves.map(({ id, start, track }) => song.hold(id, { start, track })));
  }

  #frameOf({ clips }: Drag, { id, start, track }: Move): Area[] {
    const { view, model } = this.studio.timeline;
    const row = model.rows.find((candidate) => candidate.track.id === track);
    const clip = clips.find((candidate) => candidate.id === id);
    if (!row || !clip) return [];
    const y = row.top - view.scrollY + ROW_GAP_PX;
    const height = Math.max(row.height - 2 * ROW_GAP_PX, HEADER_PX);
    return [{ x: xOf(view, start), y, width: clip.length / view.ticksPerPx, height }];
  }

  #settleMove({ copy, drag, moves }: Gesture & { kind: 'move' }): void {
    if (!copy) return moveClips(this.studio, moves);
    const copies = moves.flatMap(({ id, start, track }) => {
      const clip = drag.clips.find((candidate) => candidate.id === id);
      return clip ? [{ clip, start, track }] : [];
    });
    void copyTo(this.studio, copies, 'Copy');
  }

  #shape(gesture: Gesture & { kind: 'shape' }, x: number, free: boolean): void {
    const { song } = this.studio;
    const { view } = this.studio.timeline;
    const { clip, part } = gesture;
    const position = positionAt(view, x);
    const context = trimContext(this.studio, clip, position, free || part === 'slip');
    const by = (x - gesture.x) * view.ticksPerPx;
    if (part === 'start') gesture.after = trimmedStart(clip, position, context);
    else if (part === 'end') gesture.after = trimmedEnd(clip, position, context);
    else if (part === 'loop') gesture.after = loopedTo(clip, position, context);
    else if (part === 'slip') gesture.after = slipped(clip, -by, context);
    else gesture.after = faded(clip, part === 'fadeIn' ? 'in' : 'out', position);
    this.#show([song.hold(clip.id, patchOf(clip, gesture.after))]);
  }

  #marquee(gesture: Gesture & { kind: 'marquee' }, x: number, y: number): void {
    const area = {
      x: Math.min(x, gesture.x),
      y: Math.min(y, gesture.y),
      width: Math.abs(x - gesture.x),
      height: Math.abs(y - gesture.y),
    };
    this.shows.frames([area]);
    this.studio.selection.setClips([
      ...gesture.kept,
      ...clipsIn(this.studio.timeline.view, this.studio.timeline.model, area),
    ]);
  }

  #show(holds: Hold[]): void {
    const before = this.#holds;
    this.#holds = holds;
    this.studio.song.release(before);
  }
}

function cursorFor(found: Hit): string {
  return found.clip ? CURSORS[found.part] : 'default';
}
