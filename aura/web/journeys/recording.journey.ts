// Recording, by keyboard alone: arm, record the virtual device's loopback, stop, take it back; notes from the keyboard.
import { expect, test } from 'vitest';
import { hostCheck, startLoophole } from './loophole';
import { BAR } from './song';
import { screen, stage } from './stage';

const SONG: readonly object[] = [
  { set_song: { name: 'Journey' } },
  { set_tempo: { position: 0, bpm: 120 } },
  { add_track: { id: 100, kind: 'TRACK_KIND_INSTRUMENT', name: 'Bass', color: 1 } },
  { add_device: { id: 101, track: 100, name: 'Tide', builtin: 'tide' } },
  hostCheck(102, 100),
  {
    add_note_clip: {
      id: 110,
      track: 100,
      start: 0,
      length: 4 * BAR,
      name: 'Line',
      notes: [{ start: 0, length: 4 * BAR, pitch: 40, velocity: 0.9 }],
    },
  },
  { add_track: { id: 300, kind: 'TRACK_KIND_AUDIO', name: 'Voice', color: 3 } },
  { set_track: { id: 300, monitor: 'MONITOR_OFF' } },
];

const record = () => screen.button(/^Record, /);

/** Waits until every edit is taken back but the first one: the song shows it, and the button for undo says it. */
async function onlyArmed(): Promise<void> {
  await screen.until('no take is left', async () => (await screen.clips('Voice').count()) === 0);
  await screen.until('undo would disarm', async () => (await screen.undoLabel()) === 'Arm Voice');
}

stage(() => startLoophole(SONG));

test('a track is armed, recorded and stopped by keys, and the take is a clip that can be taken back', async () => {
  expect(await record().getAttribute('aria-label')).toBe('Record, no track is armed');
  await screen.press('Control+ArrowDown');
  await screen.press('Shift+R');
  await screen.until(
    'it is armed',
    async () => (await screen.button('Arm Voice').first().getAttribute('aria-pressed')) === 'true',
  );
  await screen.press('r');
  const growing = screen.page.getByRole('img', { name: 'Recording on Voice' });
  await growing.waitFor();
  await screen.until('its outline is drawn', async () => (await growing.locator('polygon').count()) > 0);
  await screen.press('Space');
  await screen.until('the take is a clip', async () => (await screen.clips('Voice').count()) === 1);
  await growing.waitFor({ state: 'detached' });
  expect(await record().getAttribute('aria-pressed')).toBe('false');
  await screen.press('Control+z');
  await onlyArmed();
});

test('passes of a loop become takes, and another one is chosen by a key or in the clip panel', async () => {
  await screen.page.getByTestId('clip-grid').focus();
  await screen.press('Home', 'l');
  await screen.until(
    'the loop is on',
    async () => (await screen.button('Loop').getAttribute('aria-pressed')) === 'true',
  );
  await screen.press('r');
  await screen.page.getByRole('img', { name: 'Recording on Voice, pass 2' }).waitFor();
  await screen.until('a beat of it is there', async () => !(await screen.playhead()).startsWith('1.1'));
  await screen.press('Space');
  const header = screen.page.locator('[data-track]', { hasText: 'Voice' }).first();
  await screen.until('there are takes', async () => /\d takes?/.test((await header.textContent()) ?? ''));
  await screen.press('ArrowRight', 'Control+3');
  const takes = screen.page.getByRole('group', { name: 'Takes', exact: true }).getByRole('button');
  await takes.first().waitFor();
  expect(await takes.count()).toBeGreaterThan(1);
  const before = await screen.undoLabel();
  await screen.page.getByTestId('clip-grid').focus();
  await screen.press('t');
  await screen.until('another is heard', async () => (await screen.undoLabel()) !== before);
  await screen.press('Control+z');
  await screen.until('it is as before', async () => (await screen.undoLabel()) === before);
  await takes.locator('xpath=self::*[@aria-pressed="false"]').first().click();
  await screen.until('that one is heard', async () => (await screen.undoLabel()) !== before);
  await screen.hasNoAccessibilityViolation();
  await screen.press('Control+z', 'Control+z', 'Control+z', 'l');
  await onlyArmed();
});

test('the computer keyboard plays notes while it is switched on, and nothing else', async () => {
  await screen.press('Control+ArrowUp');
  await screen.press('Shift+K');
  const keyboard = screen.button(/^Computer keyboard plays notes/);
  expect(await keyboard.getAttribute('aria-pressed')).toBe('true');
  const edits = await screen.undoLabel();
  await screen.page.keyboard.down('a');
  await screen.until('the song rests and the note is heard', async () => (await screen.meter('Bass')) > 0.1);
  await screen.page.keyboard.up('a');
  await screen.until('it ends', async () => (await screen.meter('Bass')) < 0.01);
  // S would split: it is a note now.
  await screen.page.keyboard.down('s');
  await screen.until('that is heard as well', async () => (await screen.meter('Bass')) > 0.1);
  await screen.page.keyboard.up('s');
  expect(await screen.undoLabel()).toBe(edits);
  await screen.press('x');
  expect(await keyboard.getAttribute('aria-label')).toContain('octave 5');
  await screen.press('Shift+K');
  expect(await keyboard.getAttribute('aria-pressed')).toBe('false');
});

test('count-in, pre-roll and punch are in the menu, and no rule of accessibility is broken', async () => {
  await screen.button('How to record').focus();
  await screen.press('Enter');
  await screen.page.getByRole('menuitemradio', { name: '1 bar' }).first().waitFor();
  await screen.press('Escape');
  await screen.hasNoAccessibilityViolation();
});
