// The one connection between the page and Aura: a WebSocket of binary messages that comes back when it is lost.
//
// 1. `open()` connects, says Hello with the token, the song the page has and its last sequence, and waits for Welcome.
// 2. `request()` sends and resolves with the answer of the same id; a refusal rejects with its reason.
// 3. A lost connection rejects what was under way and is tried again, later each time. It never resends: only who asked
//    knows whether asking twice is right.
// It knows nothing of songs; messages without a request id go to `receive`.
import {
  decode,
  encode,
  PROTOCOL,
  type Incoming,
  type Outgoing,
  type PeaksPart,
  type Welcome,
} from '../contract/messages';

/** What the link needs of a WebSocket. */
export interface Channel {
  send(bytes: Uint8Array<ArrayBuffer>): void;
  close(): void;
  onopen: (() => void) | null;
  onmessage: ((bytes: Uint8Array) => void) | null;
  onclose: (() => void) | null;
}

export type LinkState = 'connecting' | 'open' | 'lost' | 'refused';

export interface LinkListener {
  /** A message nobody asked for. */
  receive(kind: Incoming): void;
  welcomed(welcome: Welcome): void;
  /** `reason` is set with `refused`. */
  changed(state: LinkState, reason: string): void;
  /** The song the page has and its last sequence, if it has one. */
  have(): { song: string; sequence: number } | undefined;
}

/** Aura, Pulse or Signal said no; the message is for people. */
export class Refusal extends Error {}
/** The connection was lost before the answer came. */
export class ConnectionLost extends Error {}

/** Requests under way at most: more mean that nobody waits for answers any more. */
const MAX_REQUESTS = 256;
const FIRST_RETRY_MS = 200;
const LAST_RETRY_MS = 4000;

interface Waiting {
  part: (kind: Incoming) => boolean;
  fail: (error: Error) => void;
}

export class Link {
  state: LinkState = 'connecting';
  #channel: Channel | null = null;
  #nextId = 1;
  #waiting = new Map<number, Waiting>();
  #retryMs = FIRST_RETRY_MS;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly connect: () => Channel,
    private readonly identity: { token: string; client: string },
    private readonly listener: LinkListener,
  ) {}

  open(): void {
    clearTimeout(this.#timer);
    const channel = this.connect();
    this.#channel = channel;
    channel.onopen = () => this.#hello();
    channel.onmessage = (bytes) => this.#receive(channel, bytes);
    channel.onclose = () => this.#lost(channel);
  }

  /** Sends without wanting an answer; does nothing while there is no connection. */
  send(kind: Outgoing): void {
    if (this.state === 'open') this.#channel?.send(encode(0, kind));
  }

  /** Sends and waits for the one answer. */
  request(kind: Outgoing): Promise<Incoming> {
    return new Promise((resolve, reject) => {
      this.#ask(kind, reject, (answer) => {
        resolve(answer);
        return true;
      });
    });
  }

  /** Asks for the outline of a sound, which comes in several parts. */
  requestPeaks(media: number): Promise<PeaksPart[]> {
    return new Promise((resolve, reject) => {
      const parts: PeaksPart[] = [];
      this.#ask({ case: 'getPeaks', value: { media } }, reject, (answer) => {
        if (answer.case === 'peaks') parts.push(answer.value);
        const last = answer.case !== 'peaks' || answer.value.last;
        if (last) resolve(parts);
        return last;
      });
    });
  }

  #ask(kind: Outgoing, fail: (error: Error) => void, part: (kind: Incoming) => boolean): void {
    if (this.state !== 'open' || !this.#channel) return fail(new ConnectionLost('There is no connection just now.'));
    if (this.#waiting.size >= MAX_REQUESTS)
      return fail(new Refusal('Too many requests are waiting for their answers.'));
    const id = this.#nextId++;
    this.#waiting.set(id, { part, fail });
    this.#channel.send(encode(id, kind));
  }

  #hello(): void {
    const { token, client } = this.identity;
    const have = this.listener.have();
    const has = have ? { haveSong: have.song, haveSequence: have.sequence } : {};
    this.#channel?.send(
      encode(this.#nextId++, { case: 'hello', value: { token, client, protocol: PROTOCOL, ...has } }),
    );
  }

  #receive(channel: Channel, bytes: Uint8Array): void {
    if (channel !== this.#channel) return;
    let received;
    try {
      received = decode(bytes);
    } catch {
      // Bytes that are no message of ours: start again rather than go on with half a song.
      channel.close();
      return;
    }
    const { requestId, kind } = received;
    if (kind.case === 'welcome') return this.#welcome(kind.value);
    if (kind.case === 'refused' && this.state !== 'open') return this.#refuse(channel, kind.value.reason);
    const waiting = this.#waiting.get(requestId);
    if (!waiting) return this.listener.receive(kind);
    if (kind.case === 'refused') {
      this.#waiting.delete(requestId);
      waiting.fail(new Refusal(kind.value.reason));
    } else if (waiting.part(kind)) {
      this.#waiting.delete(requestId);
    }
  }

  #welcome(welcome: Welcome): void {
    this.#retryMs = FIRST_RETRY_MS;
    this.#become('open');
    this.listener.welcomed(welcome);
  }

  #refuse(channel: Channel, reason: string): void {
    this.#channel = null;
    this.#become('refused', reason);
    channel.close();
  }

  #lost(channel: Channel): void {
    if (channel !== this.#channel) return;
    this.#channel = null;
    const waiting = [...this.#waiting.values()];
    this.#waiting.clear();
    this.#become('lost');
    for (const { fail } of waiting) fail(new ConnectionLost('The connection was lost before the answer came.'));
    this.#timer = setTimeout(() => this.open(), this.#retryMs);
    this.#retryMs = Math.min(this.#retryMs * 2, LAST_RETRY_MS);
  }

  #become(state: LinkState, reason = ''): void {
    this.state = state;
    this.listener.changed(state, reason);
  }
}
