// MIDI ports: where a track's notes are sent and what it listens to, by pointer and by keyboard; a missing port is told.
import { beforeAll, expect, test } from 'vitest';
import { startLoophole } from './loophole';
import { SONG } from './song';
import { screen, stage } from './stage';

const route = (name: string, to: string) =>
  screen.strip(name).getByRole('button', { name: `Output and sends of ${name}: ${to}`, exact: true });

const SENT = { set_track: { id: 200, midi_output: { port: 'Prophet', channel: 2 } } };
stage(() => startLoophole([...SONG, SENT]));
beforeAll(async () => {
  await screen.devicesRun();
});

/** Goes down an open menu until an entry has the focus. */
async function arrowTo(role: 'menuitem' | 'menuitemradio', name: string): Promise<void> {
  const item = screen.page.getByRole(role, { name, exact: true });
  await item.waitFor();
  await screen.until(`${name} has the focus`, async () => {
    if (await item.evaluate((element) => element === document.activeElement)) return true;
    await screen.press('ArrowDown');
    return false;
  });
}

test('notes are sent to a port chosen by pointer, and undone', async () => {
  const { page } = screen;
  await route('Bass', 'Master').click();
  await page.getByRole('menuitemradio', { name: 'Notes to Loopback' }).click();
  await route('Bass', 'Master, and notes to Loopback').waitFor();
  await screen.until('it is an edit', async () =>
    (await screen.undoLabel()).includes('Send notes of Bass to Loopback'),
  );
  await screen.hasNoAccessibilityViolation();
  await screen.press('Control+z');
  await route('Bass', 'Master').waitFor();
});

test('the same by keyboard alone, and the channel', async () => {
  const { page } = screen;
  await route('Bass', 'Master').focus();
  await screen.press('Enter');
  await arrowTo('menuitemradio', 'Notes to Loopback');
  await screen.press('Enter');
  await route('Bass', 'Master, and notes to Loopback').waitFor();
  await route('Bass', 'Master, and notes to Loopback').focus();
  await screen.press('Enter');
  await arrowTo('menuitem', 'Channels as played');
  await screen.press('ArrowRight');
  await arrowTo('menuitemradio', 'Channel 3');
  await screen.press('Enter');
  await screen.until('the channel is chosen', async () => (await screen.undoLabel()).includes('Send notes of Bass'));
  await route('Bass', 'Master, and notes to Loopback').focus();
  await screen.press('Enter');
  await page.getByRole('menuitem', { name: 'Channel 3', exact: true }).waitFor();
  await screen.press('Escape');
});

test('a missing port is said to be missing, in the strip, its menu and the list of ports', async () => {
  const { page } = screen;
  await route('Pad', 'Master, and notes to Prophet, which is missing').click();
  await page.getByRole('menuitemradio', { name: 'Notes to Prophet (missing)' }).waitFor();
  await screen.press('Escape');
  await screen.press('Control+,');
  const outputs = page.getByRole('list', { name: 'MIDI outputs' });
  await outputs.getByText('Prophet').waitFor();
  expect(await outputs.getByRole('listitem').allTextContents()).toEqual(['Loopback virtual device', 'Prophet missing']);
  const inputs = page.getByRole('list', { name: 'MIDI inputs' });
  expect(await inputs.getByRole('listitem').allTextContents()).toEqual(['Loopback virtual device']);
  await screen.hasNoAccessibilityViolation();
  await screen.press('Escape');
});

test('an instrument listens to one port alone', async () => {
  const { page } = screen;
  await page.locator('[data-track="100"]').click();
  await page.getByRole('button', { name: 'input of Bass, Every keyboard' }).click();
  await page.getByRole('menuitemradio', { name: 'Loopback' }).click();
  await page.getByRole('button', { name: 'input of Bass, Loopback' }).waitFor();
});
