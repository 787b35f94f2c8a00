// The guided tour: it comes by itself the first time, goes with Esc, stays away, and comes back when asked for.
import type { Browser } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { startLoophole, type Loophole } from './loophole';
import { Screen, startBrowser } from './screen';
import { SONG, soundFile } from './song';

let loophole: Loophole;
let browser: Browser;
let screen: Screen;

beforeAll(async () => {
  loophole = await startLoophole(SONG, { 'Loop.wav': soundFile() }, {});
  browser = await startBrowser();
  screen = await Screen.open(browser, loophole.url);
});
afterEach(() => expect(screen.troubles).toEqual([]));
afterAll(async () => {
  await browser?.close();
  expect(await loophole?.stop()).toBe(0);
});

const card = () => screen.page.locator('[data-region=tour]');
const next = () => screen.page.keyboard.press('Enter');

test('the first page ever shows the tour, by keyboard, and sees what one tries', async () => {
  await card().getByRole('heading', { name: 'Welcome to Loophole' }).waitFor();
  await screen.hasNoAccessibilityViolation();
  await card().locator('.next').focus();
  await next();
  await card().getByRole('heading', { name: 'Play' }).waitFor();
  await screen.page.keyboard.press('Space');
  await card().getByText('Done.').waitFor();
  await screen.page.keyboard.press('Space');
  for (let i = 0; i < 6; i++) await next();
  await card().getByRole('heading', { name: 'Everything has a key' }).waitFor();
  await next();
  await card().waitFor({ state: 'detached' });
});

test('seen once, it stays away on every page until it is asked for, and Esc ends it', async () => {
  await screen.page.reload();
  await screen.songIsThere();
  expect(await card().count()).toBe(0);
  await screen.page.keyboard.press('Control+k');
  await screen.page.keyboard.type('Guided tour');
  await screen.page.keyboard.press('Enter');
  await card().getByRole('heading', { name: 'Welcome to Loophole' }).waitFor();
  await screen.page.keyboard.press('Escape');
  await card().waitFor({ state: 'detached' });
});
