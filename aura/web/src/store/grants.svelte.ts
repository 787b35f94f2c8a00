// What plugins may reach beside their own folders, as this machine grants it in all its songs. Part of no song; draws nothing.
import type { Grants, Incoming, Outgoing, Process } from '../contract/messages';
import { isNothing, NOTHING } from './grant-words';

type Known = ReadonlyMap<string, Grants>;

export class GrantBook {
  /** By plugin id, those that were granted anything. */
  #known = $state.raw<Known>(new Map());
  /** What was known when a process was first seen that is a device's own, by pid. */
  #seen = $state.raw<ReadonlyMap<number, Known>>(new Map());
  #looks = false;
  /** How many changes were answered. */
  #changes = 0;

  /** `request` rejects with the reason where it was refused. */
  constructor(private readonly request: (kind: Outgoing) => Promise<Incoming>) {}

  of(pluginId: string): Grants {
    return this.#known.get(pluginId) ?? NOTHING;
  }

  /** Whether it was granted anything. */
  has(pluginId: string): boolean {
    return this.#known.has(pluginId);
  }

  /**
   * Whether a plugin may have its own process because of what it was granted. What has just been revoked still explains the
   * process that is about to go; one of which nothing was asked yet may have any reason.
   */
  explains(pluginId: string, pid: number): boolean {
    return this.has(pluginId) || (this.#seen.get(pid)?.has(pluginId) ?? true);
  }

  /** Asks for what is granted now. Rejects with the reason. */
  async look(): Promise<void> {
    const changes = this.#changes;
    const answer = await this.request({ case: 'listGrants', value: {} });
    // What was changed meanwhile is newer than this answer.
    if (answer.case !== 'grants' || changes !== this.#changes) return;
    this.#known = new Map(answer.value.plugins.map(({ pluginId, grants }) => [pluginId, grants ?? NOTHING]));
  }

  /** Grants a plugin these things and no others. Rejects with the reason; then nothing has changed. */
  async set(pluginId: string, grants: Grants): Promise<void> {
    // Where a place leads is found out there.
    const places = grants.places.map((place) => ({ ...place, leadsTo: '' }));
    const answer = await this.request({ case: 'setGrants', value: { pluginId, grants: { ...grants, places } } });
    if (answer.case !== 'grantsSet') return;
    this.#changes++;
    const now = answer.value.grants ?? NOTHING;
    const known = new Map(this.#known);
    if (isNothing(now)) known.delete(pluginId);
    else known.set(pluginId, now);
    this.#known = known;
  }

  /** Looks again when a plugin has a process of its own that was not there before: it may have been granted something. */
  async seen(processes: readonly Process[]): Promise<void> {
    const own = processes.filter(({ sandbox }) => sandbox?.process.startsWith('device:')).map(({ pid }) => pid);
    const fresh = own.filter((pid) => !this.#seen.has(pid));
    if (this.#looks || !fresh.length) return;
    this.#looks = true;
    try {
      await this.look();
      const kept = [...this.#seen].filter(([pid]) => own.includes(pid));
      this.#seen = new Map([...kept, ...fresh.map((pid) => [pid, this.#known] as const)]);
    } catch {
      // Asked again with the next news of processes.
    } finally {
      this.#looks = false;
    }
  }
}
