// The audio device, chosen on the page by keyboard alone: another rate and block, and the song is still there and plays.
import type { Locator } from 'playwright-core';
import { beforeAll, expect, test } from 'vitest';
import { startLoophole } from './loophole';
import { SONG, soundFile } from './song';
import { screen, stage } from './stage';

stage(() => startLoophole(SONG, { 'Loop.wav': soundFile() }));
beforeAll(async () => {
  await screen.devicesRun();
});

/** The dialog, once it knows the devices. */
async function openDialog(): Promise<Locator> {
  await screen.press('Control+,');
  const dialog = screen.page.getByRole('dialog', { name: 'Audio device' });
  await dialog.waitFor();
  await dialog.locator('option[value="virtual"]').waitFor({ state: 'attached' });
  return dialog;
}

async function useIt(dialog: Locator): Promise<void> {
  await dialog.getByRole('button', { name: 'Use it' }).focus();
  await screen.press('Enter');
  await dialog.waitFor({ state: 'detached' });
}

async function plays(): Promise<void> {
  await screen.press('Space');
  await screen.sounds();
  await screen.press('Space');
}

test('another rate and block are chosen by keys, and the song plays on at them', async () => {
  const { page } = screen;
  const dialog = await openDialog();
  await dialog.getByLabel('Device').focus();
  await page.keyboard.type('Virtual');
  await dialog.getByLabel('Sample rate').focus();
  await page.keyboard.type('44.1');
  await dialog.getByLabel('Block').focus();
  await page.keyboard.type('512');
  await useIt(dialog);
  await page.getByText('44.1 kHz · 512 frames').waitFor();
  await screen.devicesRun();
  await plays();
});

test('a PCM of ALSA is named by hand, and one that is not there is told in words while the song plays on', async () => {
  const { page } = screen;
  const dialog = await openDialog();
  await dialog.getByLabel('Device').focus();
  await page.keyboard.type('Another');
  await dialog.getByLabel('ALSA’s name for it').focus();
  await page.keyboard.type('hw:31');
  await useIt(dialog);
  await screen.press('Control+,');
  await dialog.getByRole('alert').filter({ hasText: 'ALSA has no “hw:31” now' }).waitFor();
  await dialog.locator('option[value="alsa:hw:31"]').waitFor({ state: 'attached' });
  expect(await dialog.getByLabel('Device').inputValue()).toBe('alsa:hw:31');
  await screen.press('Escape');
  await dialog.waitFor({ state: 'detached' });
  await plays();
});
