// Trimming, slipping, looping and fading clips: whatever is done, what is still heard lies where it lay.
import { describe, expect, test } from 'vitest';
import { BAR, fixtureSong } from '../../fixture/song';
import type { Clip } from '../contract/messages';
import { Replica } from '../store/replica';
import { echoesOf, originOf } from './content';
import { crossFade, fadeGain, FADE_NAMES } from './fades';
import { faded, loopedTo, slipped, trimmedEnd, trimmedStart, type TrimContext } from './trim';

const replica = new Replica();
replica.load({ first: true, last: true, entities: fixtureSong().entities, sequence: 1 });
const clipOf = (track: number) => [...replica.clipsOf(track)].sort((a, b) => a.start - b.start)[1] as Clip;
const notes = clipOf(101);
const sound = { ...clipOf(105), fadeIn: BAR / 2, fadeOut: BAR };
const RATE = 48_000;
const context: TrimContext = {
  step: undefined,
  signatures: replica.signatures,
  tempo: replica.tempo,
  mediaRate: RATE,
};
const snapping = { ...context, step: { ticks: BAR / 4 } };
const places = [-BAR, 0, 0.3 * BAR, 8 * BAR, 8.25 * BAR, 9.77 * BAR, 11.99 * BAR, 12 * BAR, 15 * BAR, 40 * BAR];

/** Where in the media lies what sounds at a place of the song, in seconds. */
function heardAt(clip: Clip, position: number): number {
  const offset = clip.content.case === 'audio' ? clip.content.value.offsetFrames / RATE : 0;
  return offset + replica.tempo.seconds(position) - replica.tempo.seconds(clip.start);
}

describe('the left edge', () => {
  test('of a clip of notes: the notes stay where they are in the song, and the end stays', () => {
    for (const place of places)
      for (const trim of [context, snapping]) {
        const trimmed = trimmedStart(notes, place, trim);
        expect(originOf(trimmed)).toBe(originOf(notes));
        expect(trimmed.start + trimmed.length).toBe(notes.start + notes.length);
        expect(trimmed.length).toBeGreaterThan(0);
      }
  });

  test('of a clip of sound: what is heard stays within a frame, never before the sound begins', () => {
    for (const place of places) {
      const trimmed = trimmedStart(sound, place, context);
      expect(Math.abs(heardAt(trimmed, trimmed.start) - heardAt(sound, trimmed.start))).toBeLessThan(1.5 / RATE);
      if (trimmed.content.case === 'audio') expect(trimmed.content.value.offsetFrames).toBeGreaterThanOrEqual(0);
      expect(trimmed.fadeIn + trimmed.fadeOut).toBeLessThanOrEqual(trimmed.length);
    }
  });

  test('of a looped clip: the turns stay where they are', () => {
    const looped = { ...notes, length: 4 * BAR, loopLength: 1.5 * BAR };
    for (const place of [8.2 * BAR, 9.5 * BAR, 11 * BAR, 6 * BAR]) {
      const trimmed = trimmedStart(looped, place, context);
      expect(trimmed.loopPhase).toBeGreaterThanOrEqual(0);
      expect(trimmed.loopPhase).toBeLessThan(1.5 * BAR);
      const [first = 0] = echoesOf(trimmed);
      const apart = Math.round(first - looped.start) % (1.5 * BAR);
      expect(Math.abs(apart)).toBe(0);
    }
  });
});

test('the right edge snaps, and leaves some of the clip', () => {
  for (const place of places) {
    const trimmed = trimmedEnd(sound, place, snapping);
    expect(trimmed.start).toBe(sound.start);
    expect(trimmed.length).toBeGreaterThan(0);
    if (place > sound.start + BAR) expect((trimmed.start + trimmed.length) % (BAR / 4)).toBe(0);
    expect(trimmed.fadeIn + trimmed.fadeOut).toBeLessThanOrEqual(trimmed.length);
  }
});

test('a clip drawn out repeats what it was, and drawn back is as before', () => {
  const { start, length } = notes;
  const longer = loopedTo(notes, start + 3 * length, context);
  expect([longer.loopLength, longer.length]).toEqual([length, 3 * length]);
  expect(echoesOf(longer)).toEqual([start, start + length, start + 2 * length]);
  expect(loopedTo(longer, start + length, context)).toEqual(notes);
});

test('slipping there and back changes nothing, and never goes before the content', () => {
  for (const by of [BAR, BAR / 3, 12345]) {
    const there = slipped(notes, by, context);
    expect(slipped(there, -by, context)).toEqual(notes);
    expect(there.start).toBe(notes.start);
  }
  const slip = slipped(notes, -BAR, context);
  expect(slip.content).toEqual({ case: 'notes', value: { offset: 0 } });
});

test('fades go from silence to the whole, never fall, and leave room for each other', () => {
  for (const [curve] of FADE_NAMES) {
    expect(fadeGain(curve, 0)).toBe(0);
    expect(fadeGain(curve, 1)).toBeCloseTo(1, 12);
    for (let t = 0.01; t <= 1; t += 0.01) expect(fadeGain(curve, t)).toBeGreaterThanOrEqual(fadeGain(curve, t - 0.01));
  }
  for (const place of places)
    for (const side of ['in', 'out'] as const) {
      const clip = faded(sound, side, place);
      expect(Math.min(clip.fadeIn, clip.fadeOut)).toBeGreaterThanOrEqual(0);
      expect(clip.fadeIn + clip.fadeOut).toBeLessThanOrEqual(clip.length);
    }
});

test('clips that overlap cross-fade, clips that do not, or hide one another, do not', () => {
  const later = { ...sound, id: 1, start: sound.start + sound.length - BAR };
  expect(crossFade(later, sound)).toMatchObject({ earlier: { id: sound.id }, later: { id: 1 }, overlap: BAR });
  expect(crossFade(sound, { ...later, start: later.start + BAR })).toBeUndefined();
  expect(crossFade(sound, { ...later, start: sound.start + 1, length: BAR })).toBeUndefined();
});
