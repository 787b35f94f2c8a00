// How a crash is told.
import { expect, test } from 'vitest';
import { IncidentKind, Remedy, type Incident } from '../contract/messages';
import { cause, howOften, sentence, whatHappened } from './incident-words';

const crash: Incident = {
  device: 7,
  certain: true,
  kind: IncidentKind.CRASH,
  reason: 'ended by signal 11',
  signal: 11,
  remedy: Remedy.RESTARTED,
  backtrace: '',
  pluginId: 'a.b',
  name: 'B',
  vendor: '',
  version: '1.2',
  state: '',
  position: 0,
  sampleRate: 48_000,
  unixMs: 0,
};

test.each([
  [{}, 'It crashed at bar 17 and was started again.'],
  [{ remedy: Remedy.ALONE }, 'It crashed at bar 17 and was started again, in a process of its own.'],
  [{ kind: IncidentKind.HANG, remedy: Remedy.LEFT_OUT }, 'It hung at bar 17 and was taken out.'],
  [{ kind: IncidentKind.CRASH_ON_LOAD, remedy: Remedy.LEFT_OUT }, 'It crashed while it was loaded and was taken out.'],
  [{ kind: IncidentKind.BAD_SOUND, remedy: Remedy.NONE }, 'It gave sound that is none at bar 17: that was left out.'],
  [{ certain: false }, 'It, or a plugin beside it, crashed at bar 17 and was started again.'],
])('an incident is a sentence', (change, told) => {
  expect(sentence({ ...crash, ...change }, 17)).toBe(told);
});

test('kinds and remedies of a later version are told as far as they are known', () => {
  const later = { ...crash, kind: 99 as IncidentKind, remedy: 99 as Remedy };
  expect(whatHappened(later)).toBe('went wrong');
  expect(sentence(later, 3)).toBe('It went wrong at bar 3.');
});

test('a signal has a name that people know; else the reason stands for itself', () => {
  expect(cause(crash)).toBe('segmentation fault');
  expect(cause({ ...crash, signal: 0 })).toBe('ended by signal 11');
});

test('how often is told from the second time on', () => {
  const told = [1, 2, 3, 4, 11, 21].map((times) => howOften(times, '1.2'));
  expect(told).toEqual([
    '',
    '2nd time in version 1.2',
    '3rd time in version 1.2',
    '4th time in version 1.2',
    '11th time in version 1.2',
    '21st time in version 1.2',
  ]);
  expect(howOften(2, '')).toBe('2nd time');
});
