// Takes a picture of every panel of the demo song into docs/screens, for docs/panels.md. `./x screenshots` runs it.
import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startDemo, type Loophole } from '../journeys/loophole';
import { Screen, startBrowser } from '../journeys/screen';

const FOLDER = resolve(import.meta.dirname, '../../../docs/screens');
/** Meters and the playhead have come to life. */
const SETTLE_MS = 1_500;

let loophole: Loophole;
let browser: Browser;
let screen: Screen;

beforeAll(async () => {
  mkdirSync(FOLDER, { recursive: true });
  loophole = await startDemo();
  browser = await startBrowser();
  screen = await Screen.open(browser, loophole.url, { width: 1600, height: 1000 });
});
afterAll(async () => {
  await browser?.close();
  expect(await loophole?.stop()).toBe(0);
});

const press = (key: string) => screen.page.keyboard.press(key);

async function act(name: string): Promise<void> {
  await press('Control+k');
  await screen.page.keyboard.type(name);
  await press('Enter');
}

async function shot(name: string, region?: string): Promise<void> {
  await screen.page.waitForTimeout(SETTLE_MS);
  const path = join(FOLDER, `${name}.png`);
  if (region) await screen.page.locator(region).first().screenshot({ path });
  else await screen.page.screenshot({ path });
}

test('the page and its panels', async () => {
  await screen.devicesRun();
  await screen.page.getByRole('region', { name: 'Bass strip' }).click({ position: { x: 20, y: 10 } });
  await press('Space');
  await screen.sounds();
  await shot('page');
  await shot('transport', '[data-region=transport]');
  await shot('mixer', '[data-region=mixer]');
  await shot('devices', 'section.bottom');
  for (const tab of ['Plugins', 'Files', 'Processes']) {
    await screen.page.getByRole('tab', { name: tab }).click();
    await shot(tab.toLowerCase(), '[data-region=browser]');
  }
});

test('what edits notes and clips', async () => {
  await screen.page.locator('[data-region=clips] [role=gridcell]').first().focus();
  await press('ArrowDown');
  await press('Enter');
  await shot('piano-roll', 'section.bottom');
  await screen.page.getByRole('tab', { name: 'Clip', exact: true }).click();
  await shot('clip', 'section.bottom');
});

test('what comes when it is called', async () => {
  await press('?');
  await shot('keys');
  await press('Escape');
  await press('Control+k');
  await shot('palette');
  await press('Escape');
  await screen.button(/Loudness/).click();
  await shot('loudness');
  await press('Escape');
  await act('Guided tour');
  await screen.page.locator('[data-region=tour] .next').click();
  await shot('tour');
  await press('Escape');
});
