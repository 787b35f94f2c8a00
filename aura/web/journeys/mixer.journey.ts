// The mixer's strips: inserts, routes and switches, by keyboard and by pointer.
import type { Browser } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { startLoophole, type Loophole } from './loophole';
import { Screen, startBrowser } from './screen';
import { SONG } from './song';

let loophole: Loophole;
let browser: Browser;
let screen: Screen;

const strip = (name: string) => screen.page.getByRole('region', { name: `${name} strip` });
const inserts = (name: string) => strip(name).locator('.chain li .name').allTextContents();
const press = (...keys: string[]) =>
  keys.reduce((before, key) => before.then(() => screen.page.keyboard.press(key)), Promise.resolve());

beforeAll(async () => {
  loophole = await startLoophole(SONG);
  browser = await startBrowser();
  screen = await Screen.open(browser, loophole.url);
  await screen.devicesRun();
});
afterEach(() => expect(screen.troubles).toEqual([]));
afterAll(async () => {
  await browser?.close();
  expect(await loophole?.stop()).toBe(0);
});

test('an insert is moved, bypassed and taken out from the keyboard, and undone', async () => {
  await strip('Pad').locator('.chain .name', { hasText: 'ZamComp' }).focus();
  await press('Alt+ArrowUp');
  await screen.until('it is first', async () => (await inserts('Pad'))[0] === 'ZamComp');
  await press('Control+z');
  await screen.until('it is back', async () => (await inserts('Pad'))[0] === 'Tide');
  await strip('Pad').locator('.chain .name', { hasText: 'ZamComp' }).focus();
  await press('b');
  await strip('Pad').getByRole('button', { name: 'ZamComp, bypassed' }).waitFor();
  await press('Delete');
  await screen.until('it is out', async () => (await inserts('Pad')).length === 1);
  await press('Control+z', 'Control+z');
  await screen.until('it is in', async () => (await inserts('Pad')).join() === 'Tide,ZamComp');
});

test('a device is added at a place of the chain by its name', async () => {
  await strip('Bass').getByRole('button', { name: 'Add a device to Bass' }).click();
  await screen.page.keyboard.type('trim');
  await press('Enter');
  await screen.until('it is there', async () => (await inserts('Bass')).join() === 'Tide,Trim');
  await screen.hasNoAccessibilityViolation();
});

test('an insert is dragged to another strip', async () => {
  const from = strip('Bass').locator('.chain .name', { hasText: 'Trim' });
  await from.dragTo(strip('Pad').locator('.chain .name', { hasText: 'ZamComp' }));
  await screen.until('it is there', async () => (await inserts('Pad')).join() === 'Tide,Trim,ZamComp');
});

test('a send is added, phase turned, and solo made safe', async () => {
  await strip('Bass').getByRole('button', { name: 'Output and sends of Bass' }).click();
  await screen.page.getByRole('menuitem', { name: 'Send to Room' }).click();
  await strip('Bass').getByText('→ Room').waitFor();
  const level = strip('Bass').getByRole('slider', { name: 'Bass send to Room' });
  const spoken = async () => (await level.getAttribute('aria-valuetext')) ?? '';
  const before = await spoken();
  await level.focus();
  await press('ArrowDown', 'ArrowDown');
  await screen.until('it is softer', async () => (await spoken()) !== before);
  await press('Control+z');
  await screen.until('it is as loud as before', async () => (await spoken()) === before);
  const phase = strip('Bass').getByRole('button', { name: 'Invert the phase of Bass' });
  await phase.click();
  await screen.until('it is turned', async () => (await phase.getAttribute('aria-pressed')) === 'true');
  await strip('Bass')
    .getByRole('button', { name: 'Solo Bass', exact: true })
    .click({ modifiers: ['Control'] });
  await strip('Bass').getByRole('button', { name: 'Solo Bass, safe' }).waitFor();
});

test('the highest peak stays and is cleared', async () => {
  await press('Escape');
  await screen.button('Play').click();
  await screen.sounds();
  await screen.button('Stop').click();
  const peak = strip('Bass').getByRole('button', { name: /^Peak of Bass/ });
  await screen.until('there is a peak', async () => ((await peak.textContent()) ?? '') !== '−');
  await screen.until('the meter has fallen', async () => (await screen.meter('Bass')) < 0.001);
  await peak.click();
  await screen.until('it is cleared', async () => ((await peak.textContent()) ?? '') === '−');
});
