// The scene as data, and the geometry that pointer and grid share: mostly properties over many positions.
import { describe, expect, test } from 'vitest';
import { BAR, fixturePeaks, fixtureSong } from '../../fixture/song';
import { Peaks } from '../store/peaks';
import { Replica } from '../store/replica';
import { SignatureMap } from '../store/signature-map';
import { TICKS_PER_QUARTER } from '../store/tempo-map';
import { moved } from './drag';
import { gridLines, snap, stepAt, stepFrom, stepName } from './grid';
import { clipsIn, hit } from './hit';
import { rowDrawing, scene, type Model } from './scene';
import { fitted, positionAt, scrolled, xOf, zoomed, type View } from './view';

const replica = new Replica();
replica.load({ first: true, last: true, entities: fixtureSong().entities, sequence: 1 });
const peaks = new Peaks([{ channels: 2, framesPerPeak: 256, peaks: fixturePeaks(), last: true }]);
const tracks = [...replica.tracks.values()].sort((a, b) => a.order - b.order);

const model: Model = {
  rows: tracks.map((track, i) => ({ track, top: i * 60, height: 60, depth: 0 })),
  clipsOf: (track) => [...replica.clipsOf(track)].sort((a, b) => a.start - b.start),
  notesOf: (clip) => replica.notesOf(clip),
  mediaOf: (id) => replica.media.get(id),
  peaksOf: () => peaks,
  tempo: replica.tempo,
  signatures: replica.signatures,
  selectedTrack: 101,
  selectedClips: new Set(),
  loop: { start: 12 * BAR, end: 20 * BAR, enabled: true },
};
/** 25 px a bar: 32 bars on 800 px. */
const view: View = { scroll: 0, scrollY: 0, ticksPerPx: BAR / 25, width: 800, height: 300 };
const { signatures } = replica;

describe('scene', () => {
  test('shows the clips of the rows on the screen where they lie', () => {
    const drawn = scene(view, model);
    expect(drawn.rows.map((row) => row.track)).toEqual([100, 101, 102, 103, 104]);
    const bass = drawn.rows[1];
    expect(bass?.selected).toBe(true);
    expect(bass?.clips.map(({ title, x, width, y, height }) => [title, x, width, y, height])).toEqual([
      ['Bass 1', 100, 100, 62, 56],
      ['Bass 2', 200, 100, 62, 56],
      ['Bass 3', 300, 200, 62, 56],
      ['Bass 1', 500, 150, 62, 56],
    ]);
  });

  test('notes lie inside their clip, higher pitches higher', () => {
    for (const clip of scene(view, model).rows[1]?.clips ?? []) {
      expect(clip.notes.length).toBe(Math.round(clip.width / 25) * 6);
      for (const note of clip.notes) {
        expect(note.x).toBeGreaterThanOrEqual(clip.x);
        expect(note.x + note.width).toBeLessThanOrEqual(clip.x + clip.width + 2);
        expect(note.y).toBeGreaterThanOrEqual(clip.y + 13);
        expect(note.y + note.height).toBeLessThanOrEqual(clip.y + clip.height);
      }
      const [first, second, third, , fifth] = clip.notes;
      expect(first?.y).toBe(second?.y);
      expect(third?.y).toBeLessThan(second?.y ?? 0);
      expect(fifth?.y).toBeLessThan(third?.y ?? 0);
    }
  });

  test('an audio clip has one column a pixel, taken from where it plays', () => {
    const wave = scene(view, model).rows[0]?.clips[1]?.wave;
    expect(wave?.x).toBe(101);
    expect(wave?.columns.length).toBe(2 * 198);
    const expected = new Float32Array(2);
    const frame = (x: number) => (model.tempo.seconds(positionAt(view, x)) - model.tempo.seconds(4 * BAR)) * 48_000;
    peaks.range(frame(151), frame(152), expected, 0);
    expect([...(wave?.columns.subarray(100, 102) ?? [])]).toEqual([...expected]);
  });

  test('tiles side by side show what one wide view shows', () => {
    const row = model.rows[0];
    if (!row) throw new Error('no row');
    const whole = rowDrawing({ ...view, width: 400 }, model, row);
    const parts = [0, 200].map((left) =>
      rowDrawing({ ...view, width: 200, scroll: left * view.ticksPerPx }, model, row),
    );
    const columns = new Map<number, number>();
    parts.forEach((part, i) =>
      part.clips.forEach(({ wave }) =>
        wave?.columns.forEach((value, at) => columns.set((wave.x + i * 200) * 2 + at, value)),
      ),
    );
    for (const { wave } of whole.clips) {
      wave?.columns.forEach((value, at) => expect(columns.get(wave.x * 2 + at)).toBeCloseTo(value, 5));
    }
  });

  test('the loop is where it was set, and nowhere when it is not on the screen', () => {
    expect(scene(view, model).loop).toEqual({ x: 300, width: 200, enabled: true });
    expect(scene({ ...view, scroll: 21 * BAR }, model).loop).toBeUndefined();
  });

  test('scrolled rows move up and leave', () => {
    const drawn = scene({ ...view, scrollY: 130 }, model);
    expect(drawn.rows[0]).toMatchObject({ track: 102, y: -10 });
  });
});

describe('view', () => {
  test('zooming keeps what is at the pointer', () => {
    for (const factor of [0.3, 0.9, 1.1, 4]) {
      for (const x of [0, 123, 800]) {
        const from = { ...view, scroll: 400 * BAR };
        expect(positionAt(zoomed(from, factor, x), x)).toBeCloseTo(positionAt(from, x), -2);
      }
    }
  });

  test('pixels and positions invert each other', () => {
    for (const x of [-5, 0, 1, 799.5]) expect(xOf(view, positionAt(view, x))).toBeCloseTo(x);
  });

  test('scrolling stays within the song and the rows', () => {
    expect(scrolled(view, -100, -100, 32 * BAR, 540)).toMatchObject({ scroll: 0, scrollY: 0 });
    const far = scrolled(view, 1e6, 1e6, 32 * BAR, 540);
    expect(far.scrollY).toBe(240);
    expect(far.scroll).toBeLessThan(32 * BAR);
  });

  test('fitting shows both ends', () => {
    const shown = fitted(view, 4 * BAR, 12 * BAR);
    expect(xOf(shown, 4 * BAR)).toBeGreaterThanOrEqual(0);
    expect(xOf(shown, 12 * BAR)).toBeLessThanOrEqual(800);
  });
});

describe('grid', () => {
  const zooms = Array.from({ length: 40 }, (_, i) => (TICKS_PER_QUARTER / 2000) * 1.35 ** i);

  test('lines never come closer than one can see, at any zoom', () => {
    for (const ticksPerPx of zooms) {
      const lines = gridLines(0, 800 * ticksPerPx, ticksPerPx, signatures);
      for (let i = 1; i < lines.length; i++) {
        const gap = ((lines[i]?.position ?? 0) - (lines[i - 1]?.position ?? 0)) / ticksPerPx;
        expect(gap).toBeGreaterThan(8.9);
      }
    }
  });

  test('snapping lands on a line that is shown, and twice is as once', () => {
    for (const ticksPerPx of zooms) {
      const step = stepAt(ticksPerPx, signatures, 0);
      for (const x of [3, 77, 391, 640]) {
        const position = snap(x * ticksPerPx, step, signatures);
        expect(snap(position, step, signatures)).toBe(position);
        const around = gridLines(position - 20 * ticksPerPx, position + 20 * ticksPerPx, ticksPerPx, signatures);
        expect(around.map((line) => line.position)).toContain(position);
      }
    }
  });

  test('after a change of signature bars start where they should', () => {
    const mixed = new SignatureMap([
      { position: 0, numerator: 4, denominator: 4 },
      { position: 2 * BAR, numerator: 7, denominator: 8 },
    ]);
    const lines = gridLines(0, 4 * BAR, BAR / 120, mixed).filter((line) => line.strength === 'bar');
    expect(lines.map((line) => line.position / BAR)).toEqual([0, 1, 2, 2.875, 3.75]);
    expect(snap(2.9 * BAR, { bars: 1 }, mixed)).toBe(2.875 * BAR);
  });

  test('a step on and a step back return', () => {
    const step = { ticks: TICKS_PER_QUARTER };
    expect(stepFrom(BAR, 1, step, signatures)).toBe(BAR + TICKS_PER_QUARTER);
    expect(stepFrom(BAR + TICKS_PER_QUARTER, -1, step, signatures)).toBe(BAR);
    expect(stepFrom(BAR + 5, -1, step, signatures)).toBe(BAR);
    expect(stepFrom(0, -1, step, signatures)).toBe(0);
  });

  test('steps have the names musicians know', () => {
    expect(stepName({ ticks: TICKS_PER_QUARTER / 4 })).toBe('1/16');
    expect([stepName({ bars: 1 }), stepName({ bars: 4 })]).toEqual(['1 bar', '4 bars']);
  });
});

describe('pointer', () => {
  test('finds the clip, its end, and the empty row', () => {
    expect(hit(view, model, 150, 70)).toMatchObject({ part: 'body', clip: { name: 'Bass 1' } });
    expect(hit(view, model, 197, 90)).toMatchObject({ part: 'end', clip: { name: 'Bass 1' } });
    expect(hit(view, model, 197, 66)).toMatchObject({ part: 'loop', clip: { name: 'Bass 1' } });
    expect(hit(view, model, 102, 90)).toMatchObject({ part: 'start', clip: { name: 'Bass 1' } });
    const empty = hit(view, model, 20, 70);
    expect([empty.clip, empty.row?.track.name]).toEqual([undefined, 'Bass']);
    expect(hit(view, model, 20, 299 + 400).row).toBeUndefined();
  });

  test('a marquee takes what it touches', () => {
    const ids = clipsIn(view, model, { x: 90, y: 65, width: 20, height: 60 });
    expect(ids.map((id) => replica.clips.get(id)?.name)).toEqual(['Bass 1', 'Keys']);
  });
});

describe('drag', () => {
  const clips = model.clipsOf(101).slice(0, 2);
  const [grip] = clips;
  if (!grip) throw new Error('no clip');
  const drag = { clips, grip, tracks };
  const beat = { ticks: TICKS_PER_QUARTER };

  test('the grip snaps and the others keep their distance', () => {
    const moves = moved(drag, 1.1 * TICKS_PER_QUARTER, 0, beat, signatures);
    expect(moves.map((move) => move.start)).toEqual([4 * BAR + TICKS_PER_QUARTER, 8 * BAR + TICKS_PER_QUARTER]);
    expect(moved(drag, 1.1 * TICKS_PER_QUARTER, 0, undefined, signatures)[0]?.start).toBe(
      4 * BAR + Math.round(1.1 * TICKS_PER_QUARTER),
    );
  });

  test('clips go to tracks of their kind alone', () => {
    expect(moved(drag, 0, 1, beat, signatures).map((move) => move.track)).toEqual([102, 102]);
    expect(moved(drag, 0, -1, beat, signatures).map((move) => move.track)).toEqual([101, 101]);
    expect(moved(drag, 0, 99, beat, signatures).map((move) => move.track)).toEqual([101, 101]);
  });

  test('nothing goes before the start of the song', () => {
    for (const step of [beat, undefined]) {
      expect(Math.min(...moved(drag, -99 * BAR, 0, step, signatures).map((move) => move.start))).toBe(0);
    }
  });
});
