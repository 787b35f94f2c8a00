// The choices of where the metronome is heard.
import { expect, test } from 'vitest';
import { MetronomePlace } from '../contract/messages';
import { elsewhereText, outputChoices, outputText, valueOf } from './metronome-output';

const texts = (outputs: number, chosen?: Parameters<typeof valueOf>[0]) =>
  outputChoices(outputs, chosen).map(({ text }) => text);

test('a stereo device has the song’s outputs alone', () => {
  expect(texts(2)).toEqual(['With the song', 'Nowhere']);
  expect(texts(1)).toEqual(['With the song', 'Nowhere']);
});

test('more outputs come in pairs, an odd one by itself', () => {
  expect(texts(6)).toEqual(['With the song', 'Outputs 3 and 4', 'Outputs 5 and 6', 'Nowhere']);
  expect(texts(5)).toEqual(['With the song', 'Outputs 3 and 4', 'Output 5', 'Nowhere']);
});

test('what was chosen on another device stays, and says that it is silent', () => {
  const chosen = { place: MetronomePlace.CHANNELS, firstChannel: 3, channels: 2 };
  expect(texts(2, chosen)).toEqual(['With the song', 'Outputs 3 and 4: silent, this device has 2', 'Nowhere']);
  expect(outputChoices(2, chosen).find(({ value }) => value === valueOf(chosen))?.absent).toBe(true);
  expect(texts(4, chosen)).toEqual(['With the song', 'Outputs 3 and 4', 'Nowhere']);
  expect(outputText(chosen)).toBe('Outputs 3 and 4');
  expect(valueOf(undefined)).toBe('main');
});

test('a click that is not with the song is told where it is', () => {
  const metronomeOutput = { place: MetronomePlace.CHANNELS, firstChannel: 3, channels: 2 };
  expect(elsewhereText({ outputs: 4, metronomeOutput })).toBe(', on outputs 3 and 4');
  expect(elsewhereText({ outputs: 2, metronomeOutput })).toBe(', on outputs 3 and 4: silent, this device has 2');
  expect(elsewhereText({ outputs: 2, metronomeOutput: undefined })).toBe('');
});
