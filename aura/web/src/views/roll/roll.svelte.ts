// The state of the piano roll: which clip, what is seen of it, what is selected, what is being drawn.
//
// It is this page's own: another page on the same song has another. The notes themselves are the song's.
import type { Clip, Note } from '../../contract/messages';
import type { RollModel, RollView } from '../../scene/roll';
import { originOf } from '../../scene/content';
import { ADAPTIVE, stepLength, stepOf, type Snapping } from '../../scene/snapping';
import { fitted, positionAt, scrolled, xOf } from '../../scene/view';
import type { SongStore } from '../../store/song.svelte';
import { TICKS_PER_QUARTER } from '../../store/tempo-map';
import { QUANTISE, type Quantise } from './quantise-edits';

export type Tool = 'select' | 'draw';
const ROW_PX = { least: 6, most: 28, first: 13 } as const;
const ALL_PITCHES = Array.from({ length: 128 }, (_, i) => 127 - i);
/** Notes want a coarser grid than clips: their steps are this much wider. */
const ROOM = 2.5;
/** With more than a half note in sight, the adaptive grid is no finer than sixteenths. */
const WIDE = { view: 2 * TICKS_PER_QUARTER, least: TICKS_PER_QUARTER / 4 } as const;
/** Keys shown around the notes of a clip, and where there is none. */
const MIDDLE = 60;

export class Roll {
  /** The clip shown; 0: none. */
  clip = $state(0);
  tool = $state<Tool>('select');
  view = $state.raw<RollView>({
    scroll: 0,
    scrollY: 0,
    ticksPerPx: TICKS_PER_QUARTER / 40,
    width: 0,
    height: 0,
    rowPx: ROW_PX.first,
  });
  selected = $state.raw<ReadonlySet<number>>(new Set());
  /** Where the arrow keys draw, in the song. */
  cursor = $state.raw({ position: 0, pitch: MIDDLE });
  focused = $state(false);
  /** Notes under way that are not in the song yet. */
  drafts = $state.raw<Note[]>([]);
  /** Settles when every note drawn so far is in the song, or refused. */
  adding: Promise<unknown> = Promise.resolve();
  snapping = $state.raw<Snapping>(ADAPTIVE);
  /** Length and velocity of the next note drawn: those of the last. 0: one step. */
  drawn = $state.raw({ length: 0, velocity: 0.8 });
  quantise = $state.raw<Quantise>(QUANTISE);
  /** Only the rows that have notes or names. */
  folded = $state(false);
  readonly shown: Clip | undefined = $derived.by(() => {
    const clip = this.song.clip(this.clip);
    return clip?.content.case === 'notes' ? clip : undefined;
  });
  /** Rows with names of their own: the pads of a drum machine. */
  readonly names: ReadonlyMap<number, string> = $derived.by(() => this.namesOf(this.shown?.track ?? 0));
  readonly notes: Note[] = $derived.by(() => [
    ...(this.shown ? this.song.notesOf(this.shown.id) : []),
    ...this.drafts.filter((draft) => draft.clip === this.clip && !this.song.replica.note(draft.id)),
  ]);
  readonly chosen: Note[] = $derived(this.notes.filter((note) => this.selected.has(note.id)));
  readonly pitches: readonly number[] = $derived.by(() => {
    if (!this.folded) return ALL_PITCHES;
    const used = new Set([...this.notes.map((note) => note.pitch), ...this.names.keys(), this.cursor.pitch]);
    return ALL_PITCHES.filter((pitch) => used.has(pitch));
  });
  readonly model: RollModel | undefined = $derived.by(() => {
    const clip = this.shown;
    if (!clip) return undefined;
    const { signatures } = this.song;
    const step = this.stepAt(clip.start);
    const cursor = this.focused && !this.selected.size ? { ...this.cursor, length: this.nextLength } : undefined;
    return { clip, notes: this.notes, selected: this.selected, pitches: this.pitches, signatures, step, cursor };
  });

  constructor(
    private readonly song: SongStore,
    private readonly namesOf: (track: number) => ReadonlyMap<number, string>,
  ) {}

  /** What is snapped to at a place of the song. */
  stepAt(position: number) {
    const { ticksPerPx, width } = this.view;
    const step = stepOf(this.snapping, ticksPerPx * ROOM, this.song.signatures, Math.max(position, 0));
    const fine = this.snapping.part === 'adaptive' && step && 'ticks' in step && step.ticks < WIDE.least;
    return fine && width * ticksPerPx > WIDE.view ? { ticks: WIDE.least } : step;
  }

  get nextLength(): number {
    const { position } = this.cursor;
    return this.drawn.length || stepLength(this.stepAt(position), this.song.signatures, position);
  }

  /** Where the clip's content starts in the song. */
  get origin(): number {
    return this.shown ? originOf(this.shown) : 0;
  }

  open(clip: Clip): void {
    const another = this.clip !== clip.id;
    this.clip = clip.id;
    if (!another) return;
    this.selected = new Set();
    this.cursor = { position: clip.start, pitch: this.#middlePitch() };
    this.frame();
  }

  /** Shows no clip: another song is open. */
  forget(): void {
    this.clip = 0;
    this.selected = new Set();
    this.drafts = [];
  }

  /** Shows the whole clip, with its notes in the middle. */
  frame(): void {
    const clip = this.shown;
    if (!clip || !this.view.width) return;
    const { rowPx, height } = this.view;
    const row = Math.max(this.pitches.indexOf(this.#middlePitch()), 0);
    const view = fitted(this.view, clip.start, clip.start + clip.length);
    this.view = { ...view, scrollY: this.#withinRows((row + 0.5) * rowPx - height / 2) };
  }

  resized(width: number, height: number): void {
    const first = !this.view.width;
    this.view = { ...this.view, width, height };
    if (first) this.frame();
    else this.view = { ...this.view, scrollY: this.#withinRows(this.view.scrollY) };
  }

  scrollBy(dx: number, dy: number): void {
    const end = Math.max(this.song.end, this.shown ? this.shown.start + this.shown.length : 0);
    this.view = scrolled(this.view, dx, dy, end, this.pitches.length * this.view.rowPx);
  }

  /** Makes rows higher or lower; what is at `y` stays there. */
  zoomRows(factor: number, y: number): void {
    const { rowPx: before, scrollY } = this.view;
    const rowPx = Math.min(Math.max(Math.round(before * factor), ROW_PX.least), ROW_PX.most);
    const row = (scrollY + y) / before;
    this.view = { ...this.view, rowPx };
    this.view = { ...this.view, scrollY: this.#withinRows(row * rowPx - y) };
  }

  /** Scrolls so that a place is seen. */
  reveal(position: number, pitch: number): void {
    const { view } = this;
    const x = xOf(view, position);
    const dx = x < 0 ? x - view.width * 0.2 : x > view.width - 20 ? x - view.width * 0.8 : 0;
    const y = this.pitches.indexOf(pitch) * view.rowPx - view.scrollY;
    const dy = y < 0 ? y : y + view.rowPx > view.height ? y + view.rowPx - view.height : 0;
    if (dx || dy) this.scrollBy(Math.max(dx, -positionAt(view, 0) / view.ticksPerPx), dy);
  }

  select(ids: Iterable<number>): void {
    this.selected = new Set(ids);
  }

  #middlePitch(): number {
    const pitches = this.notes.map((note) => note.pitch);
    if (pitches.length) return Math.round((Math.min(...pitches) + Math.max(...pitches)) / 2);
    return this.names.keys().next().value ?? MIDDLE;
  }

  #withinRows(scrollY: number): number {
    const most = Math.max(this.pitches.length * this.view.rowPx - this.view.height, 0);
    return Math.min(Math.max(scrollY, 0), most);
  }
}
