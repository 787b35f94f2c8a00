// The kill buttons, while the song plays: what each death costs, as the page shows and measures it.
import { beforeAll, expect, test } from 'vitest';
import { startLoophole } from './loophole';
import { SONG } from './song';
import { screen, stage } from './stage';

stage(() => startLoophole(SONG));
beforeAll(async () => {
  await screen.devicesRun();
  await screen.button('Play').click();
  await screen.sounds();
});

async function killed(name: string): Promise<string> {
  await screen.kill(name).first().click();
  await screen.outcome(name).first().waitFor();
  return (await screen.outcome(name).first().textContent()) ?? '';
}

test('a killed sandbox: the other tracks sound on, and it comes back', async () => {
  let bass = 0;
  const bars = await screen.barsWhile(async () => {
    expect(await killed('ZamComp')).toContain('The song went on');
    bass = await screen.meter('Bass');
  });
  expect(bass).toBeGreaterThan(0.05);
  expect(new Set(bars).size).toBeGreaterThan(3);
  await screen.until('the pad sounds again', async () => (await screen.meter('Pad')) > 0.1);
});

test('a killed Pulse: the sound goes on, and editing comes back with every edit', async () => {
  await screen.button('Mute Room').first().click();
  await screen.until(
    'it is muted',
    async () => (await screen.button('Mute Room').first().getAttribute('aria-pressed')) === 'true',
  );
  await screen.until('undo would unmute it', async () => /mute/i.test(await screen.undoLabel()));
  const label = await screen.undoLabel();
  expect(await killed('pulse')).toContain('The song went on');
  await screen.sounds();
  await screen.until(`undo is there again: ${label}`, async () => (await screen.undoLabel()) === label);
  await screen.until('Pulse is linked', async () => (await screen.page.getByText('Pulse runs').count()) > 0);
  await screen.button(/^Undo/).click();
  await screen.until(
    'an edit works again',
    async () => (await screen.button('Mute Room').first().getAttribute('aria-pressed')) === 'false',
  );
});

test('a killed Signal: the song plays on by itself', async () => {
  await killed('signal');
  await screen.sounds();
  await screen.devicesRun();
  await screen.until('the pad sounds again', async () => (await screen.meter('Pad')) > 0.1);
});

test('a killed Aura: the page comes back to where it was', async () => {
  await screen.kill('aura').click();
  await screen.page.getByText('Reconnecting', { exact: false }).first().waitFor();
  await screen.page.getByText('Reconnecting', { exact: false }).first().waitFor({ state: 'detached' });
  await screen.sounds();
  expect(await screen.button('Play').getAttribute('aria-pressed')).toBe('true');
});
