// The state of the ruler: which of its items the keys are at, and which is being edited. It is this page's own.
import { rulerItems, type RulerItem } from '../../scene/ruler-items';
import type { SongStore } from '../../store/song.svelte';

export class RulerState {
  active = $state(0);
  /** The item whose values are being typed. */
  editing = $state.raw<RulerItem | undefined>(undefined);

  readonly items: RulerItem[] = $derived.by(() => {
    const { song } = this;
    const { tempoPoints, signaturePoints } = song.replica;
    return rulerItems(
      song.markers,
      [...tempoPoints.values()].map((point) => song.shown(point)),
      [...signaturePoints.values()].map((point) => song.shown(point)),
    );
  });
  readonly current = $derived(this.items.find(({ id }) => id === this.active));

  constructor(private readonly song: SongStore) {}

  /** Nothing is edited any more: another song is open. */
  forget(): void {
    this.active = 0;
    this.editing = undefined;
  }

  edit(item: RulerItem | undefined): void {
    this.editing = item;
    if (item) this.active = item.id;
  }
}
