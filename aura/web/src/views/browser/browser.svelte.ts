// What the browser panel knows: which tab is open, the plugins of the machine, the folder that is looked at, what is heard.
//
// It asks Pulse and Signal through the function it is given; it changes no song.
import type { FailedBundle, FileEntry, Incoming, Outgoing, Plugin } from '../../contract/messages';
import { DEVICES, type DeviceChoice } from '../edits';

export type BrowserTab = 'plugins' | 'files' | 'processes';
/** Asks; undefined where it was refused, and the reason was shown. */
export type Ask = (kind: Outgoing) => Promise<Incoming | undefined>;

/** Between two looks at a scan. */
const SCAN_LOOK_MS = 500;
/** A search begins when nobody has typed for this long. */
const TYPING_MS = 180;
/** Auditioned sounds are a little softer than the song may be. */
const AUDITION_GAIN = 0.7;

export class Browser {
  tab = $state<BrowserTab>('plugins');
  plugins = $state.raw<readonly Plugin[]>([]);
  failed = $state.raw<readonly FailedBundle[]>([]);
  /** How many bundles are looked at, of how many; undefined while none are. */
  scan = $state.raw<{ done: number; total: number } | undefined>(undefined);
  /** Folders on the way to the one that is shown; empty: the places. */
  path = $state.raw<readonly FileEntry[]>([]);
  entries = $state.raw<readonly FileEntry[]>([]);
  more = $state(false);
  looking = $state(false);
  search = $state('');
  /** The file that is heard, and from when to when, by performance.now(). */
  heard = $state.raw<{ path: string; from: number; until: number } | undefined>(undefined);
  /** Files are heard as they are chosen. */
  listens = $state(true);
  #pluginsAsked = false;
  #newest = 0;
  #typing: ReturnType<typeof setTimeout> | undefined;
  #ending: ReturnType<typeof setTimeout> | undefined;

  /** Every device that can be added: built-ins first, then the plugins that can be used. */
  readonly choices: readonly DeviceChoice[] = $derived([
    ...DEVICES,
    ...this.plugins.filter((plugin) => !plugin.trouble).map(choiceOf),
  ]);

  constructor(
    private readonly ask: Ask,
    private readonly rate: () => number,
  ) {}

  /** Loads the list of plugins once; later calls do nothing unless `rescan`. */
  async loadPlugins(rescan = false): Promise<void> {
    if (this.#pluginsAsked && !rescan) return;
    this.#pluginsAsked = true;
    let again = rescan;
    for (;;) {
      const answer = await this.ask({ case: 'listPlugins', value: { rescan: again } });
      if (answer?.case !== 'plugins') {
        this.#pluginsAsked = false;
        return;
      }
      const { plugins, failed, scanning, scannedBundles, totalBundles } = answer.value;
      this.plugins = plugins;
      this.failed = failed;
      this.scan = scanning ? { done: scannedBundles, total: totalBundles } : undefined;
      if (!scanning) return;
      again = false;
      await new Promise((done) => setTimeout(done, SCAN_LOOK_MS));
    }
  }

  get folder(): string {
    return this.path.at(-1)?.path ?? '';
  }

  async open(path: readonly FileEntry[]): Promise<void> {
    this.path = path;
    this.search = '';
    await this.look();
  }

  type(search: string): void {
    this.search = search;
    clearTimeout(this.#typing);
    this.#typing = setTimeout(() => void this.look(), TYPING_MS);
  }

  /** Shows the folder, or what is found below it. */
  async look(): Promise<void> {
    const ticket = ++this.#newest;
    this.looking = true;
    const answer = await this.ask({ case: 'listFiles', value: { folder: this.folder, search: this.search.trim() } });
    if (ticket !== this.#newest) return;
    this.looking = false;
    this.entries = answer?.case === 'files' ? answer.value.entries : [];
    this.more = answer?.case === 'files' && answer.value.more;
  }

  /** Plays a sound beside the song. */
  async listen(path: string): Promise<void> {
    const sampleRate = this.rate();
    const prepared = await this.ask({ case: 'prepareAudition', value: { path, sampleRate } });
    if (prepared?.case !== 'auditionPrepared') return;
    const { pcmPath } = prepared.value;
    const answer = await this.ask({ case: 'audition', value: { pcmPath, gain: AUDITION_GAIN, fromFrame: 0 } });
    if (answer?.case !== 'auditioned') return;
    const from = performance.now();
    const until = from + (answer.value.frames / sampleRate) * 1000;
    this.heard = { path, from, until };
    clearTimeout(this.#ending);
    this.#ending = setTimeout(() => (this.heard = undefined), until - from);
  }

  async silence(): Promise<void> {
    if (!this.heard) return;
    clearTimeout(this.#ending);
    this.heard = undefined;
    await this.ask({ case: 'stopAudition', value: {} });
  }
}

function choiceOf(plugin: Plugin): DeviceChoice {
  const { name, vendor, pluginId, bundle, features } = plugin;
  const known = features.filter((feature) => !GENERAL.has(feature));
  return {
    name: name || pluginId,
    what: [...known.slice(0, 2), 'CLAP'].join(' · '),
    vendor,
    instrument: features.includes('instrument'),
    kind: { case: 'clap', value: { pluginId, bundle } },
  };
}

/** Features that say nothing beside a name. */
const GENERAL = new Set(['audio-effect', 'instrument', 'stereo', 'mono']);
