// The guided tour: it comes by itself the first time, goes with Esc, stays away, and comes back when asked for.
import { expect, test } from 'vitest';
import { startLoophole } from './loophole';
import { SONG, soundFile } from './song';
import { screen, stage } from './stage';

stage(() => startLoophole(SONG, { 'Loop.wav': soundFile() }, {}));

const card = () => screen.page.locator('[data-region=tour]');
const next = () => screen.press('Enter');

test('the first page ever shows the tour, by keyboard, and sees what one tries', async () => {
  await card().getByRole('heading', { name: 'Welcome to Loophole' }).waitFor();
  await screen.hasNoAccessibilityViolation();
  await card().locator('.next').focus();
  await next();
  await card().getByRole('heading', { name: 'Play' }).waitFor();
  await screen.press('Space');
  await card().getByText('Done.').waitFor();
  await screen.press('Space');
  for (let i = 0; i < 6; i++) await next();
  await card().getByRole('heading', { name: 'Everything has a key' }).waitFor();
  await next();
  await card().waitFor({ state: 'detached' });
});

test('seen once, it stays away on every page until it is asked for, and Esc ends it', async () => {
  await screen.page.reload();
  await screen.songIsThere();
  expect(await card().count()).toBe(0);
  await screen.press('Control+k');
  await screen.page.keyboard.type('Guided tour');
  await screen.press('Enter');
  await card().getByRole('heading', { name: 'Welcome to Loophole' }).waitFor();
  await screen.press('Escape');
  await card().waitFor({ state: 'detached' });
});
