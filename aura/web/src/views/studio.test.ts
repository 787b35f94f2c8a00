// The page's promises about edits (rule P3), over a channel that the test plays: shown at once, settled by the transaction,
// taken back with the reason.
import { beforeEach, expect, test } from 'vitest';
import { QuietStudio } from '../../fixture/quiet-studio';
import { BAR, fixtureSong } from '../../fixture/song';
import type { Clip } from '../contract/messages';
import { bindFader } from './binding';
import { split } from './clip-edits';
import { moveClips, nudgeClips, toggleLoop } from './edits';
import type { Studio } from './studio.svelte';

const BASS = 101;
const KEYS = 102;
let quiet: QuietStudio;
let studio: Studio;

const clip = () => studio.song.clipsOf(BASS)[0] as Clip;
const settled = () => new Promise((done) => setTimeout(done, 0));

beforeEach(() => {
  quiet = new QuietStudio();
  studio = quiet.studio;
});

/** Pulse moves the clip: the transaction, then or before it the answer. */
function transact(sequence: number, before: Clip, after: Clip): void {
  const updates = [
    {
      before: { kind: { case: 'clip' as const, value: before } },
      after: { kind: { case: 'clip' as const, value: after } },
    },
  ];
  quiet.say(0, { case: 'transaction', value: { sequence, label: 'Move', updates } });
}

test('a moved clip stays where it was put until the transaction is here, and then is there by right', async () => {
  const before = clip();
  moveClips(studio, [{ id: before.id, track: KEYS, start: 2 * BAR }]);
  expect(studio.song.clipsOf(KEYS).map(({ id }) => id)).toContain(before.id);
  quiet.say(quiet.lastId, { case: 'executed', value: { sequence: 6, created: [0] } });
  await settled();
  expect(studio.song.clip(before.id)?.start).toBe(2 * BAR);
  expect(studio.song.replica.clips.get(before.id)?.start).toBe(before.start);
  transact(6, before, { ...before, track: KEYS, start: 3 * BAR });
  await settled();
  expect(studio.song.clip(before.id)?.start).toBe(3 * BAR);
  expect(studio.song.clipsOf(BASS).map(({ id }) => id)).not.toContain(before.id);
});

test('a refused move goes back, and the reason is told', async () => {
  const before = clip();
  moveClips(studio, [{ id: before.id, track: KEYS, start: 2 * BAR }]);
  quiet.say(quiet.lastId, { case: 'refused', value: { reason: 'The track is full.' } });
  await settled();
  expect(studio.song.clip(before.id)).toEqual(before);
  expect(studio.notices.all.map(({ text, kind }) => [text, kind])).toEqual([['The track is full.', 'trouble']]);
});

test('a move that is lost with the connection goes back, and that is told', async () => {
  const before = clip();
  moveClips(studio, [{ id: before.id, track: BASS, start: 0 }]);
  quiet.closes();
  await settled();
  expect(studio.song.clip(before.id)).toEqual(before);
  expect(studio.notices.all.length).toBe(1);
});

test('a move to where it is asks for nothing', () => {
  const count = quiet.sent.length;
  moveClips(studio, [{ id: clip().id, track: BASS, start: clip().start }]);
  expect(quiet.sent.length).toBe(count);
});

test('a fader sends gestures while it moves and one command at the end', () => {
  const fader = bindFader(studio, () => BASS);
  const count = quiet.sent.length;
  fader.preview(-6);
  fader.preview(-20);
  expect(studio.song.track(BASS)?.faderDb).toBe(-20);
  fader.commit(-20);
  const kinds = quiet.sent.slice(count).map(({ kind }) => kind);
  expect(kinds.map((kind) => kind.case)).toEqual(['gesture', 'gesture', 'gesture', 'execute']);
  expect(kinds[1]).toMatchObject({ value: { change: { node: BASS, parameter: 1, value: 0.1 }, end: false } });
  expect(kinds[2]).toMatchObject({ value: { end: true } });
  expect(kinds[3]).toMatchObject({
    value: { commands: [{ kind: { case: 'setTrack', value: { id: BASS, faderDb: -20 } } }] },
  });
});

test('a fader that is let go of with Escape is back, here and in Signal', () => {
  const fader = bindFader(studio, () => BASS);
  const before = fader.value();
  fader.preview(-60);
  fader.cancel();
  expect(fader.value()).toBe(before);
  expect(quiet.sent.at(-1)?.kind).toMatchObject({ case: 'gesture', value: { end: true } });
  expect(quiet.sent.some(({ kind }) => kind.case === 'execute')).toBe(false);
});

test('split cuts the clip under the pointer on the grid', () => {
  studio.timeline.pointer = { position: 5.01 * BAR, clip: clip().id };
  void split(studio);
  expect(quiet.sent.at(-1)?.kind).toMatchObject({
    case: 'execute',
    value: { commands: [{ kind: { case: 'splitClip', value: { id: clip().id, position: 5 * BAR } } }] },
  });
});

test('split beside every clip asks for nothing and says why', () => {
  const count = quiet.sent.length;
  studio.selection.selectTrack(BASS);
  void split(studio);
  expect(quiet.sent.length).toBe(count);
  expect(studio.notices.all[0]?.text).toContain('no clip to split');
});

test('clips nudged up stay off tracks of another kind', () => {
  studio.selection.selectClip(clip().id, BASS);
  const count = quiet.sent.length;
  nudgeClips(studio, 0, -1);
  expect(quiet.sent.length).toBe(count);
  nudgeClips(studio, 0, 1);
  expect(quiet.sent.at(-1)?.kind).toMatchObject({ value: { commands: [{ kind: { value: { track: KEYS } } }] } });
});

test('the loop shows its new state at once', () => {
  toggleLoop(studio);
  expect(studio.song.song.loopEnabled).toBe(false);
  expect(studio.timeline.model.loop.enabled).toBe(false);
});

test('a resumed connection goes on from the sequence the page has', () => {
  transact(6, clip(), { ...clip(), start: 0 });
  quiet.closes();
  studio.open();
  quiet.opens();
  expect(quiet.sent.at(-1)?.kind).toMatchObject({ case: 'hello', value: { haveSequence: 6 } });
});

test('when Signal is gone nothing is said to play', () => {
  const telemetry = { sampleRate: 48_000, positionSamples: 10, playing: true, load: 0.5 };
  quiet.say(0, { case: 'telemetry', value: telemetry });
  expect(studio.playing).toBe(true);
  quiet.say(0, { case: 'services', value: { pulse: true, signal: false } });
  expect([studio.playing, studio.telemetry.playing]).toEqual([false, false]);
});

test('another song takes the place of this one, and nothing that was chosen or under way in this one is kept', async () => {
  const before = clip();
  studio.selection.selectClip(before.id, BASS);
  studio.renaming = BASS;
  moveClips(studio, [{ id: before.id, track: KEYS, start: 2 * BAR }]);
  const entities = fixtureSong().entities;
  const other = { song: 'other', path: '/music/Other.loophole', sequence: 2 };
  quiet.say(0, { case: 'part', value: { first: true, last: false, entities: entities.slice(0, 3), ...other } });
  expect(studio.song.clip(before.id)?.start).toBe(2 * BAR);
  quiet.say(0, { case: 'part', value: { first: false, last: true, entities: entities.slice(3), sequence: 2 } });
  expect(studio.song.clip(before.id)).toEqual(before);
  expect([studio.selection.clips.size, studio.selection.active, studio.renaming]).toEqual([0, 0, 0]);
  expect(studio.songs.path).toBe('/music/Other.loophole');
  quiet.closes();
  studio.open();
  quiet.opens();
  expect(quiet.sent.at(-1)?.kind).toMatchObject({ case: 'hello', value: { haveSong: 'other', haveSequence: 2 } });
  await settled();
});

test('the same song sent again keeps what is chosen', () => {
  const before = clip();
  studio.selection.selectClip(before.id, BASS);
  quiet.say(0, { case: 'part', value: { first: true, last: true, entities: fixtureSong().entities, sequence: 7 } });
  expect(studio.selection.active).toBe(before.id);
});
