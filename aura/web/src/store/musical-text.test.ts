// Musical values as text and back.
import { expect, test } from 'vitest';
import {
  formatLength,
  formatPosition,
  parseLength,
  parsePitch,
  parsePosition,
  pitchName,
  shortNumber,
  speakLength,
} from './musical-text';
import { SignatureMap } from './signature-map';
import { TICKS_PER_QUARTER as QUARTER } from './tempo-map';

const mixed = new SignatureMap([
  { position: 0, numerator: 4, denominator: 4 },
  { position: 8 * QUARTER, numerator: 7, denominator: 8 },
]);

test('every key is read back from its name and its number', () => {
  for (let pitch = 0; pitch < 128; pitch++) {
    expect(parsePitch(pitchName(pitch))).toBe(pitch);
    expect(parsePitch(String(pitch))).toBe(pitch);
  }
  expect(pitchName(60)).toBe('C4');
  expect([parsePitch('f#3'), parsePitch('Bb2'), parsePitch('h'), parsePitch('C12'), parsePitch('')]).toEqual([
    54,
    46,
    undefined,
    undefined,
    undefined,
  ]);
});

test('every position on a tick is read back from what is shown, over a change of signature', () => {
  for (let position = 0; position < 20 * QUARTER; position += QUARTER / 96)
    expect(parsePosition(formatPosition(position, mixed), mixed)).toBe(position);
  expect(parsePosition('3', mixed)).toBe(8 * QUARTER);
  expect(parsePosition('0.1', mixed)).toBeUndefined();
  expect(parsePosition('three', mixed)).toBeUndefined();
});

test('lengths are read back, and named as note values where they are some', () => {
  for (const [ticks, text] of [
    [QUARTER, '1/4'],
    [QUARTER / 3, '1/8 T'],
    [(3 * QUARTER) / 2, '1/4 D'],
    [5 * QUARTER, '1.1.000'],
    [QUARTER / 4 + QUARTER / 960, '0.0.241'],
  ] as const) {
    expect(formatLength(ticks, mixed, 0)).toBe(text);
    expect(parseLength(text, mixed, 0)).toBe(ticks);
  }
  expect(parseLength('2 bars', mixed, 0)).toBe(8 * QUARTER);
  expect(parseLength('0', mixed, 0)).toBeUndefined();
  expect(speakLength(5 * QUARTER, mixed, 0)).toBe('1 bar 1 beat');
});

test('a bare number of a plugin is short, words and units stay', () => {
  expect(['-20.000000', '0.123456', '110.5', '12.000 dB', 'Saw', '-0.000'].map(shortNumber)).toEqual([
    '-20',
    '0.1235',
    '110.5',
    '12.000 dB',
    'Saw',
    '0',
  ]);
});
