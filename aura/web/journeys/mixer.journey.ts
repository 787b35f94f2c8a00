// The mixer's strips: inserts, routes and switches, by keyboard and by pointer.
import { beforeAll, test } from 'vitest';
import { startLoophole } from './loophole';
import { SONG } from './song';
import { screen, stage } from './stage';

stage(() => startLoophole(SONG));
beforeAll(async () => {
  await screen.devicesRun();
});

test('an insert is moved, bypassed and taken out from the keyboard, and undone', async () => {
  await screen.strip('Pad').locator('.chain .name', { hasText: 'ZamComp' }).focus();
  await screen.press('Alt+ArrowUp');
  await screen.until('it is first', async () => (await screen.inserts('Pad'))[0] === 'ZamComp');
  await screen.press('Control+z');
  await screen.until('it is back', async () => (await screen.inserts('Pad'))[0] === 'Tide');
  await screen.strip('Pad').locator('.chain .name', { hasText: 'ZamComp' }).focus();
  await screen.press('b');
  await screen.strip('Pad').getByRole('button', { name: 'ZamComp, bypassed' }).waitFor();
  await screen.press('Delete');
  await screen.until('it is out', async () => (await screen.inserts('Pad')).length === 1);
  await screen.press('Control+z', 'Control+z');
  await screen.until('it is in', async () => (await screen.inserts('Pad')).join() === 'Tide,ZamComp');
});

test('a device is added at a place of the chain by its name', async () => {
  await screen.strip('Bass').getByRole('button', { name: 'Add a device to Bass' }).click();
  await screen.page.keyboard.type('trim');
  await screen.press('Enter');
  await screen.until('it is there', async () => (await screen.inserts('Bass')).join() === 'Tide,Trim');
  await screen.hasNoAccessibilityViolation();
});

test('an insert is dragged to another strip', async () => {
  const from = screen.strip('Bass').locator('.chain .name', { hasText: 'Trim' });
  await from.dragTo(screen.strip('Pad').locator('.chain .name', { hasText: 'ZamComp' }));
  await screen.until('it is there', async () => (await screen.inserts('Pad')).join() === 'Tide,Trim,ZamComp');
});

test('a send is added, phase turned, and solo made safe', async () => {
  await screen.strip('Bass').getByRole('button', { name: 'Output and sends of Bass' }).click();
  await screen.page.getByRole('menuitem', { name: 'Send to Room' }).click();
  await screen.strip('Bass').getByText('→ Room').waitFor();
  const level = screen.strip('Bass').getByRole('slider', { name: 'Bass send to Room' });
  const spoken = async () => (await level.getAttribute('aria-valuetext')) ?? '';
  const before = await spoken();
  await level.focus();
  await screen.press('ArrowDown', 'ArrowDown');
  await screen.until('it is softer', async () => (await spoken()) !== before);
  await screen.press('Control+z');
  await screen.until('it is as loud as before', async () => (await spoken()) === before);
  const phase = screen.strip('Bass').getByRole('button', { name: 'Invert the phase of Bass' });
  await phase.click();
  await screen.until('it is turned', async () => (await phase.getAttribute('aria-pressed')) === 'true');
  await screen
    .strip('Bass')
    .getByRole('button', { name: 'Solo Bass', exact: true })
    .click({ modifiers: ['Control'] });
  await screen.strip('Bass').getByRole('button', { name: 'Solo Bass, safe' }).waitFor();
});

test('the highest peak stays and is cleared', async () => {
  await screen.press('Escape');
  await screen.button('Play').click();
  await screen.sounds();
  await screen.button('Stop').click();
  const peak = screen.strip('Bass').getByRole('button', { name: /^Peak of Bass/ });
  await screen.until('there is a peak', async () => ((await peak.textContent()) ?? '') !== '−');
  await screen.until('the meter has fallen', async () => (await screen.meter('Bass')) < 0.001);
  await peak.click();
  await screen.until('it is cleared', async () => ((await peak.textContent()) ?? '') === '−');
});
