// The browser panel: plugins are found and added, sounds heard and brought in; by keyboard, and by dragging.
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, test } from 'vitest';
import { startLoophole } from './loophole';
import { SONG, soundFile } from './song';
import { screen, stage } from './stage';

const insert = (track: string) => screen.page.getByRole('list', { name: `${track} devices and sends` });

stage(async () => {
  const started = await startLoophole(SONG);
  const music = join(started.home, 'Music');
  mkdirSync(join(music, 'Loops'), { recursive: true });
  writeFileSync(join(music, 'Loops/Knock 120.wav'), soundFile());
  copyFileSync(join(music, 'Loops/Knock 120.wav'), join(music, 'Other.wav'));
  return started;
});
beforeAll(() => screen.devicesRun());

test('a plugin is found by a few letters, added, and taken out by undo, all by keyboard', async () => {
  await screen.press('Control+5');
  await screen.page.keyboard.type('trm');
  const option = screen.page.getByRole('option', { name: /^Trim/ });
  await option.waitFor();
  await screen.hasNoAccessibilityViolation();
  await screen.press('Enter');
  await insert('Bass').getByText('Trim').waitFor();
  await screen.press('Control+a');
  await screen.page.keyboard.type('zamdel');
  await screen.page.getByRole('option', { name: /^ZamDelay/ }).waitFor();
  await screen.press('Enter');
  await insert('Bass').getByText('ZamDelay').waitFor();
  await screen.press('Escape', 'Tab', 'Control+z');
  await insert('Bass').getByText('ZamDelay').waitFor({ state: 'detached' });
});

test('a sound is found, heard and imported at the playhead, by keyboard', async () => {
  await screen.press('Control+6');
  await screen.page.keyboard.type('knock');
  await screen.page.getByRole('option', { name: /Knock 120/ }).waitFor();
  await screen.hasNoAccessibilityViolation();
  await screen.press('Alt+ArrowRight');
  const cover = screen.page.locator('[data-region=browser] .cover').first();
  await screen.until('it is heard', async () => {
    const scale = await cover.evaluate((element: HTMLElement) => element.style.transform);
    return 1 - Number(/scaleY\((.*)\)/.exec(scale)?.[1] ?? 1) > 0.1;
  });
  await screen.press('Enter');
  await screen.page.getByText('Knock 120.wav is in the song.').waitFor();
  await screen.until('undo would take it out', async () => (await screen.undoLabel()).includes('Knock 120'));
});

test('a file of the operating system is dropped on the clips and sent', async () => {
  const bytes = [...soundFile()];
  await screen.page.getByTestId('clips').evaluate((canvas, data) => {
    const transfer = new DataTransfer();
    transfer.items.add(new File([new Uint8Array(data)], 'Dropped.wav'));
    const { left, top } = canvas.getBoundingClientRect();
    const at = { dataTransfer: transfer, clientX: left + 40, clientY: top + 30, bubbles: true, cancelable: true };
    canvas.dispatchEvent(new DragEvent('dragover', at));
    canvas.dispatchEvent(new DragEvent('drop', at));
  }, bytes);
  await screen.page.getByText('Dropped.wav is in the song.').waitFor();
  await screen.until('undo would take it out', async () => (await screen.undoLabel()).includes('Dropped'));
});

test('a plugin is dragged onto a track', async () => {
  await screen.browse('Plugins');
  await screen.page.getByRole('combobox', { name: 'Search plugins' }).fill('zamtube');
  const option = screen.page.getByRole('option', { name: /^ZamTube/ });
  await option.dragTo(screen.page.getByTestId('clips'), { targetPosition: { x: 200, y: 20 } });
  await insert('Bass').getByText('ZamTube').waitFor();
});
