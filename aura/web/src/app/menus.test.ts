// What the menus hold: real actions under their keys, and what they do to the thing that was pointed at.
import { beforeEach, expect, test } from 'vitest';
import { QuietStudio } from '../../fixture/quiet-studio';
import { BAR } from '../../fixture/song';
import type { Place } from '../views/menu/place';
import type { Studio } from '../views/studio.svelte';
import type { Item } from './menu-items';
import { menuOf } from './menus';

const BASS = 101;
let quiet: QuietStudio;
let studio: Studio;

beforeEach(() => {
  quiet = new QuietStudio();
  studio = quiet.studio;
});

const clip = () => studio.song.clipsOf(BASS)[0]?.id ?? 0;
const flat = (items: readonly Item[]): Item[] =>
  items.flatMap((item) => (item.kind === 'more' ? flat(item.items) : item));
/** The texts of a list, and of those within it. */
const lists = (items: readonly Item[]): string[][] => [
  items.flatMap((item) => ('text' in item ? item.text : [])),
  ...items.flatMap((item) => (item.kind === 'more' ? lists(item.items) : [])),
];
const textsOf = (place: Place) =>
  flat(menuOf(studio, place)?.items ?? []).flatMap((item) => ('text' in item ? item.text : []));

function choose(place: Place, text: string): void {
  const item = flat(menuOf(studio, place)?.items ?? []).find((it) => 'text' in it && it.text === text);
  if (!item || !('run' in item)) throw new Error(`The menu has no “${text}”.`);
  item.run();
}

/** The newest command that was asked for. */
function command() {
  const kind = quiet.sent.findLast(({ kind }) => kind?.case === 'execute')?.kind;
  return kind?.case === 'execute' ? kind.value.commands[0]?.kind : undefined;
}

test('every track and strip has a menu whose items differ', () => {
  for (const { id } of studio.song.tracks)
    for (const kind of ['track', 'strip'] as const) {
      const items = menuOf(studio, { kind, track: id })?.items ?? [];
      expect(items.length).toBeGreaterThan(5);
      for (const texts of lists(items)) expect(new Set(texts).size).toBe(texts.length);
    }
});

test('clips, empty places, ruler, and devices have menus; what is gone has none', () => {
  studio.selection.selectClip(clip(), BASS);
  expect(textsOf({ kind: 'clip', clip: clip(), position: BAR })).toContain('Split here');
  expect(textsOf({ kind: 'clip', clip: clip(), position: undefined })).toContain('Split at the playhead');
  expect(textsOf({ kind: 'lane', track: BASS, position: 0 })).toContain('Begin a clip of notes here');
  expect(textsOf({ kind: 'lane', track: 0, position: 0 })).not.toContain('Begin a clip of notes here');
  expect(textsOf({ kind: 'ruler', position: 0 })).toContain('Marker here');
  expect(textsOf({ kind: 'roll' })).toContain('Draw or erase at the cursor');
  const device = [...studio.song.replica.devices.keys()][0] ?? 0;
  expect(textsOf({ kind: 'device', device })).toContain('Take out');
  for (const place of [
    { kind: 'clip', clip: 999_999, position: 0 },
    { kind: 'track', track: 999_999 },
    { kind: 'strip', track: 999_999 },
    { kind: 'device', device: 999_999 },
    { kind: 'send', send: 999_999 },
    { kind: 'ruler-item', item: 999_999 },
    { kind: 'notes' },
  ] satisfies Place[])
    expect(menuOf(studio, place)).toBeUndefined();
});

test('of a plugin one asks what it may reach, of what is built in one does not', () => {
  const devices = [...studio.song.replica.devices.values()];
  const plugin = devices.find(({ kind }) => kind.case === 'clap')?.id ?? 0;
  const builtin = devices.find(({ kind }) => kind.case === 'builtin')?.id ?? 0;
  const ask = 'What it may reach…';
  expect(textsOf({ kind: 'device', device: builtin })).not.toContain(ask);
  choose({ kind: 'device', device: plugin }, ask);
  expect(studio.granting).toBe(plugin);
});

test('the master can’t be soloed, moved or removed', () => {
  const master = studio.song.tracks.at(-1)?.id ?? 0;
  const texts = textsOf({ kind: 'track', track: master });
  expect(texts).toContain('Mute');
  for (const text of ['Solo', 'Remove track', 'Duplicate track', 'Move track up']) expect(texts).not.toContain(text);
});

test('a split from the pointer’s menu is where the pointer was', () => {
  const id = clip();
  studio.selection.selectClip(id, BASS);
  const position = (studio.song.clip(id)?.start ?? 0) + BAR;
  choose({ kind: 'clip', clip: id, position }, 'Split here');
  expect(command()).toMatchObject({ case: 'splitClip', value: { id, position } });
  expect(studio.timeline.pointer).toBeUndefined();
});

test('what is switched on is checked', () => {
  const muted = () =>
    flat(menuOf(studio, { kind: 'track', track: BASS })?.items ?? []).find((it) => 'text' in it && it.text === 'Mute');
  expect(muted()).toMatchObject({ kind: 'check', checked: false, keys: 'M' });
  choose({ kind: 'track', track: BASS }, 'Mute');
  expect(command()).toMatchObject({ case: 'setTrack', value: { id: BASS, mute: true } });
  expect(muted()).toMatchObject({ checked: true });
});
