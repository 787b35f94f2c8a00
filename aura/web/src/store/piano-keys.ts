// The computer's keyboard as a piano: which key is which note. It sends nothing.
//
// Two rows, as on other machines: A S D F … are the white keys, W E T Y U … the black ones between them. By the place of a
// key, not by its letter, so that every layout has the same piano.

/** Semitones above the octave's C. */
const SEMITONES: Readonly<Record<string, number>> = {
  KeyA: 0,
  KeyW: 1,
  KeyS: 2,
  KeyE: 3,
  KeyD: 4,
  KeyF: 5,
  KeyT: 6,
  KeyG: 7,
  KeyY: 8,
  KeyH: 9,
  KeyU: 10,
  KeyJ: 11,
  KeyK: 12,
  KeyO: 13,
  KeyL: 14,
  KeyP: 15,
  Semicolon: 16,
  Quote: 17,
};

const NOTE_ON = 0x90;
const NOTE_OFF = 0x80;
const HIGHEST = 127;
/** MIDI key of the lowest C, octave 0. */
const OCTAVE_KEYS = 12;

/** What a key press means: a message to play, another octave, or nothing of a piano. */
export type Press = { messages: Uint8Array[] } | { octave: number } | undefined;

export class PianoKeys {
  /** As musicians count: 4 begins with middle C. */
  octave = 4;
  velocity = 100;
  /** The note that each pressed key began. */
  readonly #held = new Map<string, number>();

  /** A key goes down. Keys that repeat by themselves play nothing again. */
  press(code: string, repeats: boolean): Press {
    if (code === 'KeyZ' || code === 'KeyX') {
      this.octave = Math.min(Math.max(this.octave + (code === 'KeyX' ? 1 : -1), 0), 8);
      return { octave: this.octave };
    }
    const semitone = SEMITONES[code];
    if (semitone === undefined) return undefined;
    const pitch = (this.octave + 1) * OCTAVE_KEYS + semitone;
    if (repeats || this.#held.has(code) || pitch > HIGHEST) return { messages: [] };
    this.#held.set(code, pitch);
    return { messages: [Uint8Array.of(NOTE_ON, pitch, this.velocity)] };
  }

  /** A key comes up: what it began ends, whatever the octave is now. */
  release(code: string): Uint8Array[] {
    const pitch = this.#held.get(code);
    if (pitch === undefined) return [];
    this.#held.delete(code);
    return [Uint8Array.of(NOTE_OFF, pitch, 0)];
  }

  /** All keys come up: the window lost the keyboard. */
  releaseAll(): Uint8Array[] {
    return [...this.#held.keys()].flatMap((code) => this.release(code));
  }
}
