// The computer's keyboard as a piano.
import { expect, test } from 'vitest';
import { PianoKeys } from './piano-keys';

const played = (press: ReturnType<PianoKeys['press']>) => (press && 'messages' in press ? press.messages : []);

test('A is middle C and W the black key above it', () => {
  const keys = new PianoKeys();
  expect(played(keys.press('KeyA', false))).toEqual([Uint8Array.of(0x90, 60, 100)]);
  expect(played(keys.press('KeyW', false))).toEqual([Uint8Array.of(0x90, 61, 100)]);
});

test('a key that repeats begins nothing, and a change of octave leaves no note hanging', () => {
  const keys = new PianoKeys();
  keys.press('KeyA', false);
  expect(played(keys.press('KeyA', true))).toEqual([]);
  expect(keys.press('KeyX', false)).toEqual({ octave: 5 });
  expect(keys.release('KeyA')).toEqual([Uint8Array.of(0x80, 60, 0)]);
  expect(keys.release('KeyA')).toEqual([]);
});

test('keys of no piano are left to others, and all keys can be let go', () => {
  const keys = new PianoKeys();
  expect(keys.press('KeyQ', false)).toBeUndefined();
  expect(keys.press('Space', false)).toBeUndefined();
  keys.press('KeyA', false);
  keys.press('KeyD', false);
  expect(keys.releaseAll()).toEqual([Uint8Array.of(0x80, 60, 0), Uint8Array.of(0x80, 64, 0)]);
});

test('no note lies beyond what MIDI knows', () => {
  const keys = new PianoKeys();
  for (let i = 0; i < 9; i++) keys.press('KeyX', false);
  expect(keys.octave).toBe(8);
  expect(played(keys.press('KeyA', false))).toEqual([Uint8Array.of(0x90, 108, 100)]);
});
