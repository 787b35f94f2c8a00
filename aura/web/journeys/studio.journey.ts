// What a musician sets once: where the metronome is heard; and what they are warned of: a track that hears itself. Panic at
// hand, and sounds from the desktop on pads and zones.
import { expect, test } from 'vitest';
import { hostCheck, startLoophole } from './loophole';
import { soundFile } from './song';
import { loophole, screen, stage } from './stage';

const SONG: readonly object[] = [
  { set_song: { name: 'Journey' } },
  { add_track: { id: 100, kind: 'TRACK_KIND_INSTRUMENT', name: 'Beat', color: 1 } },
  { add_device: { id: 101, track: 100, name: 'Drums', builtin: 'drums' } },
  hostCheck(102, 100),
  { add_track: { id: 200, kind: 'TRACK_KIND_INSTRUMENT', name: 'Kit', color: 2 } },
  { add_device: { id: 201, track: 200, name: 'Sampler', builtin: 'sampler' } },
  { add_track: { id: 300, kind: 'TRACK_KIND_AUDIO', name: 'Voice', color: 3 } },
];

const select = (track: string) => screen.page.getByRole('group', { name: new RegExp(`^${track},`) }).click();

stage(() => startLoophole(SONG, {}, { tour: 'seen' }, { device: 'virtual:4' }));

test('the metronome goes to outputs of its own, by keys; the command line tells and takes it back', async () => {
  expect(loophole.run('metronome').trim()).toBe("the metronome is heard on the song's outputs");
  await screen.press('Control+k');
  await screen.page.keyboard.type('metronome’s output');
  await screen.press('Enter');
  await screen.page.getByRole('menuitem', { name: /^Metronome heard: With the song/ }).focus();
  await screen.press('ArrowRight');
  const pair = screen.page.getByRole('menuitemradio', { name: 'Outputs 3 and 4' });
  await pair.waitFor();
  await screen.hasNoAccessibilityViolation();
  await pair.focus();
  await screen.press('Enter');
  await screen.page.getByRole('menuitem', { name: /^Metronome heard: Outputs 3 and 4/ }).waitFor();
  await screen.press('Escape', 'Escape');
  expect(loophole.run('metronome').trim()).toBe('the metronome is heard on outputs 3 and 4');
  await screen.press('k');
  await screen.button('Metronome, on outputs 3 and 4').waitFor();
  loophole.run('metronome', 'none');
  await screen.button('Metronome, heard nowhere').waitFor();
  loophole.run('metronome', '5-6');
  await screen.button('Metronome, on outputs 5 and 6: silent, this device has 4').waitFor();
  loophole.run('metronome', 'main');
  await screen.button('Metronome').waitFor();
});

test('panic is at hand', async () => {
  const panic = screen.button('Panic: all notes off');
  expect(await panic.getAttribute('title')).toContain('Ctrl .');
  await panic.click();
  await screen.page.getByText('All notes are off.').waitFor();
});

test('a track that would hear itself is warned of where it is monitored and armed', async () => {
  await select('Voice');
  const input = screen.page.getByRole('button', { name: /input of Voice/ });
  await input.click();
  await screen.page.getByText(/^May feed back: the device hears what it plays\./).waitFor();
  await screen.hasNoAccessibilityViolation();
  await screen.page.getByRole('menuitemradio', { name: /^Monitor always/ }).click();
  await screen.page.getByRole('alert').filter({ hasText: '“Voice”: May feed back' }).waitFor();
  await select('Beat');
  await screen.page.getByRole('button', { name: /input of Voice.*May feed back/ }).waitFor();
  await screen.hasNoAccessibilityViolation();
  // Inputs 3 and 4 hear no song.
  await screen.page.getByRole('button', { name: /input of Voice/ }).click();
  await screen.page.getByRole('menuitemradio', { name: 'Inputs 3 and 4' }).click();
  await screen.page.getByRole('button', { name: /May feed back/ }).waitFor({ state: 'detached' });
});

/** Drops a file of the operating system on an element. */
async function dropOn(selector: string, name: string, bytes: Uint8Array): Promise<void> {
  await screen.page
    .locator(selector)
    .first()
    .evaluate(
      (element, { data, name }) => {
        const dataTransfer = new DataTransfer();
        dataTransfer.items.add(new File([new Uint8Array(data)], name));
        const at = { dataTransfer, bubbles: true, cancelable: true };
        element.dispatchEvent(new DragEvent('dragover', at));
        element.dispatchEvent(new DragEvent('drop', at));
      },
      { data: [...bytes], name },
    );
}

test('a file from the desktop is dropped on a pad, and one that is no sound says so', async () => {
  await select('Beat');
  await screen.page
    .getByRole('radio', { name: 'Pad 3, Clap' })
    .or(screen.page.locator('[data-pad="2"]'))
    .first()
    .waitFor();
  await dropOn('[data-pad="2"]', 'Thump.wav', soundFile());
  const pad = screen.page.getByRole('radio', { name: 'Pad 3, Thump' });
  await pad.waitFor();
  expect(await pad.getAttribute('aria-checked')).toBe('true');
  await dropOn('[data-pad="3"]', 'Letter.wav', new TextEncoder().encode('dear musician'));
  await screen.page.getByRole('alert').filter({ hasNotText: 'feed back' }).waitFor();
  expect(await screen.page.getByRole('radio', { name: /Letter/ }).count()).toBe(0);
  await screen.press('Control+z');
  await pad.waitFor({ state: 'detached' });
});

test('a file from the desktop is dropped on a zone of a sampler, and on its list of sounds', async () => {
  await select('Kit');
  await screen.page.getByRole('radio', { name: 'Zone 2, empty' }).waitFor();
  await dropOn('.map button:nth-child(2)', 'Bell.wav', soundFile());
  await screen.page.getByRole('radio', { name: /^Zone 2, (?!empty)/ }).waitFor();
  await screen.page.getByRole('radio', { name: 'Zone 1, empty' }).click();
  await dropOn('.sampler label', 'Drop.wav', soundFile());
  await screen.page.getByRole('radio', { name: /^Zone 1, (?!empty)/ }).waitFor();
});
