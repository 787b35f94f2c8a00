// From an empty song to a file, once with the pointer and once by keyboard alone: a beat, a bass line, a take, a loop, a mix, an
// export, and that the file sounds as the command line renders the song.
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { startNew, type Loophole } from './loophole';
import { boxOf, Screen, startBrowser } from './screen';
import { loudnessOf, peakOf, readWav } from './wav';

const LOOP = 'loop_amen';
/** What an empty song shows. */
const BARS_SHOWN = 33.4;
/** Four bars at 120. */
const SONG_SECONDS = 8;

let browser: Browser;
let loophole: Loophole;
let screen: Screen;

beforeAll(async () => {
  browser = await startBrowser();
});
beforeEach(async () => {
  loophole = await startNew('Circle');
  screen = await Screen.open(browser, loophole.url);
});
afterEach(async () => {
  const { troubles } = screen;
  await screen.page.context().close();
  expect(await loophole.stop()).toBe(0);
  expect(troubles).toEqual([]);
});
afterAll(() => browser?.close());

const tracks = () => screen.page.locator('[data-track]');
const clipsOf = (name: string) => screen.page.getByTestId('clip-grid').locator('[role=gridcell]', { hasText: name });

const levelOf = async (name: string) => (await screen.slider(`${name} fader`).getAttribute('aria-valuetext')) ?? '';

/** The file that the dialog says it wrote, against the same song by command line. */
async function compareFiles(): Promise<void> {
  const fares = screen.page.locator('.export .fares').first();
  await screen.until('the file is there', async () => /^(Done|Failed)/.test((await fares.textContent()) ?? ''));
  const told = (await fares.textContent()) ?? '';
  const path = (await screen.page.locator('.export .file small').first().textContent())?.trim() ?? '';
  const exported = readWav(path);
  const frames = exported.channels[0]?.length ?? 0;
  const seconds = frames / exported.rate;
  expect(exported.rate).toBe(48_000);
  expect(seconds).toBeGreaterThan(SONG_SECONDS);
  expect(seconds).toBeLessThan(SONG_SECONDS + 10);
  const peak = peakOf(exported);
  expect(peak).toBeGreaterThan(0.05);
  expect(peak).toBeLessThan(2);
  const loudness = loudnessOf(exported);
  expect(loudness).toBeGreaterThan(-40);
  expect(loudness).toBeLessThan(0);
  const figure = Number(/Done: (-?[\d.]+) LUFS/.exec(told)?.[1]);
  expect(Math.abs(figure - loudness)).toBeLessThan(0.1);

  const song = join(loophole.home, 'Circle.loophole');
  const [again, rendered] = [join(loophole.home, 'again.wav'), join(loophole.home, 'rendered.wav')];
  loophole.run('export', song, '-o', again, '--bits', '32f');
  loophole.run('render', song, '-o', rendered, '--bits', '32f');
  const [byExport, byRender] = [readWav(again), readWav(rendered)];
  expect(byExport.channels[0]?.length).toBe(frames);
  for (const [channel, samples] of exported.channels.entries()) {
    expect(differing(samples, byExport.channels[channel])).toBe(0);
    const whole = byRender.channels[channel];
    expect(whole?.length).toBeGreaterThanOrEqual(SONG_SECONDS * exported.rate);
    expect(differing(samples.subarray(0, whole?.length), whole)).toBe(0);
  }
}

function differing(these: Float32Array, those: Float32Array | undefined): number {
  return these.reduce((count, sample, i) => count + (Object.is(sample, those?.[i]) ? 0 : 1), 0);
}

const canvasBox = () => boxOf(screen.page.getByTestId('clips'));
const rowOf = async (name: string) => {
  const box = await boxOf(tracks().filter({ hasText: name }).first());
  return box.y + box.height / 2;
};
const addTrack = async (kind: string, name: string) => {
  await screen.button('Track').click();
  await screen.page.getByRole('menuitem', { name: kind, exact: true }).click();
  await screen.page.getByRole('textbox', { name: 'Name of the track' }).fill(name);
  await screen.press('Enter');
  await screen.strip(name).waitFor();
};
const addDevice = async (track: string, device: string) => {
  const before = (await screen.inserts(track)).length;
  await screen
    .strip(track)
    .getByRole('button', { name: `Add a device to ${track}` })
    .click();
  await screen.page.getByRole('combobox', { name: 'Search devices' }).fill(device);
  await screen.page
    .getByRole('option', { name: new RegExp(`^${device} `) })
    .first()
    .click();
  await screen.until(`${device} is in`, async () => (await screen.inserts(track)).length === before + 1);
};

/** A bar of notes becomes four: its clip is copied with Ctrl held. */
const fourTimes = async (name: string) => {
  const canvas = await canvasBox();
  const [y, bar] = [(await rowOf(name)) + 8, canvas.width / BARS_SHOWN];
  // The copy stays chosen, so the second time both are copied.
  for (const copies of [1, 2]) {
    await screen.drag([canvas.x + bar / 2, y], [canvas.x + bar * (copies + 0.5), y], ['Control']);
    await screen.until('there are twice as many', async () => (await clipsOf(name).count()) === 2 * copies);
    await screen.until(
      'the last is chosen',
      async () => (await clipsOf(name).last().getAttribute('aria-selected')) === 'true',
    );
  }
};

test('with the pointer: from an empty song to a file', async () => {
  const { page } = screen;
  const canvas = await canvasBox();
  await addTrack('Drum track', 'Beat');
  await page.mouse.dblclick(canvas.x + 10, await rowOf('Beat'));
  const roll = await boxOf(page.getByTestId('notes'));
  const [row, middle] = [13, roll.y + roll.height / 2];
  for (const beat of [0, 1, 2, 3]) await page.mouse.dblclick(roll.x + roll.width * (0.02 + beat / 4), middle);
  for (const beat of [1, 3]) await page.mouse.dblclick(roll.x + roll.width * (0.02 + beat / 4), middle - 2 * row);
  await screen.until('six notes', async () => (await screen.notes().count()) === 6);
  expect((await screen.noteTexts())[0]).toContain('Kick, bar 1 beat 1,');
  expect((await screen.noteTexts()).filter((text) => text.startsWith('Snare'))).toHaveLength(2);
  await fourTimes('Beat');

  await addTrack('Instrument track', 'Bass');
  await page.mouse.dblclick(canvas.x + 10, await rowOf('Bass'));
  await page.getByRole('grid', { name: 'Notes of Bass' }).waitFor({ state: 'attached' });
  await page.mouse.move(roll.x + 300, middle);
  await page.mouse.wheel(0, 24 * row);
  for (const [step, up] of [
    [0, 0],
    [3, 0],
    [6, 3],
    [10, 5],
    [12, 0],
  ] as const)
    await page.mouse.dblclick(roll.x + roll.width * ((step + 0.3) / 16), middle - up * row);
  await screen.until('five notes', async () => (await screen.notes().count()) === 5);
  expect((await screen.noteTexts())[0]).toContain('C2, bar 1 beat 1,');
  await fourTimes('Bass');

  await addTrack('Audio track', 'Take');
  await screen.button(/input of Take/).click();
  await page.getByRole('menuitemradio', { name: 'Monitor off' }).click();
  await screen.press('Escape');
  await screen.button('Arm Take').first().click();
  await screen.button(/^Record, 1 armed/).click();
  await screen.until('two bars are recorded', async () => Number((await screen.playhead()).split('.')[0]) >= 3);
  await screen.button('Stop').click();
  await screen.until('it is taken in', async () => (await screen.undoLabel()) === 'Record');
  await page.mouse.click(canvas.x + 20, await rowOf('Take'));
  await screen.until('the take is a clip', async () => (await clipsOf('Take').count()) === 1);
  await screen.button('Arm Take').first().click();

  await screen.browse('Files');
  await page.getByRole('option', { name: /Sonic Pi samples/ }).dblclick();
  await page.getByRole('combobox', { name: 'Search files' }).fill(LOOP);
  const file = page.getByRole('option', { name: new RegExp(`${LOOP}\\.flac`) });
  await screen.until(
    'others are gone',
    async () => (await page.locator('[data-region=browser] [role=option]').count()) === 2,
  );
  await file.dragTo(page.getByTestId('clips'), { targetPosition: { x: 4, y: 400 } });
  await screen.strip(LOOP).waitFor();

  await screen.button('Track').click();
  await page.getByRole('menuitem', { name: 'Bus', exact: true }).click();
  await page.getByRole('textbox', { name: 'Name of the track' }).fill('Room');
  await screen.press('Enter');
  await addDevice('Room', 'Reverb');
  await addDevice('Bass', 'EQ');
  await addDevice('Bass', 'Compressor');
  await screen.strip('Bass').locator('.chain .name', { hasText: 'Compressor' }).click();
  const threshold = screen.slider('Threshold').first();
  await threshold.scrollIntoViewIfNeeded();
  const before = await threshold.getAttribute('aria-valuetext');
  const box = await boxOf(threshold);
  await screen.drag([box.x + 15, box.y + 15], [box.x + 15, box.y + 45]);
  await screen.until('it compresses more', async () => (await threshold.getAttribute('aria-valuetext')) !== before);
  await screen
    .strip(LOOP)
    .getByRole('button', { name: `Output and sends of ${LOOP}` })
    .click();
  await page.getByRole('menuitem', { name: 'Send to Room' }).click();
  await screen.strip(LOOP).getByText('→ Room').waitFor();

  const master = await boxOf(screen.slider('Master fader'));
  await screen.drag(
    [master.x + master.width / 2, master.y + master.height * 0.18],
    [master.x + master.width / 2, master.y + master.height * 0.45],
  );
  await screen.until('it is softer', async () => /^-/.test(await levelOf('Master')));

  await screen.button('Export').click();
  await page.getByLabel('Format').selectOption('wav32');
  await page.locator('.export').getByRole('button', { name: 'Export', exact: true }).click();
  await screen.hasNoAccessibilityViolation();
  await compareFiles();
});

// The same hands on the keys.
const typed = (text: string) => screen.page.keyboard.type(text);
const act = async (name: string) => {
  await screen.press('Control+k');
  await screen.page.getByPlaceholder('What would you like to do?').waitFor();
  await typed(name);
  await screen.press('Enter');
};
const addTrackByKeys = async (action: string, name: string) => {
  await act(action);
  await screen.page.getByRole('textbox', { name: 'Name of the track' }).waitFor();
  await screen.press('Control+a');
  await typed(name);
  await screen.press('Enter');
  await screen.strip(name).waitFor();
};
const cursor = async () => (await screen.page.locator('#note-cursor').textContent())?.trim() ?? '';
/** Draws a note at a beat; the cursor goes on by itself. */
const drawByKeys = async (beat: number, tick = '') => {
  const there = `, bar 1 beat ${beat}${tick}, empty`;
  for (let i = 0; i < 32 && !(await cursor()).endsWith(there); i++) await screen.press('ArrowRight');
  expect(await cursor()).toContain(there);
  const before = await screen.notes().count();
  await screen.press('Enter');
  await screen.until('it is drawn', async () => (await screen.notes().count()) === before + 1);
};
const beginClipByKeys = async (name: string) => {
  await screen.press('Home', 'Insert');
  await screen.until('its notes have the focus', async () => (await screen.focused()) === `Notes of ${name}`);
};
/** A bar of notes becomes four. */
const fourTimesByKeys = async (name: string) => {
  await screen.tabTo(/^Clips$/);
  await screen.press('Control+d', 'Control+d', 'Control+d');
  await screen.until('there are four', async () => (await clipsOf(name).count()) === 4);
};
const addDeviceByKeys = async (track: string, device: string) => {
  const before = (await screen.inserts(track)).length;
  await screen.press('Control+5', 'Control+a');
  await typed(device);
  await screen.page
    .getByRole('option', { name: new RegExp(`^${device} `) })
    .first()
    .waitFor();
  await screen.press('Enter');
  await screen.until(`${device} is in`, async () => (await screen.inserts(track)).length === before + 1);
};

test('by keyboard alone: from an empty song to a file', async () => {
  const { page } = screen;
  await addTrackByKeys('Add drum track', 'Beat');
  await beginClipByKeys('Beat');
  for (const beat of [1, 2, 3, 4]) await drawByKeys(beat);
  await screen.press('ArrowUp', 'ArrowUp', ...Array<string>(16).fill('ArrowLeft'));
  for (const beat of [2, 4]) await drawByKeys(beat);
  expect((await screen.noteTexts()).filter((text) => text.startsWith('Snare'))).toHaveLength(2);
  await fourTimesByKeys('Beat');

  await addTrackByKeys('Add instrument track', 'Bass');
  await beginClipByKeys('Bass');
  await screen.press('Shift+ArrowDown', 'Shift+ArrowDown');
  for (const beat of [1, 2]) await drawByKeys(beat);
  await screen.press('ArrowUp', 'ArrowUp', 'ArrowUp');
  await drawByKeys(3);
  expect((await screen.noteTexts())[0]).toContain('C2, bar 1 beat 1,');
  await fourTimesByKeys('Bass');

  await addTrackByKeys('Add audio track', 'Take');
  await screen.tabTo(/input of Take/);
  await screen.press('Enter');
  await page.getByRole('menuitemradio', { name: 'Monitor off' }).waitFor();
  await typed('Monitor');
  await screen.press('Enter', 'Escape');
  await screen.until('monitoring is off', async () => /monitoring/.test(await screen.undoLabel()));
  await screen.tabTo(/^Clips$/);
  await screen.press('Shift+R');
  await screen.button(/^Record, 1 armed/).waitFor();
  await screen.press('Home', 'r');
  await screen.until('two bars are recorded', async () => Number((await screen.playhead()).split('.')[0]) >= 3);
  await screen.press('Space');
  await screen.until('it is taken in', async () => (await screen.undoLabel()) === 'Record');
  await screen.press('Shift+R', 'Home');

  await screen.press('Control+ArrowUp', 'Control+6');
  await typed(`${LOOP}.`);
  await screen.until(
    'nothing else is listed',
    async () => (await page.locator('[data-region=browser] [role=option]').count()) === 1,
  );
  await page.getByRole('option', { name: new RegExp(`${LOOP}\\.flac`) }).waitFor();
  await screen.press('Enter');
  await screen.strip(LOOP).waitFor({ state: 'attached' });

  await addDeviceByKeys('Bass', 'EQ');
  await addDeviceByKeys('Bass', 'Compressor');
  await screen.press('Tab', 'Control+1');
  await screen.tabTo(/^Threshold$/);
  const threshold = screen.slider('Threshold').first();
  const before = await threshold.getAttribute('aria-valuetext');
  await screen.press('ArrowDown', 'ArrowDown', 'ArrowDown');
  await screen.until('it compresses more', async () => (await threshold.getAttribute('aria-valuetext')) !== before);
  await addTrackByKeys('Add bus', 'Room');
  await addDeviceByKeys('Room', 'Reverb');
  await screen.tabTo(new RegExp(`^Output and sends of ${LOOP}`));
  await screen.press('Enter');
  await page.getByRole('menuitem', { name: 'Send to Room' }).waitFor();
  await typed('Send');
  await screen.press('Enter');
  await screen.strip(LOOP).getByText('→ Room').waitFor({ state: 'attached' });
  await screen.tabTo(/^Master fader$/);
  await typed('-9');
  await screen.press('Enter');
  await screen.until('it is softer', async () => (await levelOf('Master')) === '-9.0 dB');

  await screen.press('Tab', 'Control+e');
  await page.getByRole('dialog', { name: 'Export' }).waitFor();
  await screen.tabTo(/^WAV/);
  await screen.press('ArrowDown', 'ArrowDown', 'Tab');
  await screen.tabTo(/^Export$/);
  await screen.press('Enter');
  await compareFiles();
});
