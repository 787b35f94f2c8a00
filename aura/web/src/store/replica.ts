// The page's full copy of the song: entities by id, fed by parts and transactions.
//
// It is what Pulse acknowledged and nothing else: edits under way live in `pending.ts`. It says which tracks must be drawn
// again; it draws nothing and asks nobody.
import { blankSong } from '../contract/messages';
import type {
  Clip,
  Device,
  Entity,
  Marker,
  Media,
  MidiEvent,
  Note,
  Send,
  SignaturePoint,
  Song,
  SongPart,
  TempoPoint,
  Track,
  Transaction,
} from '../contract/messages';

import { SignatureMap } from './signature-map';
import { TempoMap } from './tempo-map';

/** What a transaction or a whole song touched. */
export interface Touched {
  /** Tracks whose clips look different. */
  tracks: Set<number>;
  /** Tempo or signatures changed: everything is drawn again. */
  time: boolean;
}

const NO_SONG: Song = blankSong();

type Index<T> = Map<number, T>;

export class Replica {
  sequence: number | undefined;
  song: Song = NO_SONG;
  tempoPoints: Index<TempoPoint> = new Map();
  signaturePoints: Index<SignaturePoint> = new Map();
  markers: Index<Marker> = new Map();
  tracks: Index<Track> = new Map();
  devices: Index<Device> = new Map();
  sends: Index<Send> = new Map();
  media: Index<Media> = new Map();
  clips: Index<Clip> = new Map();
  /** Notes by clip, then id. */
  notes: Map<number, Index<Note>> = new Map();
  /** Controllers, bend and the like by clip, then id: not shown, but copied along. */
  events: Map<number, Index<MidiEvent>> = new Map();
  /** The clip of each note. */
  readonly #clipOfNote = new Map<number, number>();
  tempo = new TempoMap();
  signatures = new SignatureMap();
  /** Clips by track, then id. */
  readonly #clipsOf = new Map<number, Index<Clip>>();

  /** Adds the entities of a part of the whole song. Start with an empty replica at the first part. */
  load(part: Omit<SongPart, 'song' | 'path'>): void {
    for (const entity of part.entities) this.#put(entity);
    if (!part.last) return;
    this.sequence = part.sequence;
    this.#derive();
  }

  /** Applies the next transaction. One that is known already changes nothing. */
  apply(transaction: Transaction): Touched {
    const touched: Touched = { tracks: new Set(), time: false };
    if (this.sequence !== undefined && transaction.sequence <= this.sequence) return touched;
    for (const { before, after } of transaction.updates) {
      this.#touch(before, touched);
      this.#touch(after, touched);
      if (before && !after) this.#drop(before);
      if (after) this.#put(after);
    }
    this.sequence = transaction.sequence;
    if (touched.time) this.#derive();
    return touched;
  }

  /** Whether an id is in use, among what the page keeps. */
  has(id: number): boolean {
    return (
      this.song.id === id ||
      [this.tracks, this.devices, this.sends, this.media, this.clips, this.markers, this.#clipOfNote].some((index) =>
        index.has(id),
      )
    );
  }

  clipsOf(track: number): Iterable<Clip> {
    return this.#clipsOf.get(track)?.values() ?? [];
  }

  notesOf(clip: number): Iterable<Note> {
    return this.notes.get(clip)?.values() ?? [];
  }

  note(id: number): Note | undefined {
    return this.notes.get(this.#clipOfNote.get(id) ?? 0)?.get(id);
  }

  noteCount(clip: number): number {
    return this.notes.get(clip)?.size ?? 0;
  }

  /** Where the last clip ends. */
  get end(): number {
    let end = 0;
    for (const clip of this.clips.values()) end = Math.max(end, clip.start + clip.length);
    return end;
  }

  #touch(entity: Entity | undefined, touched: Touched): void {
    const kind = entity?.kind;
    if (kind?.case === 'track') touched.tracks.add(kind.value.id);
    else if (kind?.case === 'clip') touched.tracks.add(kind.value.track);
    else if (kind?.case === 'note') touched.tracks.add(this.clips.get(kind.value.clip)?.track ?? 0);
    else if (kind?.case === 'tempoPoint' || kind?.case === 'signaturePoint') touched.time = true;
  }

  #derive(): void {
    this.tempo = new TempoMap(this.tempoPoints.values());
    this.signatures = new SignatureMap(this.signaturePoints.values());
  }

  #put({ kind }: Entity): void {
    switch (kind.case) {
      case 'song':
        this.song = kind.value;
        break;
      case 'clip':
        this.#dropClip(kind.value.id);
        this.clips.set(kind.value.id, kind.value);
        inner(this.#clipsOf, kind.value.track).set(kind.value.id, kind.value);
        break;
      case 'note':
        this.#dropNote(kind.value.id);
        inner(this.notes, kind.value.clip).set(kind.value.id, kind.value);
        this.#clipOfNote.set(kind.value.id, kind.value.clip);
        break;
      case 'midiEvent':
        inner(this.events, kind.value.clip).set(kind.value.id, kind.value);
        break;
      default: {
        const index = this.#index(kind.case);
        if (index && kind.value) index.set(kind.value.id, kind.value);
      }
    }
  }

  #drop({ kind }: Entity): void {
    if (kind.case === 'clip') this.#dropClip(kind.value.id);
    else if (kind.case === 'note') this.#dropNote(kind.value.id);
    else if (kind.case === 'midiEvent') this.events.get(kind.value.clip)?.delete(kind.value.id);
    else if (kind.value) this.#index(kind.case)?.delete(kind.value.id);
  }

  #dropNote(id: number): void {
    this.notes.get(this.#clipOfNote.get(id) ?? 0)?.delete(id);
    this.#clipOfNote.delete(id);
  }

  #dropClip(id: number): void {
    const old = this.clips.get(id);
    if (!old) return;
    this.clips.delete(id);
    this.#clipsOf.get(old.track)?.delete(id);
  }

  /** Where entities of a kind are kept; what the page never shows is not kept. */
  #index(kind: Entity['kind']['case']): Index<{ id: number }> | undefined {
    const indexes: Partial<Record<string, Index<{ id: number }>>> = {
      tempoPoint: this.tempoPoints,
      signaturePoint: this.signaturePoints,
      marker: this.markers,
      track: this.tracks,
      device: this.devices,
      send: this.sends,
      media: this.media,
    };
    return kind && indexes[kind];
  }
}

function inner<T>(outer: Map<number, Index<T>>, key: number): Index<T> {
  let index = outer.get(key);
  if (!index) outer.set(key, (index = new Map()));
  return index;
}
