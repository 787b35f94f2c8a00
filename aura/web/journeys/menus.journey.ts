// The menus of things: by the right button, by keys, and by a finger that stays.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Locator } from 'playwright-core';
import { beforeAll, expect, test } from 'vitest';
import { startLoophole } from './loophole';
import { SONG, soundFile } from './song';
import { browser, loophole, screen, stage } from './stage';

const FINGER_MS = 700;

const header = (name: string) => screen.page.getByRole('group', { name: new RegExp(`^${name},`) });
const menu = (name: string | RegExp) => screen.page.getByRole('menu', { name, exact: typeof name === 'string' });

/** Waits until a menu is open and has the focus: only then are keys its own. */
async function takesKeys(name: string | RegExp): Promise<void> {
  await menu(name).waitFor();
  await screen.until(`the menu ${name} has the focus`, () =>
    menu(name).evaluate((element) => element.contains(document.activeElement)),
  );
}

/** An item of the open menu, of whatever kind. */
const entry = (name: string): Locator =>
  screen.page
    .getByRole('menuitem', { name, exact: true })
    .or(screen.page.getByRole('menuitemcheckbox', { name, exact: true }));

/** Where a track's row is in the canvas, and how far to the right. */
async function onRow(track: string, part: number): Promise<{ x: number; y: number }> {
  const canvas = await screen.page.getByTestId('clips').boundingBox();
  const row = await header(track).boundingBox();
  if (!canvas || !row) throw new Error('It is not drawn.');
  return { x: canvas.width * part, y: row.y - canvas.y + row.height / 2 };
}

stage(async () => {
  const started = await startLoophole(SONG);
  mkdirSync(join(started.home, 'Music'), { recursive: true });
  writeFileSync(join(started.home, 'Music/Knock.wav'), soundFile());
  return started;
});
beforeAll(() => screen.devicesRun());

test('a clip’s menu splits it where it was pointed at, and the keys go on from there', async () => {
  const clips = screen.page.getByTestId('clips');
  await clips.click({ button: 'right', position: await onRow('Bass', 0.3) });
  await takesKeys('Clip Line');
  await screen.hasNoAccessibilityViolation();
  await entry('Split here').click();
  await screen.until('there are two', async () => (await screen.clips('Line').count()) === 2);
  await menu('Clip Line').waitFor({ state: 'detached' });
  await screen.press('Control+z');
  await screen.until('it is whole', async () => (await screen.clips('Line').count()) === 1);
});

test('an empty place takes what was copied, there', async () => {
  const clips = screen.page.getByTestId('clips');
  await clips.click({ button: 'right', position: await onRow('Bass', 0.3) });
  await entry('Copy').click();
  await screen.press('-', '-');
  await clips.click({ button: 'right', position: await onRow('Bass', 0.9) });
  await takesKeys('Empty place of Bass');
  await entry('Paste here').click();
  await screen.until('it is there', async () => (await screen.clips('Line').count()) === 2);
  await screen.press('Control+z', 'z');
  await screen.until('it is gone', async () => (await screen.clips('Line').count()) === 1);
});

test('by keys alone: the menu of the clip the arrows are at, walked, chosen, left by Escape', async () => {
  await screen.page.getByTestId('clip-grid').focus();
  await screen.press('ArrowRight');
  await screen.press('Shift+F10');
  await takesKeys('Clip Line');
  await screen.until('its first item has the focus', () =>
    screen.page.evaluate(() => document.activeElement?.getAttribute('role') === 'menuitem'),
  );
  await screen.press('Escape');
  await menu('Clip Line').waitFor({ state: 'detached' });
  await screen.until('the focus is back in the grid', () =>
    screen.page.evaluate(() => document.activeElement?.getAttribute('data-testid') === 'clip-grid'),
  );
  await screen.press('ContextMenu');
  await takesKeys('Clip Line');
  await screen.page.keyboard.type('Mute');
  await screen.press('Enter');
  await screen.page
    .locator('[role=gridcell]', { hasText: /Line.*muted/ })
    .first()
    .waitFor({ state: 'attached' });
  await screen.press('Control+z');
});

test('a track is renamed, coloured and muted from its header’s menu', async () => {
  await header('Bass').click({ button: 'right', position: { x: 60, y: 10 } });
  await takesKeys('Track Bass');
  await screen.hasNoAccessibilityViolation();
  await entry('Colour').click();
  await entry('teal').click();
  await screen.until('undo would give its colour back', async () => /colou?r/i.test(await screen.undoLabel()));
  await header('Bass').focus();
  await screen.press('Shift+F10');
  await takesKeys('Track Bass');
  await entry('Rename').click();
  const name = screen.page.getByRole('textbox', { name: 'Name of the track' });
  await name.fill('Low');
  await screen.press('Enter');
  await header('Low').waitFor();
  await screen.press('Control+z', 'Control+z');
  await header('Bass').waitFor();
});

test('an insert is bypassed and moved from its menu, a strip sends from its own', async () => {
  await screen.strip('Pad').locator('.chain .name', { hasText: 'ZamComp' }).click({ button: 'right' });
  await takesKeys('Device ZamComp');
  await screen.hasNoAccessibilityViolation();
  await entry('Move earlier in the chain').click();
  await screen.until('it is first', async () => (await screen.inserts('Pad'))[0] === 'ZamComp');
  await screen.strip('Pad').locator('.chain .name', { hasText: 'ZamComp' }).focus();
  await screen.press('ContextMenu');
  await entry('Bypass').click();
  await screen.strip('Pad').getByRole('button', { name: 'ZamComp, bypassed' }).waitFor();
  await screen.press('Control+z', 'Control+z');
  await screen.strip('Bass').click({ button: 'right', position: { x: 8, y: 190 } });
  await takesKeys('Strip of Bass');
  await entry('Send to').click();
  await entry('Room').click();
  await screen.strip('Bass').getByText('→ Room').waitFor();
  await screen.strip('Bass').getByText('→ Room').click({ button: 'right' });
  await takesKeys('Send to Room');
  await entry('Take out').click();
  await screen.strip('Bass').getByText('→ Room').waitFor({ state: 'detached' });
});

test('the ruler takes a marker where it was pointed at, and the marker has a menu', async () => {
  const ruler = screen.page.getByTestId('ruler');
  await ruler.click({ button: 'right', position: { x: 300, y: 53 } });
  await takesKeys('Ruler');
  await entry('Marker here').click();
  await screen.page.getByRole('dialog', { name: 'Marker' }).waitFor();
  await screen.press('Escape');
  await screen.page.getByRole('listbox', { name: 'Markers, tempo and signatures' }).focus();
  await screen.press('Shift+F10');
  await takesKeys(/^Marker Section/);
  await entry('Delete').click();
  await screen.until('it is gone', async () => (await screen.undoLabel()).startsWith('Delete marker'));
});

test('notes, and an empty place of the piano roll', async () => {
  await screen.page.getByTestId('clip-grid').focus();
  await screen.press('ArrowRight', 'Enter');
  await screen.page.getByTestId('notes').waitFor();
  await screen.press('Control+ArrowRight', 'Shift+F10');
  await takesKeys('Note');
  await screen.hasNoAccessibilityViolation();
  await entry('Octave up').click();
  await screen.until('it is higher', async () => (await screen.undoLabel()).startsWith('Transpose'));
  await screen.press('Control+z');
  await screen.page.getByTestId('notes').click({ button: 'right', position: { x: 30, y: 6 } });
  await takesKeys('Piano roll');
  await entry('Draw or erase at the cursor').click();
  await screen.until('there is a note', async () => (await screen.undoLabel()).startsWith('Draw'));
  await screen.press('Control+z');
});

test('a plugin and a file of the browser', async () => {
  await screen.press('Control+5');
  await screen.page.keyboard.type('trim');
  await screen.page.getByRole('option', { name: /^Trim/ }).click({ button: 'right' });
  await takesKeys('Trim');
  await screen.press('Escape');
  await menu('Trim').waitFor({ state: 'detached' });
  await screen.press('Shift+F10');
  await takesKeys('Trim');
  await screen.press('Enter');
  await screen.page.getByRole('list', { name: 'Bass devices and sends' }).getByText('Trim').waitFor();
  await screen.press('Control+6');
  await screen.page.keyboard.type('knock');
  await screen.page.getByRole('option', { name: /Knock/ }).waitFor();
  await screen.press('Shift+F10');
  await takesKeys('Knock.wav');
  await entry('Import at the playhead').click();
  await screen.page.getByText('Knock.wav is in the song.').waitFor();
});

test('a finger that stays opens the menu, and lifting it chooses and drags nothing', async () => {
  const context = await browser.newContext({ viewport: { width: 1024, height: 768 }, hasTouch: true });
  const page = await context.newPage();
  await page.goto(loophole.url);
  await page.getByRole('heading', { level: 1, name: 'Journey' }).waitFor();
  await page.getByRole('group', { name: /^Pad,/ }).waitFor();
  const inspector = await context.newCDPSession(page);
  const touch = (type: string, points: { x: number; y: number }[]) =>
    inspector.send('Input.dispatchTouchEvent', { type: type as 'touchStart', touchPoints: points });
  const stay = async (x: number, y: number) => {
    await touch('touchStart', [{ x, y }]);
    await page.waitForTimeout(FINGER_MS);
    await touch('touchEnd', []);
  };
  const canvas = await page.getByTestId('clips').boundingBox();
  const row = await page.getByRole('group', { name: /^Pad,/ }).boundingBox();
  await stay((canvas?.x ?? 0) + 60, (row?.y ?? 0) + 20);
  const opened = page.getByRole('menu', { name: 'Clip Chords' });
  await opened.waitFor();
  await page.waitForTimeout(FINGER_MS);
  expect(await opened.isVisible()).toBe(true);
  await page.getByRole('menuitem', { name: 'Duplicate', exact: true }).tap();
  await page.locator('[role=gridcell]', { hasText: 'Chords' }).nth(1).waitFor({ state: 'attached' });
  await context.close();
});
