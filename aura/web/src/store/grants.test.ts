// What plugins were granted, as it is asked for, changed and refused; and which processes it explains.
import { expect, test } from 'vitest';
import { fixtureProcesses, statusOf } from '../../fixture/machine';
import type { Grants, Incoming, Outgoing } from '../contract/messages';
import { NOTHING, withPlace } from './grant-words';
import { GrantBook } from './grants.svelte';

const SAMPLES = withPlace(NOTHING, '/music/Samples', false);
// The fixture's plugin that crashed has a process of its own.
const own = fixtureProcesses([statusOf(7, 'ZamEQ2')]);
const PID = 4007;

/** A book of a machine that grants everything but “/”. */
function machine(granted: Record<string, Grants> = {}) {
  const asked: Outgoing[] = [];
  const held = new Map(Object.entries(granted));
  const answer = (kind: Outgoing): Incoming => {
    asked.push(kind);
    if (kind.case === 'listGrants')
      return { case: 'grants', value: { plugins: [...held].map(([pluginId, grants]) => ({ pluginId, grants })) } };
    if (kind.case !== 'setGrants') throw new Error('It asks for something else.');
    const grants = { ...NOTHING, ...kind.value.grants } as Grants;
    if (grants.places.some(({ path }) => path === '/')) throw new Error('“/” holds nearly everything you have.');
    held.set(kind.value.pluginId ?? '', grants);
    return { case: 'grantsSet', value: { grants } };
  };
  return { asked, held, book: new GrantBook((kind) => Promise.resolve().then(() => answer(kind))) };
}

test('a plugin that nobody granted anything has nothing', async () => {
  const { book } = machine({ 'a.b': SAMPLES });
  expect(book.of('a.b')).toEqual(NOTHING);
  await book.look();
  expect([book.has('a.b'), book.has('a.c')]).toEqual([true, false]);
  expect([book.of('a.b'), book.of('a.c')]).toEqual([SAMPLES, NOTHING]);
});

test('what is granted is known with the answer, and gone with its revocation', async () => {
  const { asked, book } = machine();
  await book.set('a.b', { ...NOTHING, places: [{ path: '/a', leadsTo: '/b', writable: true }] });
  expect(asked).toEqual([{ case: 'setGrants', value: { pluginId: 'a.b', grants: withPlace(NOTHING, '/a', true) } }]);
  expect(book.of('a.b').places.length).toBe(1);
  await book.set('a.b', NOTHING);
  expect(book.has('a.b')).toBe(false);
});

test('a refusal tells its reason and changes nothing', async () => {
  const { book } = machine({ 'a.b': SAMPLES });
  await book.look();
  await expect(book.set('a.b', withPlace(SAMPLES, '/', false))).rejects.toThrow('nearly everything');
  expect(book.of('a.b')).toEqual(SAMPLES);
});

test('an old list does not undo what was granted since it was asked for', async () => {
  let answer: (kind: Incoming) => void = () => undefined;
  const book = new GrantBook((kind) =>
    kind.case === 'listGrants'
      ? new Promise((done) => (answer = done))
      : Promise.resolve({ case: 'grantsSet', value: { grants: SAMPLES } }),
  );
  const looked = book.look();
  await book.set('a.b', SAMPLES);
  answer({ case: 'grants', value: { plugins: [] } });
  await looked;
  expect(book.has('a.b')).toBe(true);
});

test('grants explain a process of one plugin until it goes, and no later one', async () => {
  const { asked, held, book } = machine({ 'a.b': SAMPLES });
  expect(book.explains('a.b', PID)).toBe(true);
  await book.seen(own);
  expect([book.explains('a.b', PID), book.explains('a.c', PID)]).toEqual([true, false]);
  held.clear();
  await book.look();
  expect(book.explains('a.b', PID)).toBe(true);
  const count = asked.length;
  await book.seen(own);
  expect(asked.length).toBe(count);
  await book.seen(own.map((process) => ({ ...process, pid: process.pid + 1 })));
  expect(book.explains('a.b', PID + 1)).toBe(false);
});

test('while nothing can be asked, no process is called one for a crash', async () => {
  const book = new GrantBook(() => Promise.reject(new Error('Pulse is away.')));
  await book.seen(own);
  expect(book.explains('a.b', PID)).toBe(true);
});
