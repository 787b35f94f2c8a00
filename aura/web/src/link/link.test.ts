// The link's conversation, over a channel that the test plays.
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { decodeOutgoing, encodeIncoming, PROTOCOL, type Incoming } from '../contract/messages';
import { ConnectionLost, Link, Refusal, type Channel, type LinkState } from './link';

class FakeChannel implements Channel {
  onopen: (() => void) | null = null;
  onmessage: ((bytes: Uint8Array) => void) | null = null;
  onclose: (() => void) | null = null;
  sent: ReturnType<typeof decodeOutgoing>[] = [];
  send(bytes: Uint8Array): void {
    this.sent.push(decodeOutgoing(bytes));
  }
  close(): void {
    this.onclose?.();
  }
  say(requestId: number, kind: Parameters<typeof encodeIncoming>[1]): void {
    this.onmessage?.(encodeIncoming(requestId, kind));
  }
  lastId(): number {
    return this.sent.at(-1)?.requestId ?? 0;
  }
}

let channels: FakeChannel[];
let states: LinkState[];
let received: Incoming[];
let sequence: number | undefined;

const current = () => channels.at(-1) as FakeChannel;

function startLink(): Link {
  const connect = () => {
    channels.push(new FakeChannel());
    return current();
  };
  return new Link(
    connect,
    { token: 'secret', client: 'page-1' },
    {
      receive: (kind) => received.push(kind),
      welcomed: () => undefined,
      changed: (state) => states.push(state),
      have: () => (sequence === undefined ? undefined : { song: 'a song', sequence }),
    },
  );
}

function openLink(): Link {
  const link = startLink();
  link.open();
  greet();
  return link;
}

function greet(): void {
  current().onopen?.();
  current().say(current().lastId(), { case: 'welcome', value: { protocol: PROTOCOL, build: 'test' } });
}

beforeEach(() => {
  vi.useFakeTimers();
  channels = [];
  states = [];
  received = [];
  sequence = undefined;
});
afterEach(() => vi.useRealTimers());

test('the first message is Hello with token, client and version', () => {
  openLink();
  const hello = current().sent[0]?.kind;
  expect(hello).toMatchObject({ case: 'hello', value: { token: 'secret', client: 'page-1', protocol: PROTOCOL } });
  expect(hello?.value).not.toHaveProperty('haveSequence');
  expect(states).toEqual(['open']);
});

test('an answer goes to the request of its id, whatever comes in between', async () => {
  const link = openLink();
  const first = link.request({ case: 'undo', value: {} });
  const firstId = current().lastId();
  const second = link.request({ case: 'redo', value: {} });
  current().say(current().lastId(), { case: 'redone', value: { sequence: 9, label: 'b' } });
  current().say(0, { case: 'history', value: { undoLabel: 'a' } });
  current().say(firstId, { case: 'undone', value: { sequence: 8, label: 'a' } });
  expect((await first).value).toMatchObject({ sequence: 8 });
  expect((await second).value).toMatchObject({ sequence: 9 });
  expect(received.map((kind) => kind.case)).toEqual(['history']);
});

test('a refusal rejects with its reason', async () => {
  const link = openLink();
  const asked = link.request({ case: 'undo', value: {} });
  current().say(current().lastId(), { case: 'refused', value: { reason: 'Nothing to undo.' } });
  await expect(asked).rejects.toThrow(new Refusal('Nothing to undo.'));
});

test('outlines are gathered until the last part', async () => {
  const link = openLink();
  const asked = link.requestPeaks(900);
  const id = current().lastId();
  current().say(id, { case: 'peaks', value: { channels: 2, framesPerPeak: 256, peaks: new Uint8Array([1]) } });
  current().say(id, { case: 'peaks', value: { peaks: new Uint8Array([2]), last: true } });
  expect((await asked).map((part) => part.peaks[0])).toEqual([1, 2]);
});

test('a lost connection rejects what was under way and comes back with the sequence it has', async () => {
  const link = openLink();
  const asked = link.request({ case: 'undo', value: {} });
  sequence = 41;
  current().close();
  await expect(asked).rejects.toThrow(ConnectionLost);
  vi.runOnlyPendingTimers();
  greet();
  expect(channels.length).toBe(2);
  expect(current().sent[0]?.kind.value).toMatchObject({ haveSong: 'a song', haveSequence: 41 });
  expect(states).toEqual(['open', 'lost', 'open']);
});

test('tries come later each time, and soon again after one that worked', () => {
  const link = startLink();
  link.open();
  const waits: number[] = [];
  for (let i = 0; i < 7; i++) {
    current().close();
    const before = Date.now();
    vi.runOnlyPendingTimers();
    waits.push(Date.now() - before);
  }
  expect(waits).toEqual([200, 400, 800, 1600, 3200, 4000, 4000]);
  greet();
  current().close();
  const before = Date.now();
  vi.runOnlyPendingTimers();
  expect(Date.now() - before).toBe(200);
});

test('a page that is not let in does not try again', () => {
  const link = startLink();
  link.open();
  current().onopen?.();
  current().say(current().lastId(), { case: 'refused', value: { reason: 'The token is wrong.' } });
  vi.runOnlyPendingTimers();
  expect(states).toEqual(['refused']);
  expect(channels.length).toBe(1);
});

test('bytes that are no message end the connection', () => {
  openLink();
  current().onmessage?.(new Uint8Array([255, 255, 255]));
  expect(states).toEqual(['open', 'lost']);
});

test('nothing is sent before Welcome', async () => {
  const link = startLink();
  link.open();
  current().onopen?.();
  link.send({ case: 'gesture', value: {} });
  await expect(link.request({ case: 'undo', value: {} })).rejects.toThrow(ConnectionLost);
  expect(current().sent.length).toBe(1);
});
