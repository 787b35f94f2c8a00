// Sentences for the musician that go by themselves: refusals with their reason, and what came back.

/** More are not read. */
const MAX_NOTICES = 4;
const STAY_MS = 7000;

export interface Notice {
  id: number;
  text: string;
  /** `trouble` is spoken at once. */
  kind: 'info' | 'trouble';
}

export class Notices {
  all = $state.raw<Notice[]>([]);
  #nextId = 1;

  say(text: string, kind: Notice['kind'] = 'info'): void {
    const notice = { id: this.#nextId++, text, kind };
    this.all = [...this.all.filter((other) => other.text !== text), notice].slice(-MAX_NOTICES);
    setTimeout(() => this.dismiss(notice.id), STAY_MS);
  }

  dismiss(id: number): void {
    this.all = this.all.filter((notice) => notice.id !== id);
  }
}
