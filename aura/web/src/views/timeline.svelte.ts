// What of the song the arrangement shows: its rows, how far it is scrolled, how near, what it snaps to. This page's own.
import type { Track } from '../contract/messages';
import { heightWithin, rowsOf, type Row } from '../scene/rows';
import type { Model } from '../scene/scene';
import { ADAPTIVE, stepOf, type Snapping } from '../scene/snapping';
import { scrolled, type View } from '../scene/view';
import type { Outlines } from '../store/outlines';
import type { Selection } from '../store/selection.svelte';
import type { SongStore } from '../store/song.svelte';
import { TICKS_PER_QUARTER } from '../store/tempo-map';

/** What it is told of. */
interface Shown {
  song: SongStore;
  selection: Selection;
  outlines: Outlines;
  selectedTrack: () => Track | undefined;
}

export class Timeline {
  view = $state.raw<View>({ scroll: 0, scrollY: 0, ticksPerPx: TICKS_PER_QUARTER / 10, width: 0, height: 0 });
  /** What clips and the ruler snap to. */
  snapping = $state.raw<Snapping>(ADAPTIVE);
  /** The playhead is kept on the screen until the musician scrolls. */
  following = true;
  /** Where the pointer is over the clips; undefined when it is elsewhere. */
  pointer: { position: number; clip: number | undefined } | undefined;
  /** Heights chosen for single tracks, and groups that are folded. */
  #heights = $state.raw<ReadonlyMap<number, number>>(new Map());
  folded = $state.raw<ReadonlySet<number>>(new Set());

  readonly #height = $derived(this.view.height);
  readonly rows: Row[] = $derived.by(() =>
    rowsOf(this.shown.song.tracks, { height: this.#height, heights: this.#heights, folded: this.folded }),
  );
  readonly #rowsHeight = $derived(this.rows.reduce((sum, row) => sum + row.height, 0));
  /** What scene.ts needs to know of the song. */
  readonly model: Model = $derived.by(() => {
    const { song, selection, outlines, selectedTrack } = this.shown;
    return {
      rows: this.rows,
      clipsOf: (track) => song.clipsOf(track),
      notesOf: (clip) => song.notesOf(clip),
      mediaOf: (id) => song.replica.media.get(id),
      peaksOf: (media) => outlines.of(media),
      tempo: song.tempo,
      signatures: song.signatures,
      selectedTrack: selectedTrack()?.id ?? 0,
      selectedClips: selection.clips,
      loop: { start: song.song.loopStart, end: song.song.loopEnd, enabled: song.song.loopEnabled },
    };
  });

  constructor(private readonly shown: Shown) {}

  /** What is snapped to at a place of the song. */
  stepAt(position: number) {
    return stepOf(this.snapping, this.view.ticksPerPx, this.shown.song.signatures, Math.max(position, 0));
  }

  scrollBy(dx: number, dy: number): void {
    if (dx) this.following = false;
    this.view = scrolled(this.view, dx, dy, this.shown.song.end, this.#rowsHeight);
  }

  setHeight(track: number, height: number): void {
    this.#heights = new Map(this.#heights).set(track, heightWithin(height));
  }

  toggleFold(group: number): void {
    const folded = new Set(this.folded);
    if (!folded.delete(group)) folded.add(group);
    this.folded = folded;
  }

  /** Selects a track and scrolls its row onto the screen. */
  showTrack(id: number): void {
    this.shown.selection.selectTrack(id);
    const row = this.rows.find((candidate) => candidate.track.id === id);
    if (!row) return;
    const above = Math.min(row.top - this.view.scrollY, 0);
    const below = Math.max(row.top + row.height - this.view.scrollY - this.view.height, 0);
    this.scrollBy(0, above || below);
  }

  /** Another song is open: it begins at its start, with rows as they come. */
  forget(): void {
    this.#heights = new Map();
    this.folded = new Set();
    this.following = true;
    this.view = { ...this.view, scroll: 0, scrollY: 0 };
  }
}
