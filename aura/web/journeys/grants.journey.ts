// What a plugin may reach: asked for, granted, refused and revoked on the page, by keys and by pointer, while the song plays.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Locator } from 'playwright-core';
import { beforeAll, expect, test } from 'vitest';
import { startLoophole, TEST_PLUGINS } from './loophole';
import { BAR } from './song';
import { loophole, screen, stage } from './stage';

const GAIN = 203;
const plugin = (id: number, name: string, pluginId: string) => ({
  add_device: { id, track: 200, name, vendor: 'Tests', clap: { plugin_id: pluginId, bundle: TEST_PLUGINS } },
});
const note = (pitch: number) => ({ start: 0, length: 8 * BAR, pitch, velocity: 0.9 });
const track = (id: number, name: string, pitch: number) => [
  { add_track: { id, kind: 'TRACK_KIND_INSTRUMENT', name, color: id / 100 } },
  { add_device: { id: id + 1, track: id, name: 'Tide', builtin: 'tide' } },
  { add_note_clip: { id: id + 10, track: id, start: 0, length: 8 * BAR, name, notes: [note(pitch)] } },
];
const SONG: readonly object[] = [
  { set_song: { name: 'Grants', loop_enabled: true, loop_start: 0, loop_end: 8 * BAR } },
  ...track(100, 'Bass', 36),
  ...track(200, 'Pad', 60),
  plugin(202, 'Crash', 'test.crash'),
  plugin(GAIN, 'Gain', 'test.gain'),
];
/** Both in one process, as `loophole ps` says it. */
const TOGETHER = 'test.crash > test.gain';
const SET_GAIN = 0.75;

stage(() => startLoophole(SONG, {}, { tour: 'seen' }, { testPlugins: true }));
beforeAll(async () => {
  mkdirSync(samples());
  await screen.strip('Pad').click({ position: { x: 20, y: 90 } });
  await screen.until('the plugins run', async () => (await gain().count()) > 0);
  // From the command line, as another client: a setting that has to outlast each loading.
  writeFileSync(join(loophole.home, 'edit'), JSON.stringify(SETTING));
  loophole.run('edit', join(loophole.home, 'Journey.loophole'), join(loophole.home, 'edit'));
  await screen.button('Play').click();
  await screen.sounds();
  await notesBlame();
});

const SETTING = { set_parameter: { device: GAIN, parameter: 1, value: SET_GAIN } };
const samples = () => join(loophole.home, 'Samples');
const granted = () => loophole.run('grants');
const card = () => screen.page.getByRole('article', { name: 'Gain', exact: true });
const gain = () => card().getByRole('slider', { name: 'Gain', exact: true });
const isolation = () => card().getByRole('button', { name: /^Isolation of Gain/ });
const dialog = () => screen.page.getByRole('dialog', { name: 'What Gain may reach' });
const field = () => dialog().getByRole('textbox', { name: 'Absolute path of a file or a folder' });
const places = () => dialog().getByRole('list', { name: 'Granted places' }).getByRole('listitem');
const network = () => dialog().getByRole('switch', { name: 'Network' });
const loadedAnew = () => dialog().getByRole('status').filter({ hasText: 'Gain is loaded anew with its settings.' });

async function hasFocus(what: string, element: Locator): Promise<void> {
  await screen.until(`the focus is in ${what}`, () =>
    element.evaluate((it) => it === document.activeElement || it.contains(document.activeElement)),
  );
}

/** Keeps it if the card ever says, however shortly, that the plugin crashed. */
async function notesBlame(): Promise<void> {
  await screen.page.evaluate(() => {
    const look = (changes: MutationRecord[]) => {
      for (const { target } of changes) {
        const label = (target as Element).getAttribute('aria-label') ?? '';
        if (label.includes('because it crashed')) document.body.dataset['blame'] = label;
      }
    };
    new MutationObserver(look).observe(document.body, { subtree: true, attributeFilter: ['aria-label'] });
  });
}

/** Opens the dialog by keys alone, from the menu on the card. */
async function open(): Promise<void> {
  await isolation().focus();
  await screen.press('Enter');
  await hasFocus('the menu', screen.page.getByRole('menu'));
  await screen.press('End', 'Enter');
  await hasFocus('the field', field());
}

/** It runs, with its settings, in a process of its own or with its neighbour; and the song sounds. */
async function plays(alone: boolean): Promise<void> {
  await screen.until(alone ? 'it has a process of its own' : 'it shares a process with its neighbour', () => {
    const list = loophole.run('ps');
    return Promise.resolve(list.includes('test.gain') && list.includes(TOGETHER) !== alone);
  });
  await screen.until('its gain is set', async () => Number(await gain().getAttribute('aria-valuenow')) === SET_GAIN);
  await screen.sounds();
}

test('what holds everything is refused with its reason, and nothing is granted', async () => {
  await open();
  await screen.hasNoAccessibilityViolation();
  await screen.page.keyboard.type('/');
  await screen.press('Enter');
  await dialog().getByRole('alert').filter({ hasText: 'choose a folder in it' }).waitFor();
  expect(await places().count()).toBe(0);
  expect(granted()).toContain('No plugin was granted anything');
  await screen.press('Escape');
  await dialog().waitFor({ state: 'detached' });
  await hasFocus('the trigger', isolation());
});

test('a folder is granted by keys alone, and the plugin goes on in a process of its own', async () => {
  await open();
  await screen.page.keyboard.type(samples());
  await screen.press('Enter');
  await places().filter({ hasText: samples() }).waitFor();
  await loadedAnew().waitFor();
  await screen.hasNoAccessibilityViolation();
  expect(granted()).toContain(`reads   ${samples()}`);
  await screen.press('Escape');
  await dialog().waitFor({ state: 'detached' });
  await plays(true);
  expect(await isolation().getAttribute('aria-label')).toContain('alone, because it may reach more than others');
  expect(await isolation().getAttribute('title')).toContain('reads 1 place');
});

test('to write there is granted by pointer, and the focus goes on from what is revoked', async () => {
  await open();
  await places().getByRole('button', { name: 'Read and write' }).click();
  await loadedAnew().waitFor();
  await screen.until('it is granted', () => Promise.resolve(granted().includes(`writes  ${samples()}`)));
  await places()
    .getByRole('button', { name: `Revoke ${samples()}` })
    .click();
  await dialog().getByText('No file and no folder is granted.').waitFor();
  await hasFocus('the field', field());
  await screen.press('Escape');
  await plays(false);
});

test('the network is granted once that was asked, with its risk', async () => {
  await card().getByRole('heading').click({ button: 'right' });
  await screen.page.getByRole('menuitem', { name: 'What it may reach…' }).click();
  await hasFocus('the field', field());
  await network().click();
  const question = dialog().getByRole('group', { name: /^Let Gain connect/ });
  await hasFocus('the question', question.getByRole('button', { name: 'Don’t' }));
  await screen.hasNoAccessibilityViolation();
  await screen.press('Enter');
  await question.waitFor({ state: 'detached' });
  await hasFocus('the switch', network());
  expect(granted()).toContain('No plugin was granted anything');

  await screen.press('Space', 'Shift+Tab', 'Enter');
  await question.waitFor({ state: 'detached' });
  await loadedAnew().waitFor();
  expect(await network().getAttribute('aria-checked')).toBe('true');
  expect(granted()).toContain('network');
  await screen.press('Escape');
  await plays(true);
});

test('everything is revoked at once, and the song decides again', async () => {
  await open();
  await dialog().getByRole('button', { name: 'Revoke everything' }).click();
  await loadedAnew().waitFor();
  await hasFocus('the field', field());
  expect(await network().getAttribute('aria-checked')).toBe('false');
  expect(granted()).toContain('No plugin was granted anything');
  await screen.press('Escape');
  await plays(false);
  expect(await isolation().getAttribute('aria-label')).toContain('As the song says');
  expect(await screen.page.evaluate(() => document.body.dataset['blame'] ?? '')).toBe('');
});
