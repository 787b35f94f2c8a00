// What is being recorded, as Signal says, and what the page asks of it: record, keep, keyboards, measuring.
import { RecordingPhase, TrackKind, type Incoming, type Outgoing, type RecordingState } from '../contract/messages';
import type { Notices } from '../store/notices.svelte';
import { PianoKeys } from '../store/piano-keys';
import type { SongStore } from '../store/song.svelte';

const NOTE_ON = 0x90;
const NOTE_OFF = 0x80;
/** How often, and how far apart, recording is asked for while an armed track is on its way to Signal. */
const ARMING_TRIES = 20;
const ARMING_MS = 50;
/** So long a note sounds that is only listened to. */
const AUDITION_MS = 350;

interface Ties {
  song: SongStore;
  notices: Notices;
  /** Asks Signal; complains by itself when it refuses. */
  ask(request: Outgoing): Promise<Incoming | undefined>;
  /** Asks; false where it was refused, whatever the reason. */
  accepts(request: Outgoing): Promise<boolean>;
  /** Tells without waiting. */
  tell(request: Outgoing): void;
  selectedTrack(): { id: number; kind: TrackKind } | undefined;
}

export class Recording {
  state = $state.raw<RecordingState | undefined>(undefined);
  /** The computer's keyboard plays notes. */
  keyboard = $state(false);
  octave = $state(4);
  measuring = $state(false);
  readonly on = $derived((this.state?.phase ?? RecordingPhase.OFF) > RecordingPhase.OFF);
  readonly #keys = new PianoKeys();
  readonly #ties: Ties;
  #toldTrouble = 0;
  /** Something of this recording is missing. */
  #troubled = false;

  constructor(ties: Ties) {
    this.#ties = ties;
  }

  /** News from Signal; troubles are told once. */
  take(state: RecordingState): void {
    const before = this.state?.phase;
    this.state = state;
    if (before !== RecordingPhase.RUNNING) this.#troubled = false;
    const last = state.troubles.at(-1)?.number ?? 0;
    if (last < this.#toldTrouble) this.#toldTrouble = 0;
    for (const trouble of state.troubles.filter(({ number }) => number > this.#toldTrouble)) {
      this.#ties.notices.say(trouble.text, 'trouble');
      this.#troubled = true;
    }
    this.#toldTrouble = last;
    // What is missing has said what is there.
    const recorded = before === RecordingPhase.RUNNING && !this.on && !this.#troubled;
    if (recorded) this.#ties.notices.say('Recorded.');
  }

  /** Signal is away: nothing is recorded. */
  forget(): void {
    this.state = undefined;
    this.#toldTrouble = 0;
  }

  /** Begins or ends. A track that was armed a moment ago is waited for: Signal hears of it from Pulse. */
  async toggle(): Promise<void> {
    const enabled = !this.on;
    const armed = this.#ties.song.tracks.some((track) => track.armed);
    for (let tries = enabled && armed ? ARMING_TRIES : 0; tries > 0; tries--) {
      if (await this.#ties.accepts({ case: 'record', value: { enabled } })) return;
      await new Promise((done) => setTimeout(done, ARMING_MS));
    }
    await this.#ties.ask({ case: 'record', value: { enabled } });
  }

  /** Makes clips of what was played last. */
  async keep(): Promise<void> {
    const track = this.#ties.selectedTrack()?.id ?? 0;
    const answer = await this.#ties.ask({ case: 'keepPlayed', value: { track } });
    if (answer?.case !== 'kept') return;
    const names = answer.value.tracks.map((id) => this.#ties.song.tracks.find((it) => it.id === id)?.name ?? '');
    this.#ties.notices.say(`Kept what was played on ${names.join(', ')}.`);
  }

  /** Measures the way from the first output to the first input. */
  async measure(): Promise<void> {
    this.measuring = true;
    const answer = await this.#ties.ask({ case: 'calibrate', value: { outputChannel: 1, inputChannel: 1 } });
    this.measuring = false;
    if (answer?.case !== 'calibrated') return;
    const { roundTripFrames, statedFrames } = answer.value;
    const differs = roundTripFrames === statedFrames ? 'as the device says' : `the device says ${statedFrames}`;
    this.#ties.notices.say(`From output to input: ${roundTripFrames} samples, ${differs}.`);
  }

  toggleKeyboard(): void {
    this.keyboard = !this.keyboard;
    if (!this.keyboard) this.letGo();
    const how = `The computer keyboard plays notes: A to K are white keys, Z and X change the octave.`;
    this.#ties.notices.say(this.keyboard ? how : 'The computer keyboard plays no notes.');
  }

  /** A key of the computer goes down. True: it was a note, and nothing else. */
  keyDown(event: KeyboardEvent): boolean {
    if (!this.keyboard || event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return false;
    const press = this.#keys.press(event.code, event.repeat);
    if (!press) return false;
    if ('octave' in press) this.octave = press.octave;
    else this.#send(press.messages);
    return true;
  }

  keyUp(event: KeyboardEvent): void {
    this.#send(this.#keys.release(event.code));
  }

  /** All keys come up. */
  letGo(): void {
    this.#send(this.#keys.releaseAll());
  }

  /** Lets a note be heard for a moment. */
  audition(track: number, pitch: number, velocity: number): void {
    const loudness = Math.min(Math.max(Math.round(velocity * 127), 1), 127);
    this.#play(track, [Uint8Array.of(NOTE_ON, pitch, loudness)]);
    setTimeout(() => this.#play(track, [Uint8Array.of(NOTE_OFF, pitch, 0)]), AUDITION_MS);
  }

  /** To the selected instrument, or to all that listen. */
  #send(messages: Uint8Array[]): void {
    const track = this.#ties.selectedTrack();
    this.#play(track?.kind === TrackKind.INSTRUMENT ? track.id : 0, messages);
  }

  #play(track: number, messages: Uint8Array[]): void {
    if (messages.length) this.#ties.tell({ case: 'sendMidi', value: { track, messages } });
  }
}
