// What was copied, to be pasted at the playhead: notes, or clips with their notes. It is this page's alone.
import type { Clip, MidiEvent, Note } from '../contract/messages';

/** A note's values, its start from the first of those copied. */
export type CopiedNote = Pick<Note, 'start' | 'length' | 'pitch' | 'velocity'>;

/** A clip as it was, with what it held; `after` is its start from the first of those copied. */
export interface CopiedClip {
  clip: Clip;
  after: number;
  notes: readonly Note[];
  events: readonly MidiEvent[];
}

export class Clipboard {
  notes: readonly CopiedNote[] = [];
  clips: readonly CopiedClip[] = [];

  copyNotes(notes: readonly Note[]): void {
    const first = Math.min(...notes.map((note) => note.start));
    this.notes = notes.map(({ start, length, pitch, velocity }) => ({ start: start - first, length, pitch, velocity }));
  }

  copyClips(clips: readonly Clip[], held: (clip: number) => Pick<CopiedClip, 'notes' | 'events'>): void {
    const first = Math.min(...clips.map((clip) => clip.start));
    this.clips = clips.map((clip) => ({ clip, after: clip.start - first, ...held(clip.id) }));
  }
}
