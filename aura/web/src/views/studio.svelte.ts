// All the page knows and can ask, in one place: the link with its stores behind it, and what is on the screen.
//
// Views read from here and call `execute`, `undo`, `locate` …; none of them talks to the link. It draws nothing.
import { createContext } from 'svelte';
import {
  type AudioDevices,
  type AudioSettings,
  type Command,
  type Incoming,
  type Outgoing,
  type Process,
  type SongPart,
  type TelemetryFrame,
  type Track,
  type Welcome,
} from '../contract/messages';
import { Link, type Channel, type LinkState } from '../link/link';
import { Clipboard } from '../store/clipboard';
import { GrantBook } from '../store/grants.svelte';
import { Machine } from '../store/machine.svelte';
import { Notices } from '../store/notices.svelte';
import { ParameterTexts } from '../store/parameter-texts.svelte';
import { Outlines } from '../store/outlines';
import { Preferences } from '../store/preferences.svelte';
import type { Hold } from '../store/pending';
import { Selection } from '../store/selection.svelte';
import { SongStore } from '../store/song.svelte';
import { Telemetry } from '../store/telemetry';
import { Bottom } from './bottom.svelte';
import { Browser } from './browser/browser.svelte';
import { Sending } from './browser/sending.svelte';
import { PlaceMenu } from './menu/place-menu.svelte';
import { Exports } from './exports.svelte';
import { Recording } from './recording.svelte';
import { Roll } from './roll/roll.svelte';
import { KeyQueue } from './key-queue';
import { Songs } from './songs.svelte';
import { keyNames } from './slots';
import { RulerState } from './ruler/ruler.svelte';
import { Timeline } from './timeline.svelte';

/** So long a request to go somewhere counts as where the playhead is, until telemetry tells. */
const CUE_MS = 200;

export class Studio {
  readonly song = new SongStore();
  readonly machine = new Machine();
  readonly notices = new Notices();
  readonly selection = new Selection();
  readonly telemetry = new Telemetry();
  readonly clipboard = new Clipboard();
  readonly keys = new KeyQueue();
  readonly roll = new Roll(this.song, (track) =>
    keyNames(
      this.song.devicesOf(track),
      (device) => this.machine.devices.get(device)?.parameters ?? [],
      (media) => this.song.replica.media.get(media)?.name,
    ),
  );
  readonly bottom = new Bottom();
  readonly browser = new Browser(
    (kind) => this.ask(kind),
    () => this.telemetry.sampleRate,
  );
  readonly sending = new Sending();
  readonly exports = new Exports((kind) => this.ask(kind), this.notices);
  readonly grants = new GrantBook((kind) => this.#link.request(kind));
  readonly ruler = new RulerState(this.song);
  /** The menu of what was pointed at. */
  readonly menu = new PlaceMenu();
  readonly recording: Recording;
  readonly songs: Songs;
  readonly texts: ParameterTexts;
  readonly preferences: Preferences;
  linkState = $state<LinkState>('connecting');
  linkReason = $state('');
  /** The connection stood once: a loss is a reconnection, not a start. */
  met = $state(false);
  build = $state('');
  /** Whether the song plays, as Signal last said. */
  playing = $state(false);
  /** Where one worked last: what copy, delete and the rest mean. */
  context = $state<'clips' | 'notes'>('clips');
  /** Track whose name is being typed. */
  renaming = $state(0);
  /** Device for which another one is looked for; 0: none. */
  replacing = $state(0);
  /** Device whose plugin is granted something; 0: none. */
  granting = $state(0);
  palette = $state(false);
  help = $state(false);
  /** Step of the tour, from 0; undefined while it is not shown. */
  tour = $state<number | undefined>(undefined);
  audioSettings = $state(false);
  sidePanel = $state(true);
  wideMixer = $state(false);
  loudness = $state(false);
  /** How recordings begin, and where the metronome is heard. */
  recordMenu = $state(false);
  /** Where it was just asked to go. */
  #cue = { position: 0, until: 0 };
  readonly #link: Link;

  readonly selectedTrack = $derived(
    this.song.tracks.find((track) => track.id === this.selection.track) ?? this.#firstTrack(),
  );
  /** The clip the arrow keys start from. */
  readonly activeClip = $derived(this.song.clip(this.selection.active));
  readonly #outlines = new Outlines((media) => this.#link.requestPeaks(media));
  readonly timeline = new Timeline({
    song: this.song,
    selection: this.selection,
    outlines: this.#outlines,
    selectedTrack: () => this.selectedTrack,
  });

  constructor(connect: () => Channel, identity: { token: string; client: string }) {
    this.#link = new Link(connect, identity, {
      receive: (kind) => this.#receive(kind),
      welcomed: (welcome) => this.#welcomed(welcome),
      changed: (state, reason) => this.#linkChanged(state, reason),
      have: () => this.#have(),
    });
    this.preferences = new Preferences((kind) => this.#link.request(kind));
    this.songs = new Songs({
      request: (kind) => this.#link.request(kind),
      say: (text) => this.notices.say(text),
    });
    this.recording = new Recording({
      song: this.song,
      notices: this.notices,
      ask: (request) => this.#try(() => this.#link.request(request)),
      accepts: (request) =>
        this.#link.request(request).then(
          () => true,
          () => false,
        ),
      tell: (request) => this.#link.send(request),
      selectedTrack: () => this.selectedTrack,
    });
    this.texts = new ParameterTexts(async (device, parameter, value) => {
      const answer = await this.#link.request({
        case: 'convertParameter',
        value: { device, parameter, from: { case: 'value', value } },
      });
      return answer.case === 'converted' ? answer.value.text : '';
    });
  }

  open(): void {
    this.#link.open();
  }

  /** Asks for one transaction. Until it is here, or refused, `holds` stay; resolves with the ids created. */
  async execute(commands: Command[], label = '', holds: readonly Hold[] = []): Promise<number[]> {
    try {
      const answer = await this.#link.request({ case: 'execute', value: { commands, label } });
      if (answer.case !== 'executed') return [];
      await this.song.reached(answer.value.sequence);
      return answer.value.created;
    } catch (error) {
      this.#complain(error);
      return [];
    } finally {
      this.song.release(holds);
    }
  }

  /** Asks for something beside the song's edits; undefined where it was refused, and the reason was shown. */
  ask(kind: Outgoing): Promise<Incoming | undefined> {
    return this.#try(() => this.#link.request(kind));
  }

  async undo(): Promise<void> {
    await this.#try(() => this.#link.request({ case: 'undo', value: {} }));
  }

  async redo(): Promise<void> {
    await this.#try(() => this.#link.request({ case: 'redo', value: {} }));
  }

  async save(): Promise<void> {
    const answer = await this.#try(() => this.#link.request({ case: 'save', value: {} }));
    if (answer) this.notices.say('The text of the song is written.');
  }

  async play(): Promise<void> {
    this.timeline.following = true;
    await this.#try(() => this.#link.request({ case: 'play', value: {} }));
  }

  /** Stops where it is; stopped already, goes to the start. */
  async stop(): Promise<void> {
    if (!this.playing) return this.locate(0);
    await this.#try(() => this.#link.request({ case: 'stop', value: {} }));
  }

  /** Begins to measure the output's loudness anew. */
  async resetLoudness(): Promise<void> {
    await this.#try(() => this.#link.request({ case: 'resetLoudness', value: {} }));
  }

  /** Every audio device there is; undefined when that can't be told. */
  async listAudioDevices(): Promise<AudioDevices | undefined> {
    const answer = await this.#try(() => this.#link.request({ case: 'listAudioDevices', value: {} }));
    return answer?.case === 'audioDevices' ? answer.value : undefined;
  }

  /** Chooses and remembers an audio device; false when it was refused. */
  async chooseAudioDevice(settings: AudioSettings): Promise<boolean> {
    return (
      (await this.#try(() => this.#link.request({ case: 'chooseAudioDevice', value: { settings } }))) !== undefined
    );
  }

  /** All notes off, everywhere. */
  async panic(): Promise<void> {
    const done = await this.#try(() => this.#link.request({ case: 'panic', value: {} }));
    if (done) this.notices.say('All notes are off.');
  }

  async locate(position: number): Promise<void> {
    this.#cue = { position, until: performance.now() + CUE_MS };
    const positionSamples = this.song.tempo.samples(Math.max(Math.round(position), 0), this.telemetry.sampleRate);
    await this.#try(() => this.#link.request({ case: 'locate', value: { positionSamples } }));
  }

  async kill(process: Process): Promise<void> {
    this.machine.watch(process, this.telemetry, performance.now());
    await this.#try(() => this.#link.request({ case: 'killProcess', value: { pid: process.pid } }));
  }

  /** The value that a text means to the plugin itself; a plain number where it does not say. */
  async parameterFromText(device: number, parameter: number, text: string): Promise<number | undefined> {
    const from = { case: 'text' as const, value: text.trim() };
    const answer = await this.#try(() =>
      this.#link.request({ case: 'convertParameter', value: { device, parameter, from } }),
    );
    return answer?.case === 'converted' ? answer.value.value : undefined;
  }

  /** A value under way; see Gesture in page.proto. */
  gesture(node: number, parameter: number, value: number, end: boolean): void {
    this.#link.send({ case: 'gesture', value: { change: { node, parameter, value }, end } });
  }

  /** Keeps a choice of this machine's user; an empty one is forgotten. */
  async prefer(name: string, value: string): Promise<void> {
    await this.#try(() => this.preferences.keep(name, value));
  }

  /** The playhead, in ticks. */
  positionAt(now: number): number {
    return this.song.tempo.ticksAtSample(Math.floor(this.telemetry.positionAt(now)), this.telemetry.sampleRate);
  }

  /** The playhead, or where it was just sent: steps in quick succession add up. */
  cueAt(now: number): number {
    return now < this.#cue.until ? this.#cue.position : this.positionAt(now);
  }

  /** The focus went somewhere: into the notes, or the clips. */
  entered(target: EventTarget | null): void {
    const region = target instanceof HTMLElement ? target.closest<HTMLElement>('[data-region]')?.dataset['region'] : '';
    if (region === 'notes') this.context = 'notes';
    else if (region === 'clips' || region === 'tracks' || region === 'ruler') this.context = 'clips';
  }

  /** Lets a key be heard by the track whose notes are edited. */
  audition(pitch: number, velocity: number): void {
    const track = this.selectedTrack;
    if (track) this.recording.audition(track.id, pitch, velocity);
  }

  /** Where one looks before anything is chosen: a track with something to see. */
  #firstTrack(): Track | undefined {
    const { tracks } = this.song;
    return tracks.find((track) => this.song.devicesOf(track.id).length) ?? tracks[0];
  }

  /** Fetches outlines that are not here yet. */
  loadOutlines(): Promise<void> {
    return this.#outlines.load(
      this.song.replica.media.keys(),
      () => this.linkState === 'open' && this.machine.services.pulse,
      () => this.song.redrawAll(),
    );
  }

  async #try<T>(ask: () => Promise<T>): Promise<T | undefined> {
    try {
      return await ask();
    } catch (error) {
      this.#complain(error);
      return undefined;
    }
  }

  /** Says once that the audio device is another than the chosen one. */
  #tellNotice(notice: string | undefined): void {
    if (notice && notice !== this.machine.audioDevice?.notice) this.notices.say(notice, 'trouble');
  }

  #complain(error: unknown): void {
    this.notices.say(error instanceof Error ? error.message : String(error), 'trouble');
  }

  #receive(kind: Incoming): void {
    const now = performance.now();
    switch (kind.case) {
      case 'part':
        return this.#loadPart(kind.value);
      case 'transaction':
        return this.song.apply(kind.value);
      case 'history':
        this.song.history = kind.value;
        return;
      case 'telemetry':
        return this.#telemetry(kind.value, now);
      case 'device':
        return this.machine.report(kind.value);
      case 'recording':
        return this.recording.take(kind.value);
      case 'processes':
        void this.grants.seen(kind.value.processes);
        return this.machine.setProcesses(kind.value.processes, this.telemetry, now);
      case 'exports':
        return this.exports.take(kind.value.exports);
      case 'services':
        this.#tellNotice(kind.value.audioDevice?.notice);
        if (kind.value.pulse && !this.machine.services.pulse) void this.#try(() => this.grants.look());
        this.machine.setServices(kind.value);
        this.songs.opening = kind.value.openingSong;
        if (!kind.value.signal) this.#signalLost();
        return;
    }
  }

  #have(): { song: string; sequence: number } | undefined {
    const { sequence } = this.song.replica;
    return this.song.loaded && sequence !== undefined ? { song: this.song.identity, sequence } : undefined;
  }

  #loadPart(part: SongPart): void {
    if (part.first && part.path) this.songs.path = part.path;
    if (this.song.loadPart(part)) this.#songChanged();
  }

  /** Another song is open: nothing that was chosen, scrolled or fetched in the last one is of use. */
  #songChanged(): void {
    this.selection.forget();
    this.roll.forget();
    this.ruler.forget();
    this.#outlines.forget();
    this.timeline.forget();
    this.renaming = 0;
    this.context = 'clips';
    this.notices.say(`“${this.song.song.name}” is open.`);
  }

  #telemetry(frame: TelemetryFrame, now: number): void {
    this.telemetry.accept(frame, now);
    if (this.playing !== frame.playing) this.playing = frame.playing;
    this.machine.observe(this.telemetry, now);
  }

  #signalLost(): void {
    this.telemetry.fallSilent();
    this.recording.forget();
    this.playing = false;
  }

  #welcomed(welcome: Welcome): void {
    this.met = true;
    this.songs.path = welcome.songPath;
    this.build = welcome.build;
    if (welcome.audioDevice) this.machine.audioDevice = welcome.audioDevice;
    void this.#try(() => this.preferences.load());
  }

  #linkChanged(state: LinkState, reason: string): void {
    this.linkState = state;
    this.linkReason = reason;
    if (state === 'open') return;
    this.song.connectionLost();
    this.songs.opening = '';
    this.machine.forget();
    this.#signalLost();
  }
}

export const [useStudio, provideStudio] = createContext<Studio>();
