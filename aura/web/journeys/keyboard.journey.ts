// The same by keyboard alone: no pointer is touched in this file.
import { beforeAll, expect, test } from 'vitest';
import { startLoophole } from './loophole';
import { SONG, soundFile } from './song';
import { screen, stage } from './stage';

stage(() => startLoophole(SONG, { 'Loop.wav': soundFile() }));
beforeAll(async () => {
  await screen.devicesRun();
});

test('Space plays and stops, Home goes to the start', async () => {
  await screen.press('Space');
  await screen.sounds();
  await screen.press('Space');
  await screen.until('it stands', async () => (await screen.button('Play').getAttribute('aria-pressed')) === 'false');
  await screen.press('Home');
  await screen.until('it is at the start', async () => (await screen.playhead()) === '1.1.000');
  await screen.press('.', '.');
  await screen.until('it is at bar 3', async () => (await screen.playhead()) === '3.1.000');
});

test('F6 goes through the regions and Tab is never trapped', async () => {
  const regions = new Set<string>();
  for (let i = 0; i < 9; i++) {
    await screen.press('F6');
    regions.add(
      await screen.page.evaluate(
        () => document.activeElement?.closest<HTMLElement>('[data-region]')?.dataset['region'] ?? '',
      ),
    );
  }
  expect([...regions].sort()).toEqual(['browser', 'clips', 'devices', 'mixer', 'ruler', 'tracks', 'transport']);
  const seen = new Set<string>();
  for (let i = 0; i < 60; i++) {
    await screen.press('Tab');
    seen.add(await screen.focused());
  }
  expect(seen.size).toBeGreaterThan(30);
});

test('a clip is chosen with arrows, split at the playhead, moved, deleted, and everything undone', async () => {
  await screen.tabTo(/^Clips$/);
  await screen.press('ArrowDown', 'ArrowUp', 'ArrowUp');
  await screen.until(
    'the line is chosen',
    async () => (await screen.clips('Line').getAttribute('aria-selected')) === 'true',
  );
  await screen.press('s');
  await screen.until('there are two', async () => (await screen.clipCount('Line')) === 2);
  const right = screen.clips('Line').last();
  expect(await right.textContent()).toContain('bar 3 beat 1');
  await screen.press('Alt+ArrowRight');
  await screen.until('it has moved', async () => !((await right.textContent()) ?? '').includes('bar 3 beat 1 to'));
  await screen.press('Delete');
  await screen.until('there is one', async () => (await screen.clipCount('Line')) === 1);
  await screen.press('Control+z');
  await screen.until('there are two', async () => (await screen.clipCount('Line')) === 2);
  await screen.press('Control+z', 'Control+z');
  await screen.until('there is one', async () => (await screen.clipCount('Line')) === 1);
  await screen.press('Control+Shift+Z');
  await screen.until('there are two again', async () => (await screen.clipCount('Line')) === 2);
  await screen.press('Control+z');
  await screen.until('there is one', async () => (await screen.clipCount('Line')) === 1);
});

test('a fader is moved with arrows, in decibels, as one edit', async () => {
  await screen.tabTo(/^Bass fader$/);
  const fader = screen.slider('Bass fader');
  expect(await fader.getAttribute('aria-valuetext')).toBe('0.0 dB');
  const label = await screen.undoLabel();
  await screen.press('ArrowDown', 'ArrowDown', 'ArrowDown', 'Shift+ArrowDown');
  expect(await fader.getAttribute('aria-valuetext')).toBe('-3.1 dB');
  await screen.until('it is an edit', async () => (await screen.undoLabel()) !== label);
  await screen.press('Control+z');
  await screen.until('it is back', async () => (await fader.getAttribute('aria-valuetext')) === '0.0 dB');
});

test('a track is added by the palette, named, muted and removed', async () => {
  await screen.press('Control+k');
  await screen.page.getByRole('combobox', { name: 'Actions' }).waitFor();
  await screen.hasNoAccessibilityViolation();
  await screen.page.keyboard.type('add audio');
  await screen.press('Enter');
  await screen.page.getByRole('textbox', { name: 'Name of the track' }).waitFor();
  await screen.press('Control+a');
  await screen.page.keyboard.type('Vocal');
  await screen.press('Enter', 'm');
  const strip = screen.strip('Vocal');
  await screen.until(
    'it is muted',
    async () => (await strip.getByRole('button', { name: 'Mute Vocal' }).getAttribute('aria-pressed')) === 'true',
  );
  await screen.press('Control+Delete');
  await strip.waitFor({ state: 'detached' });
});

test('the help sheet lists the keys and Escape closes it', async () => {
  await screen.press('?');
  await screen.page.getByRole('dialog', { name: 'Keys' }).waitFor();
  await screen.hasNoAccessibilityViolation();
  await screen.press('Escape');
  await screen.page.getByRole('dialog').waitFor({ state: 'detached' });
});

test('a knob of a plugin is turned with arrows, typed into, and undone', async () => {
  for (let i = 0; i < 5; i++) await screen.press('Control+ArrowUp');
  await screen.press('Control+ArrowDown', 'Control+1');
  await screen.tabTo(/^Threshold$/);
  const knob = screen.slider('Threshold').first();
  const before = await knob.getAttribute('aria-valuetext');
  await screen.press('ArrowDown', 'ArrowDown', 'ArrowDown');
  const said = async () => (await knob.getAttribute('aria-valuetext')) ?? '';
  await screen.until('the plugin says another value', async () => (await said()) !== before);
  await screen.until('it is an edit', async () => (await screen.undoLabel()) === 'Set Threshold of ZamComp');
  await screen.page.keyboard.type('-20');
  await screen.press('Enter');
  await screen.until('it has the typed value', async () =>
    /^-20/.test((await knob.getAttribute('aria-valuetext')) ?? ''),
  );
  await screen.press('Control+z', 'Control+z');
  await screen.until('it is back', async () => (await said()) === before);
});

test('the loop is set to a clip, switched off and on', async () => {
  const loop = screen.button('Loop');
  const switched = (on: boolean) =>
    screen.until(
      `the loop is ${on ? 'on' : 'off'}`,
      async () => (await loop.getAttribute('aria-pressed')) === String(on),
    );
  await switched(true);
  await screen.press('l');
  await switched(false);
  await screen.tabTo(/^Clips$/);
  await screen.press('ArrowDown', 'ArrowUp', 'ArrowUp', 'ArrowUp');
  await screen.until(
    'the line is chosen',
    async () => (await screen.clips('Line').getAttribute('aria-selected')) === 'true',
  );
  await screen.press('Home', '.', '.', 's');
  await screen.until('there are two', async () => (await screen.clipCount('Line')) === 2);
  await screen.press('Control+l');
  await switched(true);
  await screen.until('it is an edit', async () => /loop/i.test(await screen.undoLabel()));
  await screen.press('Home', ',', 'Space');
  const bars = await screen.barsWhile(() => screen.page.waitForTimeout(2_500));
  expect(Math.max(...bars)).toBeLessThan(9);
  await screen.press('Space', 'Control+z', 'Control+z', 'Control+z');
  await screen.until('there is one', async () => (await screen.clipCount('Line')) === 1);
  await switched(true);
});

test('every process is killed from the keyboard while the song plays, and it goes on', async () => {
  await screen.press('Home', 'Space');
  await screen.sounds();
  for (const name of ['ZamComp', 'pulse']) {
    let bass = 0;
    const bars = await screen.barsWhile(async () => {
      await screen.tabTo(new RegExp(`^Kill .*${name}`));
      await screen.press('Enter');
      await screen.outcome(name).waitFor();
      bass = await screen.meter('Bass');
    });
    expect(await screen.outcome(name).textContent()).toContain('The song went on');
    expect(new Set(bars).size).toBeGreaterThan(3);
    expect(bass).toBeGreaterThan(0.02);
  }
  await screen.tabTo(/^Kill signal/);
  await screen.press('Enter');
  await screen.outcome('signal').waitFor();
  await screen.sounds();
  await screen.tabTo(/^Kill aura/);
  await screen.press('Enter');
  await screen.page.getByText('Reconnecting', { exact: false }).first().waitFor();
  await screen.page.getByText('Reconnecting', { exact: false }).first().waitFor({ state: 'detached' });
  await screen.sounds();
  expect(await screen.button('Play').getAttribute('aria-pressed')).toBe('true');
  await screen.press('Space');
});

test('a reload keeps the song', async () => {
  await screen.page.reload();
  await screen.songIsThere();
  await screen.until('undo is known', async () => (await screen.undoLabel()) !== 'nothing');
  await screen.press('Space');
  await screen.sounds();
});
