// The song as the page shows it: what Pulse acknowledged, with the edits under way laid over it, as reactive state.
import type {
  Clip,
  Device,
  HistoryState,
  Marker,
  Note,
  ParameterDescription,
  Send,
  SongPart,
  Track,
  Transaction,
} from '../contract/messages';
import { Pending, type Hold } from './pending';
import { Replica } from './replica';

/** Transactions shown in the list of edits. */
const SHOWN_TRANSACTIONS = 60;

export interface Edit {
  sequence: number;
  label: string;
  client: string;
  timeMs: number;
  /** It undid or redid another. */
  inverts: boolean;
}

export class SongStore {
  #replica = new Replica();
  #loading: Replica | null = null;
  #loadingSong = '';
  readonly #pending = new Pending();
  #revision = $state(0);
  /** Whether there is a whole song. */
  loaded = $state(false);
  /** Names this copy of this song, and no other; see SongPart. */
  identity = $state('');
  history = $state.raw<HistoryState>({ undoLabel: '', redoLabel: '' });
  /** Newest first; only those that arrived while this page was open. */
  edits = $state.raw<Edit[]>([]);
  readonly #drawn = new Map<number, number>();
  /** Grows when everything must be drawn again. */
  drawing = 0;
  #waiting: { sequence: number; done: () => void }[] = [];

  /** Read it in a derived value to follow every change of the song. */
  get replica(): Replica {
    void this.#revision;
    return this.#replica;
  }

  readonly song = $derived.by(() => this.#pending.over(this.replica.song));
  readonly tempo = $derived.by(() => this.replica.tempo);
  readonly signatures = $derived.by(() => this.replica.signatures);
  /** Every track in the order shown, the master last. */
  readonly tracks: Track[] = $derived.by(() =>
    [...this.replica.tracks.values()].map((track) => this.#pending.over(track)).sort((a, b) => a.order - b.order),
  );
  readonly markers: Marker[] = $derived.by(() =>
    [...this.replica.markers.values()]
      .map((marker) => this.#pending.over(marker))
      .sort((a, b) => a.position - b.position),
  );
  readonly end = $derived.by(() => this.replica.end);

  /** An entity with the edits under way laid over it. */
  shown<T extends { id: number }>(entity: T): T {
    return this.replica ? this.#pending.over(entity) : entity;
  }

  devicesOf(track: number): Device[] {
    const devices = [...this.replica.devices.values()].filter((device) => device.track === track);
    return devices.map((device) => this.#pending.over(device)).sort((a, b) => a.order - b.order);
  }

  sendsOf(track: number): Send[] {
    const sends = [...this.replica.sends.values()].filter((send) => send.track === track);
    return sends.map((send) => this.#pending.over(send)).sort((a, b) => a.order - b.order);
  }

  /** A track's clips that are heard, by start; takes lie in lanes of their own. */
  clipsOf(track: number): Clip[] {
    return this.lanesOf(track).filter((clip) => clip.lane === 0);
  }

  /** All clips of a track, takes among them, by start. */
  lanesOf(track: number): Clip[] {
    const clips: Clip[] = [];
    for (const clip of this.replica.clipsOf(track)) {
      const shown = this.#pending.over(clip);
      if (shown.track === track) clips.push(shown);
    }
    for (const id of this.#pending.ids) {
      const clip = this.#replica.clips.get(id);
      if (!clip || clip.track === track) continue;
      const shown = this.#pending.over(clip);
      if (shown.track === track) clips.push(shown);
    }
    return clips.sort((a, b) => a.start - b.start || a.id - b.id);
  }

  clip(id: number): Clip | undefined {
    const clip = this.replica.clips.get(id);
    return clip && this.#pending.over(clip);
  }

  /** A clip's notes as shown, by start. */
  notesOf(clip: number): Note[] {
    const notes = [...this.replica.notesOf(clip)].map((note) => this.#pending.over(note));
    return notes.sort((a, b) => a.start - b.start || a.pitch - b.pitch || a.id - b.id);
  }

  note(id: number): Note | undefined {
    const note = this.replica.note(id);
    return note && this.#pending.over(note);
  }

  track(id: number): Track | undefined {
    const track = this.replica.tracks.get(id);
    return track && this.#pending.over(track);
  }

  /** A parameter's value as shown: under way, or the song's, or what the plugin begins with. */
  parameter(device: number, parameter: ParameterDescription): number {
    const held = this.replica && this.#pending.value(device, `parameter ${parameter.id}`);
    if (typeof held === 'number') return held;
    const own = this.#replica.devices.get(device);
    const set = own?.parameters.find((value) => value.id === parameter.id);
    // A song names what differs from the defaults; a plugin with a state of its own begins with that.
    return set?.value ?? (own?.state ? parameter.value : parameter.defaultValue);
  }

  /** Grows when the clips of a track look different. */
  drawnRevision(track: number): number {
    return this.#drawn.get(track) ?? 0;
  }

  /** Something every clip may show has come, such as an outline. */
  redrawAll(): void {
    this.drawing++;
    this.#revision++;
  }

  /** True with the last part of a song that is another one than before. */
  loadPart(part: SongPart): boolean {
    if (part.first) {
      this.#loading = new Replica();
      this.#loadingSong = part.song;
    }
    this.#loading?.load(part);
    if (!part.last || !this.#loading) return false;
    const another = this.loaded && this.identity !== this.#loadingSong;
    if (another) this.#leave();
    this.#replica = this.#loading;
    this.#loading = null;
    this.identity = this.#loadingSong;
    this.loaded = true;
    this.drawing++;
    this.#changed();
    return another;
  }

  /** What was under way belongs to the song that was open. */
  #leave(): void {
    this.#pending.forget();
    this.edits = [];
    for (const { done } of this.#waiting.splice(0)) done();
  }

  apply(transaction: Transaction): void {
    const touched = this.#replica.apply(transaction);
    if (touched.time) this.drawing++;
    for (const track of touched.tracks) this.#redraw(track);
    const { sequence, label, client, timeMs, inverts } = transaction;
    this.edits = [{ sequence, label, client, timeMs, inverts: inverts > 0 }, ...this.edits].slice(
      0,
      SHOWN_TRANSACTIONS,
    );
    this.#changed();
  }

  /** Shows values over an entity's own; see `Pending`. */
  hold(id: number, patch: Record<string, unknown>): Hold {
    this.#redrawClip(id);
    const hold = this.#pending.hold(id, patch);
    this.#redrawClip(id);
    this.#revision++;
    return hold;
  }

  release(holds: readonly Hold[]): void {
    for (const hold of holds) {
      this.#redrawClip(hold.id);
      this.#pending.release(hold);
      this.#redrawClip(hold.id);
    }
    if (holds.length) this.#revision++;
  }

  /** Resolves when the transaction is here, or the connection is lost. */
  reached(sequence: number): Promise<void> {
    if ((this.#replica.sequence ?? 0) >= sequence) return Promise.resolve();
    return new Promise((done) => this.#waiting.push({ sequence, done }));
  }

  connectionLost(): void {
    this.#loading = null;
    for (const { done } of this.#waiting.splice(0)) done();
  }

  #redrawClip(id: number): void {
    const clip = this.#replica.clips.get(id) ?? this.#replica.clips.get(this.#replica.note(id)?.clip ?? 0);
    if (clip) this.#redraw(this.#pending.over(clip).track);
  }

  #redraw(track: number): void {
    this.#drawn.set(track, this.drawnRevision(track) + 1);
  }

  #changed(): void {
    this.#revision++;
    const sequence = this.#replica.sequence ?? 0;
    const ready = this.#waiting.filter((waiting) => waiting.sequence <= sequence);
    this.#waiting = this.#waiting.filter((waiting) => waiting.sequence > sequence);
    for (const { done } of ready) done();
  }
}
