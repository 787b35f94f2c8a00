// The audio device, chosen on the page by keyboard alone: another rate and block, and the song is still there and plays.
import type { Browser } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { startLoophole, type Loophole } from './loophole';
import { Screen, startBrowser } from './screen';
import { SONG, soundFile } from './song';

let loophole: Loophole;
let browser: Browser;
let screen: Screen;

beforeAll(async () => {
  loophole = await startLoophole(SONG, { 'Loop.wav': soundFile() });
  browser = await startBrowser();
  screen = await Screen.open(browser, loophole.url);
  await screen.devicesRun();
});
afterEach(() => expect(screen.troubles).toEqual([]));
afterAll(async () => {
  await browser?.close();
  expect(await loophole?.stop()).toBe(0);
});

test('another rate and block are chosen by keys, and the song plays on at them', async () => {
  const { page } = screen;
  await page.keyboard.press('Control+,');
  const dialog = page.getByRole('dialog', { name: 'Audio device' });
  await dialog.waitFor();
  await dialog.locator('option[value="virtual"]').waitFor({ state: 'attached' });
  await dialog.getByLabel('Device').focus();
  await page.keyboard.type('Virtual');
  await dialog.getByLabel('Sample rate').focus();
  await page.keyboard.type('44.1');
  await dialog.getByLabel('Block').focus();
  await page.keyboard.type('512');
  const picture = process.env['LOOPHOLE_PICTURE'];
  if (picture) await page.screenshot({ path: picture });
  await dialog.getByRole('button', { name: 'Use it' }).focus();
  await page.keyboard.press('Enter');
  await dialog.waitFor({ state: 'detached' });
  await page.getByText('44.1 kHz · 512 frames').waitFor();
  await screen.devicesRun();
  await page.keyboard.press('Space');
  await screen.sounds();
  await page.keyboard.press('Space');
});

test('a PCM of ALSA is named by hand, and one that is not there is told in words while the song plays on', async () => {
  const { page } = screen;
  await page.keyboard.press('Control+,');
  const dialog = page.getByRole('dialog', { name: 'Audio device' });
  await dialog.waitFor();
  await dialog.locator('option[value="virtual"]').waitFor({ state: 'attached' });
  await dialog.getByLabel('Device').focus();
  await page.keyboard.type('Another');
  await dialog.getByLabel('ALSA’s name for it').focus();
  await page.keyboard.type('hw:31');
  const picture = process.env['LOOPHOLE_PICTURE_ALSA'];
  if (picture) await page.screenshot({ path: picture });
  await dialog.getByRole('button', { name: 'Use it' }).focus();
  await page.keyboard.press('Enter');
  await dialog.waitFor({ state: 'detached' });
  await page.keyboard.press('Control+,');
  await dialog.getByRole('alert').filter({ hasText: 'ALSA has no “hw:31” now' }).waitFor();
  await dialog.locator('option[value="alsa:hw:31"]').waitFor({ state: 'attached' });
  expect(await dialog.getByLabel('Device').inputValue()).toBe('alsa:hw:31');
  await page.keyboard.press('Escape');
  await dialog.waitFor({ state: 'detached' });
  await page.keyboard.press('Space');
  await screen.sounds();
  await page.keyboard.press('Space');
});
