// From an empty song: a bass line drawn, clips trimmed, split, joined, copied; with the pointer, then by keyboard alone; and
// two pages on one song.
import { expect, test } from 'vitest';
import { startLoophole } from './loophole';
import { boxOf, Screen } from './screen';
import { soundFile } from './song';
import { browser, loophole, screen, stage } from './stage';

const EMPTY = [{ set_song: { name: 'Journey' } }];
const cursorText = async (on: Screen) => (await on.page.locator('#note-cursor').textContent())?.trim() ?? '';

stage(() => startLoophole(EMPTY, { 'Loop.wav': soundFile() }), { width: 1280, height: 800 });

test('with the pointer: a track, a clip, notes drawn, moved, louder, and each undone by one step', async () => {
  await screen.button('Track').click();
  await screen.page.getByRole('menuitem', { name: 'Instrument track' }).click();
  await screen.page.getByRole('textbox', { name: 'Name of the track' }).fill('Bass');
  await screen.press('Enter');
  const header = screen.page.locator('[data-track]', { hasText: 'Bass' });
  const row = await boxOf(header);
  const clips = await boxOf(screen.page.getByTestId('clips'));
  await screen.page.mouse.dblclick(clips.x + 20, row.y + row.height / 2);
  await screen.page.getByTestId('notes').waitFor();
  const roll = await boxOf(screen.page.getByTestId('notes'));
  const at = (part: number, y: number): [number, number] => [roll.x + roll.width * part, roll.y + y];
  for (const part of [0.06, 0.3, 0.55]) await screen.page.mouse.dblclick(...at(part, 60));
  await screen.until('there are three notes', async () => (await screen.notes().count()) === 3);
  const before = await screen.noteTexts();
  expect(before[0]).toContain('bar 1 beat 1');

  await screen.drag(at(0.045, 60), at(0.045, 60 - 26));
  await screen.until('the first is higher', async () => (await screen.noteTexts())[0] !== before[0]);
  await screen.until('it is an edit', async () => (await screen.undoLabel()) === 'Move note');
  await screen.press('Control+a', 'Shift+ArrowDown');
  await screen.until('all are transposed', async () => (await screen.undoLabel()) === 'Transpose 3 notes');
  await screen.press('Control+z');
  await screen.until('as one step', async () => (await screen.undoLabel()) === 'Move note');

  const lane = await boxOf(screen.page.getByTestId('velocities'));
  await screen.drag([lane.x + 1, lane.y + 8], [lane.x + lane.width, lane.y + lane.height - 6]);
  await screen.until('velocities fall', async () => /velocity/.test(await screen.undoLabel()));
  await screen.isNotBlank();
  await screen.hasNoAccessibilityViolation();
});

test('with the pointer: trim both edges, copy with Ctrl, split, join, loop, fade', async () => {
  const clips = await boxOf(screen.page.getByTestId('clips'));
  const header = await boxOf(screen.page.locator('[data-track]', { hasText: 'Loop' }).first());
  const y = header.y + header.height / 2;
  const cell = screen.page.locator('[role=gridcell]', { hasText: 'Loop' });
  await screen.page.mouse.click(clips.x + 30, y);
  await screen.press('z');
  await screen.until('it fills the view', async () => (await cell.count()) === 1);
  const spoken = async () => (await cell.first().textContent()) ?? '';
  const whole = await spoken();

  await screen.drag([clips.x + 2, y], [clips.x + clips.width * 0.26, y]);
  await screen.until('it starts later', async () => (await spoken()) !== whole);
  const trimmed = await spoken();
  await screen.until('it is an edit', async () => /^Trim/.test(await screen.undoLabel()));
  await screen.press('Control+z');
  await screen.until('it is whole again', async () => (await spoken()) === whole);
  await screen.press('Control+Shift+Z');
  await screen.until('it is trimmed again', async () => (await spoken()) === trimmed);

  await screen.page.mouse.move(clips.x + clips.width * 0.6, y);
  await screen.press('s');
  await screen.until('there are two', async () => (await cell.count()) === 2);
  await screen.press('Control+a', 'Control+j');
  await screen.until('there is one', async () => (await cell.count()) === 1);
  await screen.press('Control+d');
  await screen.until('there are two again', async () => (await cell.count()) === 2);
  await screen.press('Control+z');
  await screen.until('one', async () => (await cell.count()) === 1);

  await screen.page.mouse.click(clips.x + clips.width * 0.5, y);
  await screen.press('F2');
  const field = screen.page.getByRole('textbox', { name: 'Fade in', exact: true });
  await field.fill('1/4');
  await screen.press('Enter');
  await screen.until('it fades', async () => /^Fade/.test(await screen.undoLabel()));
  const gain = screen.page.getByRole('textbox', { name: 'Gain', exact: true });
  await gain.fill('-6');
  await screen.press('Enter');
  await screen.until('it is softer', async () => /^Set gain/.test(await screen.undoLabel()));
  expect(await gain.inputValue()).toBe('-6.0 dB');
  await screen.hasNoAccessibilityViolation();
});

test('by keyboard alone: a beat drawn, changed, quantised, copied and undone', async () => {
  await screen.press('Control+Shift+I');
  await screen.page.getByRole('textbox', { name: 'Name of the track' }).waitFor();
  await screen.press('Control+a');
  await screen.page.keyboard.type('Beat');
  await screen.press('Enter', 'Home', 'Insert');
  await screen.until('a clip is open', async () => (await cursorText(screen)).includes('bar 1 beat 1, empty'));
  await screen.until('the notes have the focus', () =>
    screen.page.evaluate(() => document.activeElement?.id === 'note-grid'),
  );
  await screen.press('Enter', 'Enter', 'Enter', 'Enter');
  await screen.until('there are four notes', async () => (await screen.notes().count()) === 4);
  await screen.press('Control+a', 'ArrowUp');
  await screen.until('they are transposed', async () => (await screen.undoLabel()) === 'Transpose 4 notes');
  await screen.press('Alt+ArrowRight');
  await screen.until('they are later', async () => (await screen.undoLabel()) === 'Move 4 notes');
  await screen.press('Control+ArrowDown');
  await screen.until('they are softer', async () => /velocity/.test(await screen.undoLabel()));
  await screen.press('Control+c', 'Control+d');
  await screen.until('there are eight', async () => (await screen.notes().count()) === 8);
  await screen.press('q');
  await screen.press('Delete');
  await screen.until('there are four again', async () => (await screen.notes().count()) === 4);
  await screen.press('Control+v');
  await screen.until('and eight', async () => (await screen.notes().count()) === 8);
  await screen.press('Control+z', 'Control+z');
  await screen.until('undo brings back what was deleted', async () => (await screen.notes().count()) === 8);
});

test('by keyboard alone: tracks grouped, folded, moved, copied', async () => {
  const headers = screen.page.locator('[data-track]');
  const names = async () =>
    (await headers.locator('b').allTextContents()).map((name) => name.replace(/[▸▾]/, '').trim());
  await screen.press('Control+g');
  await screen.page.getByRole('textbox', { name: 'Name of the track' }).waitFor();
  await screen.press('Control+a');
  await screen.page.keyboard.type('Drums');
  await screen.press('Enter');
  await screen.until('the group stands over its member', async () => /Drums,Beat/.test((await names()).join()));
  await screen.press('Enter');
  await screen.until('it is folded', async () => !(await names()).includes('Beat'));
  await screen.press('Enter');
  await screen.until('it is open', async () => (await names()).includes('Beat'));
  await screen.press('ArrowDown', 'Control+Shift+D');
  await screen.until('there is a copy', async () => (await names()).includes('Beat copy'));
  await screen.press('Control+z');
  await screen.until('there is none', async () => !(await names()).includes('Beat copy'));
});

test('by keyboard alone: a marker is added, named, moved and deleted', async () => {
  const options = async () => (await screen.page.locator('#ruler-items [role=option]').allTextContents()).join('; ');
  await screen.press('Home', '.', '.', 'Shift+M');
  await screen.page.getByRole('dialog', { name: 'Marker' }).waitFor();
  await screen.press('Control+a');
  await screen.page.keyboard.type('Verse');
  await screen.press('Enter');
  await screen.until('it is named', async () => (await options()).includes('Marker Verse, bar 3 beat 1'));
  await screen.press('Alt+ArrowRight');
  await screen.until('it is later', async () => !/Verse, bar 3 beat 1(;|$)/.test(await options()));
  await screen.press('Delete');
  await screen.until('it is gone', async () => !(await options()).includes('Verse'));
  await screen.press('Control+z');
  await screen.until('and back', async () => (await options()).includes('Verse'));
});

test('with the pointer: loop and punch are drawn, a change of tempo is set by typing', async () => {
  const ruler = await boxOf(screen.page.getByTestId('ruler'));
  const from = ruler.x + ruler.width * 0.3;
  const to = ruler.x + ruler.width * 0.6;
  await screen.drag([from, ruler.y + 24], [to, ruler.y + 24]);
  await screen.until(
    'the loop is on',
    async () => (await screen.button('Loop').first().getAttribute('aria-pressed')) === 'true',
  );
  await screen.drag([from, ruler.y + 31], [to, ruler.y + 31]);
  await screen.until('punch is set', async () => (await screen.undoLabel()) === 'Set punch range');
  await screen.page.mouse.dblclick(ruler.x + ruler.width * 0.5, ruler.y + 41);
  const tempo = screen.page.getByRole('textbox', { name: 'Beats a minute' });
  await tempo.fill('90');
  await screen.hasNoAccessibilityViolation();
  await screen.press('Enter');
  await screen.until(
    'it is there',
    async () => (await screen.page.locator('#ruler-items').textContent())?.includes('Tempo 90,') === true,
  );
});

test('two pages stay in step, each with its own selection and its own undo', async () => {
  const other = await Screen.open(browser, loophole.url, { width: 1280, height: 800 });
  await other.press('Control+a');
  const chosen = (on: Screen) => on.page.locator('[data-testid=clip-grid] [aria-selected=true]').count();
  await other.until('it selected clips', async () => (await chosen(other)) > 0);
  expect(await other.undoLabel()).toBe('nothing');
  const mine = await screen.undoLabel();

  await other.button('Mute Bass').first().click();
  await screen.until(
    'this page shows it',
    async () => (await screen.button('Mute Bass').first().getAttribute('aria-pressed')) === 'true',
  );
  expect(await screen.undoLabel()).toBe(mine);
  await other.press('Control+z');
  await screen.until(
    'and its undoing',
    async () => (await screen.button('Mute Bass').first().getAttribute('aria-pressed')) === 'false',
  );
  expect(other.troubles).toEqual([]);
  await other.page.context().close();
});
