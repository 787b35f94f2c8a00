// The exports under way and done, and their dialog. Draws nothing.
import type { ExportJob, Incoming, Outgoing, StartExport } from '../contract/messages';
import { describeJob, isUnderWay } from '../store/exports';
import type { Notices } from '../store/notices.svelte';

export class Exports {
  /** The dialog is open. */
  dialog = $state(false);
  jobs = $state.raw<ExportJob[]>([]);
  /** What came of the last one that ended, in a sentence. */
  news = $state('');
  readonly #ask: (kind: Outgoing) => Promise<Incoming | undefined>;
  readonly #notices: Notices;

  constructor(ask: (kind: Outgoing) => Promise<Incoming | undefined>, notices: Notices) {
    this.#ask = ask;
    this.#notices = notices;
  }

  /** Queues an export of the song as it is now. */
  async start(request: StartExport): Promise<void> {
    await this.#ask({ case: 'startExport', value: request });
  }

  /** Breaks one off, or forgets one that is over. */
  async cancel(id: number): Promise<void> {
    await this.#ask({ case: 'cancelExport', value: { id } });
  }

  /** Takes what is known of all now, and says which have ended. */
  take(jobs: ExportJob[]): void {
    for (const job of jobs) {
      const before = this.jobs.find((candidate) => candidate.id === job.id);
      if (!before || !isUnderWay(before) || isUnderWay(job)) continue;
      this.news = `${job.name}. ${describeJob(job)}`;
      if (!this.dialog) this.#notices.say(`Export of ${this.news}`, job.reason ? 'trouble' : undefined);
    }
    this.jobs = jobs;
  }
}
