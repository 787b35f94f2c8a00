// Songs on the page: begun, opened, copied, renamed and refused, with the pointer and then by keyboard alone. A second tab
// follows all the way.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { startDemo, type Loophole } from './loophole';
import { Screen, startBrowser } from './screen';

let loophole: Loophole;
let browser: Browser;
let screen: Screen;
let other: Screen;

const press = (...keys: string[]) =>
  keys.reduce((before, key) => before.then(() => screen.page.keyboard.press(key)), Promise.resolve());
const type = (text: string) => screen.page.keyboard.type(text);

/** Waits until a song is open in both tabs. */
async function isOpen(name: string): Promise<void> {
  for (const { page } of [screen, other]) await page.getByRole('heading', { level: 1, name, exact: true }).waitFor();
  await screen.page.getByRole('dialog').waitFor({ state: 'detached' });
}

async function menu(item: string): Promise<void> {
  await screen.page.getByRole('heading', { level: 1 }).getByRole('button').click();
  await screen.page.getByRole('menuitem', { name: item }).click();
}

const strip = (from: Screen, name: string) => from.page.getByRole('region', { name: `${name} strip` });
const dialog = (name: string) => screen.page.getByRole('dialog', { name });
const option = (name: string) => screen.page.getByRole('option', { name: new RegExp(`\\b${name}\\b`) }).first();

/** Everything of the demo is there, and sounds. */
async function demoIsThere(): Promise<void> {
  for (const from of [screen, other]) {
    for (const name of ['Drums', 'Bass', 'Master']) await strip(from, name).waitFor();
    await from.until('it has clips', async () => (await from.page.locator('[role=gridcell]').count()) > 2);
  }
  await press('Space');
  await screen.sounds();
  await press('Space');
}

beforeAll(async () => {
  loophole = await startDemo();
  browser = await startBrowser();
  screen = await Screen.open(browser, loophole.url);
  other = await Screen.open(browser, loophole.url);
  await screen.page.bringToFront();
});
afterEach(() => expect([...screen.troubles, ...other.troubles]).toEqual([]));
afterAll(async () => {
  await browser?.close();
  expect(await loophole?.stop()).toBe(0);
});

test('a song is begun while another plays, gets a track, and the demo is opened again', async () => {
  await press('Space');
  await screen.sounds();
  await menu('New song…');
  await screen.hasNoAccessibilityViolation();
  await screen.page.getByRole('textbox', { name: 'Name' }).fill('Ebbe');
  await screen.button('Begin').click();
  await isOpen('Ebbe');
  await screen.until('it rests', async () => (await screen.button('Play').getAttribute('aria-pressed')) === 'false');
  expect(await screen.playhead()).toBe('1.1.000');
  for (const { page } of [screen, other]) await page.getByRole('region', { name: 'How to begin' }).waitFor();
  await strip(screen, 'Bass').waitFor({ state: 'detached' });
  await screen.hasNoAccessibilityViolation();
  await screen.button(/^Play an instrument/).click();
  await screen.page.getByRole('textbox', { name: 'Name of the track' }).fill('Lead');
  await press('Enter');
  for (const from of [screen, other]) await strip(from, 'Lead').waitFor();
  expect(await screen.undoLabel()).toMatch(/Lead|Instrument/);

  await menu('Open…');
  await dialog('Open a song').waitFor();
  await option('Ebbe').getByText('open here').waitFor();
  await screen.hasNoAccessibilityViolation();
  await option('Low Tide').dblclick();
  await isOpen('Low Tide');
  await demoIsThere();
});

test('the first song is found by typing, has its track, and can be undone where it was left', async () => {
  await menu('Open…');
  await screen.page.getByRole('combobox', { name: 'Songs' }).fill('ebb');
  await press('Enter');
  await isOpen('Ebbe');
  for (const from of [screen, other]) await strip(from, 'Lead').waitFor();
  await press('Control+z', 'Control+z');
  await screen.page.getByRole('region', { name: 'How to begin' }).waitFor();
  await press('Control+Shift+Z', 'Control+Shift+Z');
  await strip(screen, 'Lead').waitFor();
});

test('the song is renamed, and its place is shown', async () => {
  await menu('Rename song');
  await screen.page.getByRole('textbox', { name: 'Name of the song' }).fill('Flood');
  await press('Enter');
  await isOpen('Flood');
  await menu('Show where it is');
  const place = screen.page.getByRole('textbox', { name: 'Folder of the song' });
  expect(await place.inputValue()).toBe(join(loophole.home, 'data/loophole/songs/Ebbe.loophole'));
  await screen.hasNoAccessibilityViolation();
  await press('Escape');
  await screen.page.getByRole('dialog').waitFor({ state: 'detached' });
});

test('a song of a newer Loophole is refused, and the present one goes on', async () => {
  const newer = join(loophole.home, 'data/loophole/songs/Newer.loophole');
  writeFileSync(join(loophole.home, 'script'), JSON.stringify({ set_song: { name: 'Newer' } }));
  loophole.run('edit', newer, join(loophole.home, 'script'), '--new');
  const manifest = join(newer, 'song.json');
  writeFileSync(manifest, readFileSync(manifest, 'utf8').replace('"format":1', '"format":2'));
  await menu('Open…');
  await option('Newer').dblclick();
  const reason = dialog('Open a song').getByRole('alert');
  await screen.until('the reason is there', async () =>
    ((await reason.textContent()) ?? '').includes('newer Loophole'),
  );
  await press('Escape');
  await isOpen('Flood');
  await strip(screen, 'Lead').waitFor();
});

test('by keyboard alone: begin, add a track, open the demo by name, save a copy', async () => {
  await press('Alt+n');
  await dialog('New song').waitFor();
  await type('Keys');
  await press('Enter');
  await isOpen('Keys');
  await press('Control+k');
  await screen.page.getByRole('combobox').waitFor();
  await type('add audio');
  await press('Enter');
  await screen.page.getByRole('textbox', { name: 'Name of the track' }).waitFor();
  await press('Control+a');
  await type('Voice');
  await press('Enter');
  for (const from of [screen, other]) await strip(from, 'Voice').waitFor();

  await press('Control+o');
  await dialog('Open a song').waitFor();
  await option('Low Tide').waitFor();
  await type('low');
  await press('Enter');
  await isOpen('Low Tide');
  await demoIsThere();

  await press('Control+Shift+S');
  await dialog('Save a copy').waitFor();
  const name = screen.page.getByRole('textbox', { name: 'Name' });
  await screen.until('a name is proposed', async () => (await name.inputValue()) === 'Low Tide 2');
  await press('Enter');
  await isOpen('Low Tide 2');
  await demoIsThere();

  await press('Control+k');
  await screen.page.getByRole('combobox').waitFor();
  await type('rename song');
  await press('Enter');
  await screen.page.getByRole('textbox', { name: 'Name of the song' }).waitFor();
  await press('Control+a');
  await type('Neap');
  await press('Enter');
  await isOpen('Neap');
  await press('Control+o');
  await option('Keys').waitFor();
  await type('keys');
  await press('Enter');
  await isOpen('Keys');
  await strip(screen, 'Voice').waitFor();
});

test('a reload shows the song that is open', async () => {
  await other.page.reload();
  await other.songIsThere();
  await isOpen('Keys');
});
