// Values of plugin parameters as the plugin itself words them, asked for as they change and kept.
import { SvelteMap } from 'svelte/reactivity';

/** Asks the plugin for the text of a value. */
export type AskText = (device: number, parameter: number, value: number) => Promise<string>;

interface Known {
  value: number;
  text: string;
}

export class ParameterTexts {
  readonly #known = new SvelteMap<string, Known>();
  readonly #asking = new Map<string, number | undefined>();

  constructor(private readonly ask: AskText) {}

  /** The text last heard for a parameter; undefined until there is one for this very value. */
  text(device: number, parameter: number, value: number): string | undefined {
    const known = this.#known.get(`${device}/${parameter}`);
    return known && known.value === value ? known.text : undefined;
  }

  /** Asks for a value's text; while one question is under way, only the newest next one is kept. */
  want(device: number, parameter: number, value: number): void {
    const key = `${device}/${parameter}`;
    if (this.#known.get(key)?.value === value) return;
    if (this.#asking.has(key)) {
      this.#asking.set(key, value);
      return;
    }
    this.#asking.set(key, undefined);
    this.ask(device, parameter, value)
      .then((text) => this.#known.set(key, { value, text }))
      // A plugin that restarts has no text just now; the number is shown instead.
      .catch(() => undefined)
      .finally(() => {
        const next = this.#asking.get(key);
        this.#asking.delete(key);
        if (next !== undefined) this.want(device, parameter, next);
      });
  }
}
