// Takes a picture of every panel of the demo song into docs/screens, for docs/panels.md, and one of the whole page. `./x screenshots` runs it.
import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { beforeAll, test } from 'vitest';
import { startDemo } from '../journeys/loophole';
import { screen, stage } from '../journeys/stage';

const FOLDER = resolve(import.meta.dirname, '../../../docs/screens');
const SIZE = { width: 1600, height: 1000 };
/** Meters and the playhead have come to life. */
const SETTLE_MS = 1_500;

stage(startDemo, SIZE);
beforeAll(async () => {
  mkdirSync(FOLDER, { recursive: true });
});

async function act(name: string): Promise<void> {
  await screen.press('Control+k');
  await screen.page.keyboard.type(name);
  await screen.press('Enter');
}

async function addTrack(action: string, name: string): Promise<void> {
  await act(action);
  await screen.page.getByRole('textbox', { name: 'Name of the track' }).fill(name);
  await screen.press('Enter');
}

async function shot(name: string, region?: string): Promise<void> {
  await screen.page.waitForTimeout(SETTLE_MS);
  const path = join(FOLDER, `${name}.png`);
  if (region) await screen.page.locator(region).first().screenshot({ path });
  else await screen.page.screenshot({ path });
}

test('the page and its panels', async () => {
  await screen.devicesRun();
  await screen.strip('Bass').click({ position: { x: 20, y: 90 } });
  await screen.press('Space');
  await screen.sounds();
  await screen.page.setViewportSize({ width: 1440, height: 900 });
  await shot('../screenshot');
  await screen.page.setViewportSize(SIZE);
  await shot('transport', '[data-region=transport]');
  await screen.press('x');
  await shot('mixer', '[data-region=mixer]');
  await screen.press('x');
  await shot('synth', 'section.bottom');
  await screen.strip('Drums').click({ position: { x: 20, y: 90 } });
  await shot('effects', 'section.bottom');
  for (const tab of ['Plugins', 'Processes'] as const) {
    await screen.browse(tab);
    await shot(tab.toLowerCase(), '[data-region=browser]');
  }
  await screen.browse('Files');
  await screen.page.getByRole('option', { name: /Sonic Pi samples/ }).dblclick();
  await shot('files', '[data-region=browser]');
  await screen.press('Space');
});

test('what edits notes and clips', async () => {
  const clips = screen.page.getByTestId('clips');
  const at = async (track: string) => {
    const header = await screen.page.locator('[data-track]', { hasText: track }).first().boundingBox();
    const canvas = await clips.boundingBox();
    return { x: (canvas?.width ?? 0) * 0.6, y: (header?.y ?? 0) - (canvas?.y ?? 0) + 30 };
  };
  await clips.dblclick({ position: await at('Lead') });
  await screen.page.getByTestId('notes').waitFor();
  await shot('piano-roll', 'section.bottom');
  await clips.click({ position: await at('Drums') });
  await screen.page.getByRole('tab', { name: 'Clip', exact: true }).click();
  await shot('clip', 'section.bottom');
});

test('instruments of sounds', async () => {
  await addTrack('Add drum track', 'Beat');
  await act('Devices');
  await screen.page.getByRole('radio', { name: /Pad 1, Kick/ }).waitFor();
  await shot('drums', 'section.bottom');
  await addTrack('Add instrument track', 'Kit');
  await screen.page.getByRole('button', { name: 'Take Tide out' }).click();
  await screen.browse('Plugins');
  await screen.page.getByRole('combobox', { name: 'Search plugins' }).fill('sampler');
  await screen.press('Enter');
  await screen.page.getByRole('combobox', { name: /^Sound of zone 1/ }).selectOption({ index: 1 });
  await shot('sampler', 'section.bottom');
});

test('recording', async () => {
  await addTrack('Add audio track', 'Voice');
  await screen.button(/input of Voice/).click();
  await screen.page.getByRole('menuitemradio', { name: 'Monitor off' }).click();
  await screen.press('Escape');
  await screen.button('Arm Voice').first().click();
  await screen.button('How to record').click();
  await shot('record-menu', '[role=menu]');
  await screen.press('Escape');
  await screen.page.getByTestId('clips').click({ position: { x: 300, y: 560 } });
  await act('Next marker');
  await screen.button(/^Record, /).click();
  await screen.page.waitForTimeout(2 * SETTLE_MS);
  await shot('recording', 'main');
  await screen.button('Stop').click();
});

test('songs', async () => {
  await screen.press('Control+o');
  await screen.page.getByRole('option', { name: /Low Tide/ }).waitFor();
  await screen.press('Escape');
  for (const name of ['Ebbe', 'Harbour lights', 'Neap']) {
    await screen.press('Alt+n');
    await screen.page.getByRole('textbox', { name: 'Name' }).fill(name);
    await screen.press('Enter');
    await screen.page.getByRole('heading', { level: 1, name }).waitFor();
  }
  await screen.page.waitForTimeout(7_000);
  await shot('empty-song', 'main');
  await screen.press('Control+o');
  await screen.page.getByRole('option', { name: /Low Tide/ }).waitFor();
  await shot('songs', '.songs-dialog');
  await screen.page.keyboard.type('low');
  await screen.press('Enter');
  await screen.page.getByRole('heading', { level: 1, name: 'Low Tide' }).waitFor();
  await screen.browse('Processes');
  await screen.devicesRun();
});

test('what comes when it is called', async () => {
  await act('Keys and help');
  await shot('keys', '.help');
  await screen.press('Escape');
  await screen.press('Control+k');
  await shot('palette', '.palette');
  await screen.press('Escape');
  await act('Audio device');
  await shot('audio-device', '[role=dialog]');
  await screen.press('Escape');
  await act('Export');
  await screen.page.locator('.export').getByLabel('Range').selectOption('bars');
  await screen.page.locator('.export').getByRole('button', { name: 'Export', exact: true }).click();
  await screen.until('it is done', async () => (await screen.page.getByText(/^Done: /).count()) > 0);
  await shot('export', '.export');
  await screen.press('Escape');
  await screen.press('Space');
  await screen.sounds();
  await screen.button(/Loudness/).click();
  await shot('loudness', '.loudness-panel');
  await screen.press('Escape');
  await act('Guided tour');
  await screen.page.locator('[data-region=tour] .next').click();
  await shot('tour', '[data-region=tour]');
  await screen.press('Escape');
});
