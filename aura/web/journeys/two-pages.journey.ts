// Two pages on one song, as on two screens: each sees what the other does, keeps its own selection and its own undo, and is
// told when the other went on from what it would take back.
import { afterEach, beforeAll, expect, test } from 'vitest';
import { startLoophole } from './loophole';
import { Screen } from './screen';
import { SONG } from './song';
import { browser, loophole, screen as left, stage } from './stage';

let right: Screen;

stage(() => startLoophole(SONG));
beforeAll(async () => {
  // Two contexts share nothing: neither storage nor a connection.
  right = await Screen.open(browser, loophole.url);
});
afterEach(() => expect(right.troubles).toEqual([]));

const toggle = (screen: Screen, name: string) => screen.button(name).first();
const pressed = async (screen: Screen, name: string) =>
  (await toggle(screen, name).getAttribute('aria-pressed')) === 'true';
/** Waits until both show it so. */
const onBoth = async (name: string, is: boolean) => {
  for (const screen of [left, right])
    await screen.until(`${name} is ${is}`, async () => (await pressed(screen, name)) === is);
};
const selected = (screen: Screen) => screen.page.locator('[role=gridcell][aria-selected=true]').allTextContents();
const undo = (screen: Screen) => screen.press('Control+z');
const undoWouldBe = (screen: Screen, label: RegExp) =>
  screen.until(`undo is ${label}`, async () => label.test(await screen.undoLabel()));

test('what one page does the other shows, and each transport is the same', async () => {
  await toggle(left, 'Mute Bass').click();
  await onBoth('Mute Bass', true);
  await toggle(right, 'Solo Pad').click();
  await onBoth('Solo Pad', true);
  await left.button('Play').click();
  await right.sounds();
  await right.button('Stop').click();
  await left.until('it stands', async () => (await left.meter('Master')) < 0.05);
  expect(await left.playhead()).toBe(await right.playhead());
});

test('each takes back its own last edit, whatever the other did meanwhile', async () => {
  await undoWouldBe(left, /mute/i);
  await undoWouldBe(right, /solo/i);
  await undo(left);
  await onBoth('Mute Bass', false);
  expect(await pressed(left, 'Solo Pad')).toBe(true);
  await undo(right);
  await onBoth('Solo Pad', false);
  await left.press('Control+Shift+z');
  await onBoth('Mute Bass', true);
  await undo(left);
  await onBoth('Mute Bass', false);
  await undoWouldBe(left, /nothing/);
});

test('each has its own selection, and an edit of one leaves the other’s alone', async () => {
  await left.page.getByTestId('clip-grid').focus();
  await left.press('Home');
  await left.press('ArrowRight');
  await left.until('it selected a clip', async () => (await selected(left)).length === 1);
  expect(await selected(right)).toEqual([]);
  await right.page.getByTestId('clip-grid').focus();
  await right.press('Control+a');
  await right.until('it selected all', async () => (await selected(right)).length === 2);
  const before = await selected(right);
  expect((await selected(left)).length).toBe(1);
  await left.press('Control+d');
  const [first = ''] = await selected(left);
  await right.until('there is one more clip', async () => (await right.page.locator('[role=gridcell]').count()) === 3);
  expect(first).not.toBe('');
  expect(await selected(right)).toEqual(before);
  await undo(left);
  await right.until('it is gone', async () => (await right.page.locator('[role=gridcell]').count()) === 2);
  expect(await selected(right)).toEqual(before);
});

test('undo is refused, with the reason, where the other went on, and works when that is taken back', async () => {
  await toggle(left, 'Mute Bass').click();
  await onBoth('Mute Bass', true);
  await toggle(right, 'Solo Bass').click();
  await onBoth('Solo Bass', true);
  await undo(left);
  const refusal = left.page.getByRole('alert').filter({ hasText: 'has been changed since, by another page' });
  await refusal.waitFor();
  expect(await refusal.textContent()).toMatch(/Bass.*solo/i);
  expect(await right.page.getByRole('alert').count()).toBe(0);
  await onBoth('Mute Bass', true);
  await onBoth('Solo Bass', true);
  await undo(right);
  await onBoth('Solo Bass', false);
  await undo(left);
  await onBoth('Mute Bass', false);
});

test('a page that comes back has its own undo still, and catches up with the other', async () => {
  await toggle(left, 'Mute Pad').click();
  await onBoth('Mute Pad', true);
  await toggle(right, 'Mute Room').click();
  await onBoth('Mute Room', true);
  await left.page.reload();
  await left.songIsThere();
  await onBoth('Mute Room', true);
  await undoWouldBe(left, /mute.*pad/i);
  await undo(left);
  await onBoth('Mute Pad', false);
  await undo(right);
  await onBoth('Mute Room', false);
});
