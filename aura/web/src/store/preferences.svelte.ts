// What this machine's user chose: small named texts that the supervisor keeps. Part of no song.
import type { Incoming, Outgoing } from '../contract/messages';

export class Preferences {
  /** Undefined until they are known. */
  values = $state.raw<ReadonlyMap<string, string> | undefined>(undefined);

  constructor(private readonly ask: (kind: Outgoing) => Promise<Incoming>) {}

  async load(): Promise<void> {
    const answer = await this.ask({ case: 'getPreferences', value: {} });
    if (answer.case === 'preferences') this.values = new Map(Object.entries(answer.value.values));
  }

  /** Changes it here at once, then there. */
  async keep(name: string, value: string): Promise<void> {
    const values = new Map(this.values);
    if (value) values.set(name, value);
    else values.delete(name);
    this.values = values;
    await this.ask({ case: 'setPreference', value: { name, value } });
  }
}
