// Songs on the page: begun, opened, copied, renamed and refused, with the pointer and then by keyboard alone. A second tab
// follows all the way.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeAll, expect, test } from 'vitest';
import { startDemo } from './loophole';
import { Screen } from './screen';
import { browser, loophole, screen, stage } from './stage';

let other: Screen;

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

const dialog = (name: string) => screen.page.getByRole('dialog', { name });
const option = (name: string) => screen.page.getByRole('option', { name: new RegExp(`\\b${name}\\b`) }).first();

/** Everything of the demo is there, and sounds. */
async function demoIsThere(): Promise<void> {
  for (const from of [screen, other]) {
    for (const name of ['Drums', 'Bass', 'Master']) await from.strip(name).waitFor();
    await from.until('it has clips', async () => (await from.page.locator('[role=gridcell]').count()) > 2);
  }
  await screen.press('Space');
  await screen.sounds();
  await screen.press('Space');
}

stage(startDemo);
beforeAll(async () => {
  other = await Screen.open(browser, loophole.url);
  await screen.page.bringToFront();
});
afterEach(() => expect(other.troubles).toEqual([]));

test('a song is begun while another plays, gets a track, and the demo is opened again', async () => {
  await screen.press('Space');
  await screen.sounds();
  await menu('New song…');
  await screen.hasNoAccessibilityViolation();
  await screen.page.getByRole('textbox', { name: 'Name' }).fill('Ebbe');
  await screen.button('Begin').click();
  await isOpen('Ebbe');
  await screen.until('it rests', async () => (await screen.button('Play').getAttribute('aria-pressed')) === 'false');
  expect(await screen.playhead()).toBe('1.1.000');
  for (const { page } of [screen, other]) await page.getByRole('region', { name: 'How to begin' }).waitFor();
  await screen.strip('Bass').waitFor({ state: 'detached' });
  await screen.hasNoAccessibilityViolation();
  await screen.button(/^Play an instrument/).click();
  await screen.page.getByRole('textbox', { name: 'Name of the track' }).fill('Lead');
  await screen.press('Enter');
  for (const from of [screen, other]) await from.strip('Lead').waitFor();
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
  await screen.press('Enter');
  await isOpen('Ebbe');
  for (const from of [screen, other]) await from.strip('Lead').waitFor();
  await screen.press('Control+z', 'Control+z');
  await screen.page.getByRole('region', { name: 'How to begin' }).waitFor();
  await screen.press('Control+Shift+Z', 'Control+Shift+Z');
  await screen.strip('Lead').waitFor();
});

test('the song is renamed, and its place is shown', async () => {
  await menu('Rename song');
  await screen.page.getByRole('textbox', { name: 'Name of the song' }).fill('Flood');
  await screen.press('Enter');
  await isOpen('Flood');
  await menu('Show where it is');
  const place = screen.page.getByRole('textbox', { name: 'Folder of the song' });
  expect(await place.inputValue()).toBe(join(loophole.home, 'data/loophole/songs/Ebbe.loophole'));
  await screen.hasNoAccessibilityViolation();
  await screen.press('Escape');
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
  await screen.press('Escape');
  await isOpen('Flood');
  await screen.strip('Lead').waitFor();
});

test('by keyboard alone: begin, add a track, open the demo by name, save a copy', async () => {
  await screen.press('Alt+n');
  await dialog('New song').waitFor();
  await type('Keys');
  await screen.press('Enter');
  await isOpen('Keys');
  await screen.press('Control+k');
  await screen.page.getByRole('combobox', { name: 'Actions' }).waitFor();
  await type('add audio');
  await screen.press('Enter');
  await screen.page.getByRole('textbox', { name: 'Name of the track' }).waitFor();
  await screen.press('Control+a');
  await type('Voice');
  await screen.press('Enter');
  for (const from of [screen, other]) await from.strip('Voice').waitFor();

  await screen.press('Control+o');
  await dialog('Open a song').waitFor();
  await option('Low Tide').waitFor();
  await type('low');
  await screen.press('Enter');
  await isOpen('Low Tide');
  await demoIsThere();

  await screen.press('Control+Shift+S');
  await dialog('Save a copy').waitFor();
  const name = screen.page.getByRole('textbox', { name: 'Name' });
  await screen.until('a name is proposed', async () => (await name.inputValue()) === 'Low Tide 2');
  await screen.press('Enter');
  await isOpen('Low Tide 2');
  await demoIsThere();

  await screen.press('Control+k');
  await screen.page.getByRole('combobox', { name: 'Actions' }).waitFor();
  await type('rename song');
  await screen.press('Enter');
  await screen.page.getByRole('textbox', { name: 'Name of the song' }).waitFor();
  await screen.press('Control+a');
  await type('Neap');
  await screen.press('Enter');
  await isOpen('Neap');
  await screen.press('Control+o');
  await option('Keys').waitFor();
  await type('keys');
  await screen.press('Enter');
  await isOpen('Keys');
  await screen.strip('Voice').waitFor();
});

test('a reload shows the song that is open', async () => {
  await other.page.reload();
  await other.songIsThere();
  await isOpen('Keys');
});

test('no key is lost while a dialog opens, and what is typed stays when the list of songs comes after it', async () => {
  let late = 0;
  await other.page.routeWebSocket(/./, (page) => {
    const server = page.connectToServer();
    server.onMessage((message) => void setTimeout(() => page.send(message), late));
  });
  await other.page.reload();
  await other.songIsThere();
  await other.page.bringToFront();
  late = 700;
  await other.press('Alt+n', 'L', 'a', 't', 'e');
  const name = other.page.getByRole('textbox', { name: 'Name' });
  const folder = other.page.getByRole('textbox', { name: 'Folder' });
  expect(await folder.inputValue()).toBe('');
  await other.until('the list is there', async () => (await folder.inputValue()).endsWith('/songs'));
  expect(await name.inputValue()).toBe('Late');
  await other.press('Escape');
});
