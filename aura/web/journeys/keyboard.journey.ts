// The same by keyboard alone: no pointer is touched in this file.
import type { Browser } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { startLoophole, type Loophole } from './loophole';
import { Screen, startBrowser } from './screen';
import { SONG, soundFile } from './song';

let loophole: Loophole;
let browser: Browser;
let screen: Screen;

const press = (...keys: string[]) =>
  keys.reduce((before, key) => before.then(() => screen.page.keyboard.press(key)), Promise.resolve());
const focused = () =>
  screen.page.evaluate(
    () => document.activeElement?.getAttribute('aria-label') ?? document.activeElement?.textContent ?? '',
  );

/** Tabs on until what has the focus is called so. */
async function tabTo(name: RegExp): Promise<void> {
  for (let i = 0; i < 250; i++) {
    if (name.test(await focused())) return;
    await press('Tab');
  }
  throw new Error(`Tab does not reach ${name}`);
}

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

test('Space plays and stops, Home goes to the start', async () => {
  await press('Space');
  await screen.sounds();
  await press('Space');
  await screen.until('it stands', async () => (await screen.button('Play').getAttribute('aria-pressed')) === 'false');
  await press('Home');
  await screen.until('it is at the start', async () => (await screen.playhead()) === '1.1.000');
  await press('.', '.');
  await screen.until('it is at bar 3', async () => (await screen.playhead()) === '3.1.000');
});

test('F6 goes through the regions and Tab is never trapped', async () => {
  const regions = new Set<string>();
  for (let i = 0; i < 9; i++) {
    await press('F6');
    regions.add(
      await screen.page.evaluate(
        () => document.activeElement?.closest<HTMLElement>('[data-region]')?.dataset['region'] ?? '',
      ),
    );
  }
  expect([...regions].sort()).toEqual(['browser', 'clips', 'devices', 'mixer', 'ruler', 'tracks', 'transport']);
  const seen = new Set<string>();
  for (let i = 0; i < 60; i++) {
    await press('Tab');
    seen.add(await focused());
  }
  expect(seen.size).toBeGreaterThan(30);
});

test('a clip is chosen with arrows, split at the playhead, moved, deleted, and everything undone', async () => {
  await tabTo(/^Clips$/);
  await press('ArrowDown', 'ArrowUp', 'ArrowUp');
  await screen.until(
    'the line is chosen',
    async () => (await screen.clips('Line').getAttribute('aria-selected')) === 'true',
  );
  await press('s');
  await screen.until('there are two', async () => (await screen.clipCount('Line')) === 2);
  const right = screen.clips('Line').last();
  expect(await right.textContent()).toContain('bar 3 beat 1');
  await press('Alt+ArrowRight');
  await screen.until('it has moved', async () => !((await right.textContent()) ?? '').includes('bar 3 beat 1 to'));
  await press('Delete');
  await screen.until('there is one', async () => (await screen.clipCount('Line')) === 1);
  await press('Control+z');
  await screen.until('there are two', async () => (await screen.clipCount('Line')) === 2);
  await press('Control+z', 'Control+z');
  await screen.until('there is one', async () => (await screen.clipCount('Line')) === 1);
  await press('Control+Shift+Z');
  await screen.until('there are two again', async () => (await screen.clipCount('Line')) === 2);
  await press('Control+z');
  await screen.until('there is one', async () => (await screen.clipCount('Line')) === 1);
});

test('a fader is moved with arrows, in decibels, as one edit', async () => {
  await tabTo(/^Bass fader$/);
  const fader = screen.slider('Bass fader');
  expect(await fader.getAttribute('aria-valuetext')).toBe('0.0 dB');
  const label = await screen.undoLabel();
  await press('ArrowDown', 'ArrowDown', 'ArrowDown', 'Shift+ArrowDown');
  expect(await fader.getAttribute('aria-valuetext')).toBe('-3.1 dB');
  await screen.until('it is an edit', async () => (await screen.undoLabel()) !== label);
  await press('Control+z');
  await screen.until('it is back', async () => (await fader.getAttribute('aria-valuetext')) === '0.0 dB');
});

test('a track is added by the palette, named, muted and removed', async () => {
  await press('Control+k');
  await screen.page.getByRole('combobox').waitFor();
  await screen.hasNoAccessibilityViolation();
  await screen.page.keyboard.type('add audio');
  await press('Enter');
  await screen.page.getByRole('textbox', { name: 'Name of the track' }).waitFor();
  await press('Control+a');
  await screen.page.keyboard.type('Vocal');
  await press('Enter', 'm');
  const strip = screen.page.getByRole('region', { name: 'Vocal strip' });
  await screen.until(
    'it is muted',
    async () => (await strip.getByRole('button', { name: 'Mute Vocal' }).getAttribute('aria-pressed')) === 'true',
  );
  await press('Control+Delete');
  await strip.waitFor({ state: 'detached' });
});

test('the help sheet lists the keys and Escape closes it', async () => {
  await press('?');
  await screen.page.getByRole('dialog', { name: 'Keys' }).waitFor();
  await screen.hasNoAccessibilityViolation();
  await press('Escape');
  await screen.page.getByRole('dialog').waitFor({ state: 'detached' });
});

test('a knob of a plugin is turned with arrows, typed into, and undone', async () => {
  for (let i = 0; i < 5; i++) await press('Control+ArrowUp');
  await press('Control+ArrowDown', 'Control+1');
  await tabTo(/^Threshold$/);
  const knob = screen.slider('Threshold').first();
  const before = await knob.getAttribute('aria-valuetext');
  await press('ArrowDown', 'ArrowDown', 'ArrowDown');
  const said = async () => (await knob.getAttribute('aria-valuetext')) ?? '';
  await screen.until('the plugin says another value', async () => (await said()) !== before);
  await screen.until('it is an edit', async () => (await screen.undoLabel()) === 'Set Threshold of ZamComp');
  await screen.page.keyboard.type('-20');
  await press('Enter');
  await screen.until('it has the typed value', async () =>
    /^-20/.test((await knob.getAttribute('aria-valuetext')) ?? ''),
  );
  await press('Control+z', 'Control+z');
  await screen.until('it is back', async () => (await said()) === before);
});

test('the loop is set to a clip, switched off and on', async () => {
  const loop = screen.button('Loop');
  const switched = (on: boolean) =>
    screen.until(
      `the loop is ${on ? 'on' : 'off'}`,
      async () => (await loop.getAttribute('aria-pressed')) === String(on),
    );
  await switched(true);
  await press('l');
  await switched(false);
  await tabTo(/^Clips$/);
  await press('ArrowDown', 'ArrowUp', 'ArrowUp', 'ArrowUp');
  await screen.until(
    'the line is chosen',
    async () => (await screen.clips('Line').getAttribute('aria-selected')) === 'true',
  );
  await press('Home', '.', '.', 's');
  await screen.until('there are two', async () => (await screen.clipCount('Line')) === 2);
  await press('Control+l');
  await switched(true);
  await screen.until('it is an edit', async () => /loop/i.test(await screen.undoLabel()));
  await press('Home', ',', 'Space');
  const bars = await screen.barsWhile(() => screen.page.waitForTimeout(2_500));
  expect(Math.max(...bars)).toBeLessThan(9);
  await press('Space', 'Control+z', 'Control+z', 'Control+z');
  await screen.until('there is one', async () => (await screen.clipCount('Line')) === 1);
  await switched(true);
});

test('every process is killed from the keyboard while the song plays, and it goes on', async () => {
  await press('Home', 'Space');
  await screen.sounds();
  for (const name of ['ZamComp', 'pulse']) {
    let bass = 0;
    const bars = await screen.barsWhile(async () => {
      await tabTo(new RegExp(`^Kill .*${name}`));
      await press('Enter');
      await screen.outcome(name).waitFor();
      bass = await screen.meter('Bass');
    });
    expect(await screen.outcome(name).textContent()).toContain('The song went on');
    expect(new Set(bars).size).toBeGreaterThan(3);
    expect(bass).toBeGreaterThan(0.02);
  }
  await tabTo(/^Kill signal/);
  await press('Enter');
  await screen.outcome('signal').waitFor();
  await screen.sounds();
  await tabTo(/^Kill aura/);
  await press('Enter');
  await screen.page.getByText('Reconnecting', { exact: false }).first().waitFor();
  await screen.page.getByText('Reconnecting', { exact: false }).first().waitFor({ state: 'detached' });
  await screen.sounds();
  expect(await screen.button('Play').getAttribute('aria-pressed')).toBe('true');
  await press('Space');
});

test('a reload keeps the song', async () => {
  await screen.page.reload();
  await screen.songIsThere();
  await screen.until('undo is known', async () => (await screen.undoLabel()) !== 'nothing');
  await press('Space');
  await screen.sounds();
});
