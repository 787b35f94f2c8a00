// The pointer over the notes: selecting, drawing, moving, stretching, copying, and the marquee.
//
// A drag shows at once through held values and drafts; letting go makes one command, Esc makes none. Nothing is drawn here.
import type { Note } from '../../contract/messages';
import { movedNotes, resizedNotes, type NoteChange } from '../../scene/notes';
import type { Area } from '../../scene/renderer';
import { notesIn, rollHit, type RollHit } from '../../scene/roll-hit';
import { pitchAt } from '../../scene/roll';
import { snapped, snappedDown, stepLength } from '../../scene/snapping';
import { positionAt } from '../../scene/view';
import type { Hold } from '../../store/pending';
import type { Studio } from '../studio.svelte';
import { addNotes, changeNotes, gridOf, removeNotes, valuesOf } from './note-edits';

/** A press that moves less than this is a click. */
const CLICK_PX = 3;
/** Stands for the note being drawn until Pulse has it. */
const DRAFT_ID = -1;

interface Shows {
  marquee(area: Area | undefined): void;
  cursor(name: string): void;
}

type Gesture = { x: number; y: number; started: boolean } & (
  | { kind: 'move'; notes: Note[]; grip: Note; copy: boolean; changes: NoteChange[] }
  | { kind: 'resize'; notes: Note[]; grip: Note; edge: 'start' | 'end'; changes: NoteChange[] }
  | { kind: 'draw'; note: Note }
  | { kind: 'marquee'; kept: ReadonlySet<number> }
);

export class RollPointer {
  #gesture: Gesture | undefined;
  #holds: Hold[] = [];
  /** Of the note last sounded while dragging. */
  #sounded = -1;

  constructor(
    private readonly studio: Studio,
    private readonly shows: Shows,
  ) {}

  down(event: PointerEvent): void {
    const { model, view, tool } = this.studio.roll;
    if (event.button !== 0 || !model) return;
    (event.target as HTMLElement).setPointerCapture(event.pointerId);
    const { offsetX: x, offsetY: y } = event;
    const found = rollHit(view, model, x, y);
    if (found.note) this.#take(event, found as RollHit & { note: Note });
    else if (tool === 'draw') this.#beginDrawing(event, found);
    else this.#beginMarquee(event, found);
  }

  move(event: PointerEvent): void {
    const { roll } = this.studio;
    if (!roll.model) return;
    const { offsetX: x, offsetY: y } = event;
    const gesture = this.#gesture;
    if (!gesture) return this.shows.cursor(cursorFor(rollHit(roll.view, roll.model, x, y), roll.tool));
    if (!gesture.started && Math.hypot(x - gesture.x, y - gesture.y) < CLICK_PX) return;
    gesture.started = true;
    if (gesture.kind === 'move') this.#move(gesture, x, y, event.altKey);
    else if (gesture.kind === 'resize') this.#resize(gesture, x, event.altKey);
    else if (gesture.kind === 'draw') this.#draw(gesture.note, x, event.altKey);
    else this.#marquee(gesture, x, y);
  }

  up(): void {
    const gesture = this.#gesture;
    this.#gesture = undefined;
    this.shows.marquee(undefined);
    const { roll } = this.studio;
    // The command's own holds and drafts begin before these end, so that nothing jumps back in between.
    if (gesture?.kind === 'move' && gesture.started) this.#settleMove(gesture);
    if (gesture?.kind === 'resize' && gesture.started) {
      void changeNotes(this.studio, gesture.changes, 'Stretch');
      const [last] = gesture.changes;
      const length = last?.length ?? gesture.grip.length;
      roll.drawn = { ...roll.drawn, length };
    }
    if (gesture?.kind === 'draw') {
      const note = roll.drafts.find(({ id }) => id === DRAFT_ID) ?? gesture.note;
      roll.drawn = { length: note.length, velocity: note.velocity };
      void addNotes(this.studio, [valuesOf(note)], 'Draw');
    }
    this.#clear();
  }

  /** Draws a note, or removes the one that is there. */
  doubleClick(event: MouseEvent): void {
    const { model, view, tool } = this.studio.roll;
    if (!model || tool === 'draw') return;
    const found = rollHit(view, model, event.offsetX, event.offsetY);
    if (found.note) return void removeNotes(this.studio, [found.note]);
    const note = this.#newNote(found, event.altKey);
    this.studio.audition(note.pitch, note.velocity);
    void addNotes(this.studio, [valuesOf(note)], 'Draw');
  }

  key(event: KeyboardEvent): void {
    if (event.key !== 'Escape' || !this.#gesture) return;
    this.breakOff();
    event.preventDefault();
    event.stopImmediatePropagation();
  }

  breakOff(): void {
    this.#gesture = undefined;
    this.shows.marquee(undefined);
    this.#clear();
  }

  #clear(): void {
    const { roll, song } = this.studio;
    roll.drafts = roll.drafts.filter(({ id }) => id >= 0);
    song.release(this.#holds.splice(0));
    this.#sounded = -1;
  }

  #take(event: PointerEvent, found: RollHit & { note: Note }): void {
    const { roll } = this.studio;
    const { note } = found;
    const more = event.shiftKey || event.metaKey;
    if (more) {
      const selected = new Set(roll.selected);
      if (!selected.delete(note.id)) selected.add(note.id);
      roll.select(selected);
    } else if (!roll.selected.has(note.id)) roll.select([note.id]);
    roll.cursor = { position: roll.origin + note.start, pitch: note.pitch };
    roll.drawn = { length: note.length, velocity: note.velocity };
    const notes = roll.selected.has(note.id) ? roll.chosen : [note];
    const base = { x: event.offsetX, y: event.offsetY, started: false, notes, grip: note, changes: [] };
    this.#gesture =
      found.part === 'body'
        ? { ...base, kind: 'move', copy: event.ctrlKey }
        : { ...base, kind: 'resize', edge: found.part };
    this.#sound(note.pitch, note.velocity);
  }

  #newNote(found: RollHit, free: boolean): Note {
    const { roll, song } = this.studio;
    const step = free ? undefined : roll.stepAt(found.position);
    const at = Math.max(snappedDown(found.position, step, song.signatures), roll.origin);
    const length = roll.drawn.length || stepLength(roll.stepAt(at), song.signatures, at);
    const { pitch } = found;
    const start = Math.round(at - roll.origin);
    const { velocity } = roll.drawn;
    return { id: DRAFT_ID, clip: roll.clip, start, length, pitch, velocity, releaseVelocity: 0, channel: 0 };
  }

  #beginDrawing(event: PointerEvent, found: RollHit): void {
    const { roll } = this.studio;
    const note = this.#newNote(found, event.altKey);
    roll.select([]);
    roll.drafts = [...roll.drafts, note];
    this.#gesture = { kind: 'draw', note, x: event.offsetX, y: event.offsetY, started: false };
    this.#sound(note.pitch, note.velocity);
  }

  #beginMarquee(event: PointerEvent, found: RollHit): void {
    const { roll, song } = this.studio;
    const kept = event.ctrlKey || event.shiftKey ? roll.selected : new Set<number>();
    if (!kept.size) roll.select([]);
    roll.cursor = {
      position: Math.max(snappedDown(found.position, roll.stepAt(found.position), song.signatures), roll.origin),
      pitch: found.pitch,
    };
    this.#gesture = { kind: 'marquee', kept, x: event.offsetX, y: event.offsetY, started: false };
  }

  #move(gesture: Gesture & { kind: 'move' }, x: number, y: number, free: boolean): void {
    const { roll, song } = this.studio;
    const rows = Math.round((y - gesture.y) / roll.view.rowPx);
    const from = roll.pitches.indexOf(gesture.grip.pitch);
    const target = roll.pitches[Math.min(Math.max(from + rows, 0), roll.pitches.length - 1)] ?? gesture.grip.pitch;
    const delta = (x - gesture.x) * roll.view.ticksPerPx;
    const semitones = target - gesture.grip.pitch;
    gesture.changes = movedNotes(gesture.notes, gesture.grip, delta, semitones, gridOf(this.studio, free));
    if (gesture.copy) {
      const copies = this.#moved(gesture).map((note, i) => ({ ...note, id: DRAFT_ID - i }));
      roll.drafts = [...roll.drafts.filter(({ id }) => id >= 0), ...copies];
    } else this.#show(gesture.changes.map(({ id, ...patch }) => song.hold(id, patch)));
    const grip = gesture.changes.find(({ id }) => id === gesture.grip.id);
    this.#sound(grip?.pitch ?? gesture.grip.pitch, gesture.grip.velocity);
  }

  #settleMove(gesture: Gesture & { kind: 'move' }): void {
    if (gesture.copy) void addNotes(this.studio, this.#moved(gesture).map(valuesOf), 'Copy');
    else void changeNotes(this.studio, gesture.changes, 'Move');
  }

  #moved({ notes, changes }: { notes: Note[]; changes: NoteChange[] }): Note[] {
    return notes.map((note) => ({ ...note, ...changes.find(({ id }) => id === note.id), id: note.id }));
  }

  #resize(gesture: Gesture & { kind: 'resize' }, x: number, free: boolean): void {
    const delta = (x - gesture.x) * this.studio.roll.view.ticksPerPx;
    gesture.changes = resizedNotes(gesture.notes, gesture.grip, gesture.edge, delta, gridOf(this.studio, free));
    this.#show(gesture.changes.map(({ id, ...patch }) => this.studio.song.hold(id, patch)));
  }

  #draw(note: Note, x: number, free: boolean): void {
    const { roll, song } = this.studio;
    const position = positionAt(roll.view, x);
    const end = snapped(position, free ? undefined : roll.stepAt(position), song.signatures) - roll.origin;
    const least = stepLength(free ? undefined : roll.stepAt(position), song.signatures, Math.max(position, 0));
    const longer = { ...note, length: Math.round(Math.max(end - note.start, least)) };
    roll.drafts = [...roll.drafts.filter(({ id }) => id !== DRAFT_ID), longer];
  }

  #marquee(gesture: Gesture & { kind: 'marquee' }, x: number, y: number): void {
    const { roll } = this.studio;
    const area = {
      x: Math.min(x, gesture.x),
      y: Math.min(y, gesture.y),
      width: Math.abs(x - gesture.x),
      height: Math.abs(y - gesture.y),
    };
    this.shows.marquee(area);
    if (roll.model) roll.select([...gesture.kept, ...notesIn(roll.view, roll.model, area)]);
  }

  #show(holds: Hold[]): void {
    const before = this.#holds;
    this.#holds = holds;
    this.studio.song.release(before);
  }

  #sound(pitch: number, velocity: number): void {
    if (pitch === this.#sounded) return;
    this.#sounded = pitch;
    this.studio.audition(pitch, velocity);
  }
}

/** The key under the pointer, for the keyboard at the left. */
export function keyAt(studio: Studio, y: number): number {
  return pitchAt(studio.roll.view, studio.roll.pitches, y);
}

function cursorFor(found: RollHit, tool: 'select' | 'draw'): string {
  if (!found.note) return tool === 'draw' ? 'crosshair' : 'default';
  return found.part === 'body' ? 'grab' : 'ew-resize';
}
