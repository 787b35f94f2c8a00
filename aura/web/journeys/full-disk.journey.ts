// A disk that fills up while a take is recorded: the page says what is kept and what is refused, plays on, and goes on by
// itself when there is room.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { hostCheck, startLoophole } from './loophole';
import { SmallDisk } from './small-disk';
import { BAR } from './song';
import { loophole, screen, stage } from './stage';

const SONG: readonly object[] = [
  { set_song: { name: 'Journey' } },
  { add_track: { id: 100, kind: 'TRACK_KIND_INSTRUMENT', name: 'Bass', color: 1 } },
  { add_device: { id: 101, track: 100, name: 'Tide', builtin: 'tide' } },
  hostCheck(102, 100),
  {
    add_note_clip: {
      id: 110,
      track: 100,
      start: 0,
      length: 64 * BAR,
      name: 'Line',
      notes: [{ start: 0, length: 64 * BAR, pitch: 40, velocity: 0.9 }],
    },
  },
  { add_track: { id: 300, kind: 'TRACK_KIND_AUDIO', name: 'Voice', color: 3 } },
  { set_track: { id: 300, armed: true, monitor: 'MONITOR_OFF' } },
];
const ONE_MIB = 1 << 20;

let disk: SmallDisk;

beforeAll(async () => {
  disk = await SmallDisk.make(16 * ONE_MIB);
});
afterAll(async () => {
  disk?.end();
});
stage(() => startLoophole(SONG, {}, { tour: 'seen' }, { folder: disk.folder }));

const alert = (text: string) => screen.page.getByRole('alert').filter({ hasText: text });
const mute = () => screen.button('Mute Bass').first();

test('a take that finds no room ends, is kept, and the song plays on', async () => {
  disk.fill(ONE_MIB);
  await screen.press('r');
  const told = alert('“Voice” is recorded no further: the disk is full');
  await told.waitFor();
  expect(await told.textContent()).toContain('What was recorded is kept');
  const record = screen.button(/^Record/).first();
  await screen.until('it does not record', async () => (await record.getAttribute('aria-pressed')) === 'false');
  await screen.sounds();
  expect(await screen.page.getByText('Recorded.', { exact: true }).count()).toBe(0);
  await screen.hasNoAccessibilityViolation();
});

test('an edit that finds no room is refused with the reason, and the page goes back to what is', async () => {
  disk.fill(0);
  const refused = alert("nothing was changed, for the song can't be written: the disk is full");
  // What is left of the journal's last page still takes some.
  await screen.until('one is refused', async () => {
    await mute().click();
    await screen.page.waitForTimeout(200);
    return (await refused.count()) > 0;
  });
  const before = await mute().getAttribute('aria-pressed');
  await screen.page.waitForTimeout(500);
  expect(await mute().getAttribute('aria-pressed')).toBe(before);
  await screen.sounds();
});

test('with room again the take is a clip, and edits are taken, without a restart', async () => {
  disk.makeRoom();
  await screen.until('the take is a clip', async () => {
    await screen.page.getByTestId('clip-grid').focus();
    return (await screen.clips('Voice').count()) === 1;
  });
  const before = await mute().getAttribute('aria-pressed');
  await mute().click();
  await screen.until('it is edited', async () => (await mute().getAttribute('aria-pressed')) !== before);
  await screen.until('undo would take it back', async () => /mute/i.test(await screen.undoLabel()));
  expect(loophole.output()).not.toContain('starting it again');
});
