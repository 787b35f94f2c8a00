// With the pointer: open, play, mix, edit, undo, reload.
import { expect, test } from 'vitest';
import { startLoophole } from './loophole';
import { Screen } from './screen';
import { SONG, soundFile } from './song';
import { browser, loophole, screen, stage } from './stage';

stage(() => startLoophole(SONG, { 'Loop.wav': soundFile() }));

test('the page shows the song, keeps its token to itself, and is accessible', async () => {
  expect(screen.page.url()).not.toContain('#');
  for (const name of ['Bass', 'Pad', 'Room', 'Master']) await screen.strip(name).waitFor();
  await screen.devicesRun();
  await screen.isNotBlank();
  await screen.hasNoAccessibilityViolation();
});

test('play makes the playhead and the meters move, stop stops them', async () => {
  await screen.button('Play').click();
  await screen.sounds();
  await screen.until('the bass sounds', async () => (await screen.meter('Bass')) > 0.1);
  await screen.button('Stop').click();
  await screen.until('the meters fall', async () => (await screen.meter('Master')) < 0.05);
  const standing = await screen.playhead();
  await screen.page.waitForTimeout(200);
  expect(await screen.playhead()).toBe(standing);
});

test('dragging a fader is heard at once, becomes one edit, and is undone', async () => {
  await screen.button('Play').click();
  await screen.sounds();
  const fader = screen.slider('Master fader');
  const before = await fader.getAttribute('aria-valuetext');
  const box = await fader.boundingBox();
  if (!box) throw new Error('no fader');
  const x = box.x + box.width / 2;
  await screen.page.mouse.move(x, box.y + box.height * 0.2);
  await screen.page.mouse.down();
  await screen.page.mouse.move(x, box.y + box.height * 1.5, { steps: 12 });
  // The button is still down: what is heard is the gesture.
  await screen.until('the master is silent', async () => (await screen.meter('Master')) < 0.05);
  expect(await fader.getAttribute('aria-valuetext')).toBe('silent');
  await screen.page.mouse.up();
  await screen.until('the edit is acknowledged', async () => (await screen.undoLabel()) !== 'nothing');
  await screen.button(/^Undo/).click();
  await screen.until('the fader is back', async () => (await fader.getAttribute('aria-valuetext')) === before);
  await screen.sounds();
  await screen.button('Stop').click();
});

test('a fader drag that is broken off changes nothing', async () => {
  const fader = screen.slider('Bass fader');
  const before = await fader.getAttribute('aria-valuetext');
  const label = await screen.undoLabel();
  const box = await fader.boundingBox();
  if (!box) throw new Error('no fader');
  await screen.page.mouse.move(box.x + 11, box.y + 60);
  await screen.page.mouse.down();
  await screen.page.mouse.move(box.x + 11, box.y + 160, { steps: 4 });
  expect(await fader.getAttribute('aria-valuetext')).not.toBe(before);
  await screen.press('Escape');
  await screen.page.mouse.up();
  expect(await fader.getAttribute('aria-valuetext')).toBe(before);
  expect(await screen.undoLabel()).toBe(label);
});

test('a clip is split under the pointer, moved, deleted, and everything undone', async () => {
  const canvas = screen.page.getByTestId('clips');
  const box = await canvas.boundingBox();
  if (!box) throw new Error('no clips');
  const y = box.y + 30;
  await screen.page.mouse.click(box.x + 200, y);
  expect(await screen.clipCount('Line')).toBe(1);
  await screen.page.mouse.move(box.x + 300, y);
  await screen.press('s');
  await screen.until('there are two', async () => (await screen.clipCount('Line')) === 2);

  const right = screen.clips('Line').last();
  const spoken = await right.textContent();
  await screen.page.mouse.move(box.x + 400, y);
  await screen.page.mouse.down();
  await screen.page.mouse.move(box.x + 500, y, { steps: 8 });
  await screen.page.mouse.up();
  await screen.until('it has moved', async () => (await right.textContent()) !== spoken);

  await screen.press('Delete');
  await screen.until('there is one', async () => (await screen.clipCount('Line')) === 1);
  for (const expected of [2, 2, 1]) {
    await screen.button(/^Undo/).click();
    await screen.until(`there are ${expected}`, async () => (await screen.clipCount('Line')) === expected);
  }
});

test('a track is added, named, muted and removed', async () => {
  await screen.button('Track').click();
  await screen.page.getByRole('menuitem', { name: 'Audio track' }).click();
  await screen.page.getByRole('textbox', { name: 'Name of the track' }).fill('Vocal');
  await screen.press('Enter');
  const strip = screen.strip('Vocal');
  await strip.waitFor();
  await strip.getByRole('button', { name: 'Mute Vocal' }).click();
  await screen.until(
    'it is muted',
    async () => (await strip.getByRole('button', { name: 'Mute Vocal' }).getAttribute('aria-pressed')) === 'true',
  );
  await screen.press('Control+Delete');
  await strip.waitFor({ state: 'detached' });
});

test('turning a knob of a plugin changes what it says', async () => {
  await screen.strip('Pad').click({ position: { x: 30, y: 40 } });
  const knob = screen.slider('Threshold');
  await knob.waitFor();
  await knob.scrollIntoViewIfNeeded();
  const before = await knob.getAttribute('aria-valuetext');
  const box = await knob.boundingBox();
  if (!box) throw new Error('no knob');
  await screen.page.mouse.move(box.x + 15, box.y + 15);
  await screen.page.mouse.down();
  await screen.page.mouse.move(box.x + 15, box.y + 75, { steps: 6 });
  await screen.page.mouse.up();
  await screen.until('its text is another', async () => (await knob.getAttribute('aria-valuetext')) !== before);
  await screen.press('Control+z');
  await screen.until('it is back', async () => (await knob.getAttribute('aria-valuetext')) === before);
});

test('a reload keeps song, undo and the way in', async () => {
  await screen.button('Mute Bass').first().click();
  await screen.until(
    'it is muted',
    async () => (await screen.button('Mute Bass').first().getAttribute('aria-pressed')) === 'true',
  );
  await screen.until('undo would unmute it', async () => /mute/i.test(await screen.undoLabel()));
  const label = await screen.undoLabel();
  await screen.page.reload();
  await screen.songIsThere();
  expect(await screen.button('Mute Bass').first().getAttribute('aria-pressed')).toBe('true');
  await screen.until('undo is kept', async () => (await screen.undoLabel()) === label);
  await screen.button(/^Undo/).click();
  await screen.until(
    'it is unmuted',
    async () => (await screen.button('Mute Bass').first().getAttribute('aria-pressed')) === 'false',
  );
});

test('a page without the token is not let in', async () => {
  const stranger = await browser.newContext();
  const page = await stranger.newPage();
  await page.goto(new URL(loophole.url).origin);
  await page.getByRole('heading', { name: 'This page is not let in' }).waitFor();
  await stranger.close();
});

test('at the size of a tablet everything is there and accessible', async () => {
  const tablet = await Screen.open(browser, loophole.url, { width: 1024, height: 768 });
  await tablet.isNotBlank();
  await tablet.hasNoAccessibilityViolation();
  const overflow = await tablet.page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  expect(overflow).toBe(0);
  expect(tablet.troubles).toEqual([]);
  await tablet.page.context().close();
});
