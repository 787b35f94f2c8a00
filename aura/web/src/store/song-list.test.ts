// How songs are listed and named.
import { expect, test } from 'vitest';
import { FileKind, type SongEntry } from '../contract/messages';
import { copyNameOf, folderChoices, folderOf, nameObjection, songChoices, songNameOf, whenChanged } from './song-list';

const NOW = new Date(2026, 4, 3, 12, 0);
const song = (name: string, more: Partial<SongEntry> = {}): SongEntry => ({
  name,
  path: `/music/${name}.loophole`,
  changedMs: 0,
  openedMs: 0,
  openByPid: 0,
  ...more,
});

test('a path is told as a name and the folder it lies in', () => {
  expect(songNameOf('/music/Low Tide.loophole')).toBe('Low Tide');
  expect(songNameOf('/music/other')).toBe('other');
  expect(folderOf('/music/Low Tide.loophole')).toBe('/music');
  expect(folderOf('/Low Tide.loophole')).toBe('/');
});

test('a time is told as one says it', () => {
  expect(whenChanged(0, NOW)).toBe('');
  expect(whenChanged(new Date(2026, 4, 3, 9, 5).getTime(), NOW)).toBe('9:05');
  expect(whenChanged(new Date(2026, 4, 2, 23, 59).getTime(), NOW)).toBe('yesterday');
  expect(whenChanged(new Date(2026, 2, 14).getTime(), NOW)).toBe('14 Mar');
  expect(whenChanged(new Date(2024, 2, 14).getTime(), NOW)).toBe('14 Mar 2024');
});

test('songs keep their order until something is typed, then the best fit comes first', () => {
  const songs = [song('Ebb and Low Tide'), song('Low Tide'), song('Other', { openByPid: 7 })];
  const names = (query: string) => songChoices(songs, query, '', NOW).map(({ name }) => name);
  expect(names('')).toEqual(['Ebb and Low Tide', 'Low Tide', 'Other']);
  expect(names('low tide')).toEqual(['Low Tide', 'Ebb and Low Tide']);
  expect(names('nothing of it')).toEqual([]);
  const states = songChoices(songs, '', '/music/Low Tide.loophole', NOW).map(({ state }) => state);
  expect(states).toEqual(['', 'open here', 'open elsewhere']);
});

test('of a folder songs come first, then folders, and no files', () => {
  const entry = (name: string, kind = FileKind.FOLDER) => ({ name, kind, path: `/music/${name}`, bytes: 0 });
  const entries = [entry('albums'), entry('Low Tide.loophole'), entry('a.wav', FileKind.SOUND)];
  const choices = folderChoices(entries, '', '');
  expect(choices.map(({ kind, name }) => [kind, name])).toEqual([
    ['song', 'Low Tide'],
    ['folder', 'albums'],
  ]);
  expect(folderChoices(entries, 'alb', '').map(({ name }) => name)).toEqual(['albums']);
});

test('names that lead elsewhere or are too long are objected to', () => {
  for (const bad of ['a/b', '.hidden', 'x'.repeat(121), 'ü'.repeat(61)]) expect(nameObjection(bad)).not.toBe('');
  expect(nameObjection('Low Tide (2nd)')).toBe('');
});

test('a copy gets the next number that is free', () => {
  expect(copyNameOf('Low Tide', [])).toBe('Low Tide 2');
  expect(copyNameOf('Low Tide 2', ['Low Tide 2', 'Low Tide 3'])).toBe('Low Tide 4');
});
