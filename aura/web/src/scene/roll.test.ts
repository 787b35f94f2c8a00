// The piano roll as data, its pointer geometry, and what edits make of notes: mostly properties over many notes.
import { describe, expect, test } from 'vitest';
import { BAR, fixtureSong } from '../../fixture/song';
import type { Clip, Note } from '../contract/messages';
import { Replica } from '../store/replica';
import { TICKS_PER_QUARTER as QUARTER } from '../store/tempo-map';
import { duplicateShift, louder, movedNotes, resizedNotes, SHORTEST, velocityLine } from './notes';
import { originOf } from './content';
import { pitchAt, rollScene, yOf, type RollModel, type RollView } from './roll';
import { notesIn, rollHit } from './roll-hit';
import { ADAPTIVE, snapped, snappedDown, stepOf, type Snapping } from './snapping';

const replica = new Replica();
replica.load({ first: true, last: true, entities: fixtureSong().entities, sequence: 1 });
const { signatures } = replica;
const clip = [...replica.clipsOf(101)].find((candidate) => candidate.start === 4 * BAR) as Clip;
const notes = [...replica.notesOf(clip.id)];
const pitches = Array.from({ length: 128 }, (_, i) => 127 - i);
const model: RollModel = { clip, notes, selected: new Set(), pitches, signatures, step: undefined, cursor: undefined };
const view: RollView = {
  scroll: 4 * BAR,
  scrollY: 80 * 12,
  ticksPerPx: BAR / 200,
  width: 800,
  height: 240,
  rowPx: 12,
};
const grid = { step: { ticks: QUARTER / 4 }, signatures, origin: originOf(clip) };
const SIXTEENTH = QUARTER / 4;

describe('what is shown', () => {
  test('every note lies in the row of its key, where and as long as it sounds', () => {
    const drawn = rollScene(view, model).notes;
    expect(drawn.length).toBe(notes.length);
    for (const box of drawn) {
      const note = notes.find(({ id }) => id === box.id) as Note;
      expect(box.y).toBe(yOf(view, pitches, note.pitch));
      expect(pitchAt(view, pitches, box.y + 1)).toBe(note.pitch);
      expect(box.x).toBeCloseTo((note.start / BAR) * 200, 6);
      expect(box.width).toBeCloseTo((note.length / BAR) * 200, 6);
    }
  });

  test('notes before a trimmed start and past a trimmed end are shown as silent, where they were', () => {
    const content = { case: 'notes' as const, value: { offset: BAR } };
    const trimmed = { ...clip, start: clip.start + BAR, length: BAR, content };
    const drawn = rollScene(view, { ...model, clip: trimmed }).notes;
    const silent = drawn.filter((box) => box.silent).length;
    expect(drawn.map(({ x }) => x)).toEqual(rollScene(view, model).notes.map(({ x }) => x));
    expect(silent).toBe(notes.length - notes.length / 4);
  });

  test('folded, rows are those of the notes alone', () => {
    const used = pitches.filter((pitch) => notes.some((note) => note.pitch === pitch));
    const folded = rollScene({ ...view, scrollY: 0 }, { ...model, pitches: used });
    expect(folded.rows.map(({ pitch }) => pitch)).toEqual([46, 43, 41, 38]);
    expect(folded.notes.length).toBe(notes.length);
  });
});

describe('the pointer', () => {
  test('finds each note in its middle, its end at the right edge, and nothing beside it', () => {
    for (const box of rollScene(view, model).notes) {
      const y = box.y + box.height / 2;
      const middle = rollHit(view, model, box.x + box.width / 2, y);
      expect([middle.note?.id, middle.part]).toEqual([box.id, 'body']);
      expect(rollHit(view, model, box.x + box.width - 1, y).part).toBe('end');
      expect(rollHit(view, model, box.x + 0.5, y).part).toBe('start');
      expect(rollHit(view, model, box.x + box.width / 2, box.y - 40).note?.id).not.toBe(box.id);
    }
  });

  test('a frame around everything takes all, one around nothing none', () => {
    expect(notesIn(view, model, { x: 0, y: 0, width: 800, height: 240 }).length).toBe(notes.length);
    expect(notesIn(view, model, { x: 0, y: 0, width: 800, height: 3 })).toEqual([]);
  });
});

describe('edits', () => {
  const deltas = [-9 * BAR, -BAR - 7, -1234567, 0, 99, QUARTER, BAR / 3, 3 * BAR];

  test('moved notes keep their distances, never start before their clip, and the grip lands on the grid', () => {
    for (const delta of deltas)
      for (const semitones of [-60, -1, 0, 5, 120]) {
        const moved = movedNotes(notes, notes[7] as Note, delta, semitones, grid);
        const by = (moved[0]?.start ?? 0) - (notes[0]?.start ?? 0);
        const shift = (moved[0]?.pitch ?? 0) - (notes[0]?.pitch ?? 0);
        moved.forEach((change, i) => {
          expect(change.start).toBe((notes[i]?.start ?? 0) + by);
          expect(change.pitch).toBe((notes[i]?.pitch ?? 0) + shift);
          expect(change.start).toBeGreaterThanOrEqual(0);
          expect(change.pitch).toBeGreaterThanOrEqual(0);
          expect(change.pitch).toBeLessThanOrEqual(127);
        });
        const start = moved[7]?.start ?? 0;
        const held = by === -(notes[0]?.start ?? 0);
        if (delta && !held) expect((grid.origin + start) % SIXTEENTH).toBe(0);
      }
  });

  test('free of the grid a note goes exactly as far as it is dragged', () => {
    const [only] = movedNotes([notes[3] as Note], notes[3] as Note, 1234567, 0, { ...grid, step: undefined });
    expect(only?.start).toBe((notes[3]?.start ?? 0) + 1234567);
  });

  test('stretched notes never vanish, and the other edge stays', () => {
    for (const delta of deltas)
      for (const step of [grid.step, undefined]) {
        for (const { id, length } of resizedNotes(notes, notes[2] as Note, 'end', delta, { ...grid, step }))
          expect(length).toBeGreaterThanOrEqual(Math.min(SHORTEST, notes.find((note) => note.id === id)?.length ?? 0));
        resizedNotes(notes, notes[2] as Note, 'start', delta, { ...grid, step }).forEach((change, i) => {
          const note = notes[i] as Note;
          expect((change.start ?? 0) + (change.length ?? 0)).toBe(note.start + note.length);
          expect(change.start).toBeGreaterThanOrEqual(0);
          expect(change.length).toBeGreaterThan(0);
        });
      }
  });

  test('velocities stay between 1 and 127', () => {
    for (const by of [-2, -0.1, 0.1, 2])
      for (const { velocity } of louder(notes, by)) {
        expect(velocity).toBeGreaterThanOrEqual(1 / 127);
        expect(velocity).toBeLessThanOrEqual(1);
      }
  });

  test('a line of velocities rises evenly over the notes under it and leaves the others alone', () => {
    const drawn = velocityLine(notes, { position: 2 * BAR, velocity: 1 }, { position: BAR, velocity: 0.5 });
    expect(drawn.map(({ id }) => id)).toEqual(
      notes.filter((note) => note.start >= BAR && note.start <= 2 * BAR).map(({ id }) => id),
    );
    for (const { id, velocity } of drawn) {
      const start = notes.find((note) => note.id === id)?.start ?? 0;
      expect(velocity).toBeCloseTo(0.5 + (0.5 * (start - BAR)) / BAR, 9);
    }
  });

  test('a duplicate begins on the grid right after what it repeats', () => {
    const bar = notes.filter((note) => note.start < BAR);
    const by = duplicateShift(bar, grid);
    expect(by % SIXTEENTH).toBe(0);
    expect(by).toBeGreaterThanOrEqual(Math.max(...bar.map((note) => note.start + note.length)));
    expect(by).toBeLessThanOrEqual(BAR);
  });
});

describe('snapping', () => {
  const choices: Snapping[] = [
    { part: 8, feel: 'triplet' },
    { part: 16, feel: 'straight' },
    { part: 4, feel: 'dotted' },
    { part: 0, feel: 'straight' },
    ADAPTIVE,
  ];

  test('is idempotent, goes to the nearest, and down never goes up', () => {
    for (const choice of choices)
      for (let position = 1; position < 6 * BAR; position += 3_777_777) {
        const step = stepOf(choice, view.ticksPerPx, signatures, position);
        const near = snapped(position, step, signatures);
        expect(snapped(near, step, signatures)).toBe(near);
        expect(snappedDown(position, step, signatures)).toBeLessThanOrEqual(position);
      }
  });

  test('three triplets fill what two straight ones do, off snaps to nothing', () => {
    const triplet = stepOf({ part: 8, feel: 'triplet' }, 1, signatures, 0);
    expect(triplet).toEqual({ ticks: QUARTER / 3 });
    expect(stepOf({ part: 'off', feel: 'straight' }, 1, signatures, 0)).toBeUndefined();
    expect(snapped(12345.6, undefined, signatures)).toBe(12346);
  });
});
