// The EQ by its curve, a band by its switch, and what the compressor takes away.
import { beforeAll, expect, test } from 'vitest';
import { hostCheck, startLoophole } from './loophole';
import { BAR } from './song';
import { screen, stage } from './stage';

const SONG: readonly object[] = [
  { set_song: { name: 'Effects' } },
  { add_track: { id: 100, kind: 'TRACK_KIND_INSTRUMENT', name: 'Bass', color: 1 } },
  { add_device: { id: 101, track: 100, name: 'Tide', builtin: 'tide' } },
  { add_device: { id: 102, track: 100, name: 'EQ', builtin: 'eq' } },
  { add_device: { id: 103, track: 100, name: 'Compressor', builtin: 'compressor' } },
  { set_parameter: { device: 103, parameter: 1, value: -50 } },
  hostCheck(104, 100),
  {
    add_note_clip: {
      id: 110,
      track: 100,
      start: 0,
      length: 8 * BAR,
      name: 'Line',
      notes: [{ start: 0, length: 8 * BAR, pitch: 40, velocity: 0.9 }],
    },
  },
];

const card = (name: string) => screen.page.getByRole('article', { name });
const bell = () => card('EQ').getByRole('group', { name: 'Bell 1', exact: true });
const value = async (name: string) => Number(await bell().getByRole('slider', { name }).getAttribute('aria-valuenow'));

stage(() => startLoophole(SONG));
beforeAll(async () => {
  await screen.strip('Bass').click({ position: { x: 20, y: 90 } });
  await bell().waitFor();
});

/** Where a frequency and a gain lie on the page: 20 Hz to 20 kHz, 24 to -24 dB. */
async function place(hertz: number, db: number): Promise<{ x: number; y: number }> {
  const curve = card('EQ').locator('.eq svg');
  await curve.scrollIntoViewIfNeeded();
  const box = await curve.boundingBox();
  if (!box) throw new Error('no curve');
  return { x: box.x + (Math.log10(hertz / 20) / 3) * box.width, y: box.y + ((24 - db) / 48) * box.height };
}

test('a point of the curve is dragged in one edit, switched off, and all is undone', async () => {
  const from = await place(250, 0);
  const to = await place(1000, -12);
  await screen.page.mouse.move(from.x, from.y);
  await screen.page.mouse.down();
  await screen.page.mouse.move((from.x + to.x) / 2, (from.y + to.y) / 2);
  await screen.page.mouse.move(to.x, to.y);
  await screen.page.mouse.up();
  await screen.until('the edit has its name', async () => (await screen.undoLabel()).includes('Move Bell 1 of EQ'));
  expect(await value('Frequency')).toBeGreaterThan(950);
  expect(await value('Frequency')).toBeLessThan(1050);
  expect(await value('Gain')).toBeCloseTo(-12, 0);

  await screen.page.mouse.dblclick(to.x, to.y);
  const on = bell().getByRole('switch', { name: 'On' });
  await screen.until('the band is off', async () => (await on.getAttribute('aria-checked')) === 'false');
  await screen.press('Control+z');
  await screen.until('it is on', async () => (await on.getAttribute('aria-checked')) === 'true');
  await screen.press('Control+z');
  await screen.until(
    'it is where it was',
    async () => (await value('Frequency')) === 250 && (await value('Gain')) === 0,
  );
});

test('a band is switched by keyboard', async () => {
  const on = bell().getByRole('switch', { name: 'On' });
  await on.focus();
  await screen.press('Enter');
  await screen.until('the band is off', async () => (await on.getAttribute('aria-checked')) === 'false');
  await screen.press('Enter');
  await screen.until('the band is on', async () => (await on.getAttribute('aria-checked')) === 'true');
  await screen.hasNoAccessibilityViolation();
});

test('the compressor shows what it takes away', async () => {
  const figure = card('Compressor').locator('.reduction b');
  expect(await figure.textContent()).toBe('0.0');
  await screen.press('Control+Home');
  await screen.button('Play').click();
  await screen.until('it takes away', async () => Number(await figure.textContent()) < -3);
});
