// A plugin that crashes while the song plays, where it runs, and another one in its place: what is told, and what can be done
// about it, by pointer and by keys.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Locator } from 'playwright-core';
import { beforeAll, expect, test } from 'vitest';
import { startLoophole, TEST_PLUGINS } from './loophole';
import { BAR } from './song';
import { loophole, screen, stage } from './stage';

const TRIGGER = 4;
const CRASH = 202;
const plugin = (id: number, name: string, pluginId: string) => ({
  add_device: { id, track: 200, name, vendor: 'Tests', clap: { plugin_id: pluginId, bundle: TEST_PLUGINS } },
});
const note = (pitch: number) => ({ start: 0, length: 8 * BAR, pitch, velocity: 0.9 });
const track = (id: number, name: string, pitch: number) => [
  { add_track: { id, kind: 'TRACK_KIND_INSTRUMENT', name, color: id / 100 } },
  { add_device: { id: id + 1, track: id, name: 'Tide', builtin: 'tide' } },
  { add_note_clip: { id: id + 10, track: id, start: 0, length: 8 * BAR, name, notes: [note(pitch)] } },
];
const SONG: readonly object[] = [
  { set_song: { name: 'Isolation', loop_enabled: true, loop_start: 0, loop_end: 8 * BAR } },
  ...track(100, 'Bass', 36),
  ...track(200, 'Pad', 60),
  plugin(CRASH, 'Crash', 'test.crash'),
  plugin(203, 'Gain', 'test.gain'),
];

stage(() => startLoophole(SONG, {}, { tour: 'seen' }, { testPlugins: true }));
beforeAll(async () => {
  await screen.strip('Pad').click({ position: { x: 20, y: 90 } });
  await screen.until('the plugins run', async () => (await parameter('Gain', 'Gain').count()) > 0);
  await screen.button('Play').click();
  await screen.sounds();
});

const card = (name: string) => screen.page.getByRole('article', { name, exact: true });
const parameter = (device: string, name: string) =>
  card(device)
    .getByRole('switch', { name })
    .or(card(device).getByRole('slider', { name, exact: true }));
const header = (name: string) => screen.page.getByRole('group', { name: new RegExp(`^${name},`) });
const told = (name: string) => card(name).getByRole('button', { name: new RegExp(`^${name} crashed at bar`) });
const item = (name: string | RegExp) =>
  screen.page
    .getByRole('menuitem', { name })
    .or(screen.page.getByRole('menuitemcheckbox', { name }))
    .or(screen.page.getByRole('menuitemradio', { name }));

/** Edits the song from the command line, as another client. */
function edit(command: object): void {
  writeFileSync(join(loophole.home, 'edit'), JSON.stringify(command));
  loophole.run('edit', join(loophole.home, 'Journey.loophole'), join(loophole.home, 'edit'));
}

const trigger = (value: number) => edit({ set_parameter: { device: CRASH, parameter: TRIGGER, value } });

/** The process that Crash runs in. */
const host = () => /(\d+) +test\.crash/.exec(loophole.run('ps'))?.[1];

/**
 * Raises the trigger and lowers it at once: it is a part of the song, so a plugin that is back would crash again. Where the
 * machine stands still meanwhile no block has the raised one, and nothing crashes: then once more.
 */
async function crash(): Promise<void> {
  await screen.until('it crashed', async () => {
    const before = host();
    trigger(1);
    trigger(0);
    const shown = told('Crash').waitFor({ timeout: 10_000 });
    if (await shown.then(() => true).catch(() => false)) return true;
    expect(host(), 'it crashed, and nobody was told').toBe(before);
    return false;
  });
}

/** Waits until the card of a device has its parameters again. */
async function runs(name: string): Promise<void> {
  await screen.until(`${name} runs`, async () => (await parameter(name, 'Gain').count()) > 0);
}

/** Both in one process, as `loophole ps` says it. */
const TOGETHER = 'test.crash > test.gain';

/** Waits until the processes there are, and not only what the page says of them, are as they should be. */
async function processes(what: string, are: (list: string) => boolean): Promise<void> {
  await screen.until(what, () => Promise.resolve(are(loophole.run('ps'))));
}

/** Waits for a menu that has the focus, so that keys are its own. */
async function menuTakesKeys(menu: Locator): Promise<void> {
  await menu.waitFor();
  await screen.until('the menu has the focus', () =>
    menu.evaluate((element) => element.contains(document.activeElement)),
  );
}

test('a crash is told on the card, in the strip and in the header, and the others play on', async () => {
  await crash();
  await screen.sounds();
  expect(await screen.meter('Bass')).toBeGreaterThan(0.05);
  await screen
    .strip('Pad')
    .getByRole('button', { name: /^Crash, crashed at bar/ })
    .waitFor();
  expect(await header('Pad').getAttribute('aria-label')).toMatch(/^Pad, Crash crashed at bar/);

  await told('Crash').click();
  await card('Crash')
    .getByText(/^It crashed at bar \d+ and was started again/)
    .waitFor();
  await card('Crash').getByText('abort', { exact: false }).first().waitFor();
  await card('Crash').getByText('Details').click();
  await card('Crash').getByText('Settings it had').waitFor();
  await screen.hasNoAccessibilityViolation();
  await card('Crash').getByRole('button', { name: 'Dismiss' }).click();
  await runs('Crash');
  expect(await told('Crash').count()).toBe(0);
  expect(await header('Pad').getAttribute('aria-label')).not.toContain('crashed');
});

test('what crashed runs alone, says so, and is forgiven', async () => {
  const isolation = card('Crash').getByRole('button', { name: /^Isolation of Crash/ });
  await screen.until('it runs alone', async () =>
    ((await isolation.getAttribute('aria-label')) ?? '').includes('alone, because it crashed'),
  );
  expect(loophole.run('plugins', '--incidents')).toContain('(test.crash) crashed');
  await isolation.click();
  await item('Forgive').waitFor();
  await screen.hasNoAccessibilityViolation();
  expect(loophole.run('ps')).not.toContain(TOGETHER);
  await item('Forgive').click();
  await screen.until('it runs as the song says', async () =>
    ((await isolation.getAttribute('aria-label')) ?? '').includes('As the song says'),
  );
  await processes('it shares a process with its neighbour again', (list) => list.includes(TOGETHER));
});

test('isolation changes while the song plays, by pointer and by keys, and is undone', async () => {
  const isolation = card('Gain').getByRole('button', { name: /^Isolation of Gain/ });
  const before = await screen.kill('Gain').count();
  const bars = await screen.barsWhile(async () => {
    await isolation.click();
    await item('Alone').click();
    await screen.until('undo has it', async () => (await screen.undoLabel()) === 'Run Gain alone');
    await processes('it has a process of its own', (list) => !list.includes(TOGETHER));
    await screen.until('it has a kill button', async () => (await screen.kill('Gain').count()) > 0);
    await runs('Gain');
  });
  expect(new Set(bars).size).toBeGreaterThan(3);
  expect(before).toBeGreaterThan(0);

  await isolation.focus();
  await screen.press('Enter');
  await menuTakesKeys(screen.page.getByRole('menu'));
  await screen.press('End', 'ArrowUp', 'Enter');
  await screen.until('undo has it', async () => (await screen.undoLabel()) === 'Keep a standby for Gain');
  await processes('a standby is kept', (list) => list.includes('test.gain (standby)'));
  await screen.press('Escape', 'Control+z');
  await screen.press('Control+z');
  await screen.until('the song says', async () =>
    ((await isolation.getAttribute('aria-label')) ?? '').includes('As the song says'),
  );
  await screen.page.getByLabel('Plugins run').selectOption('each alone');
  await screen.until('undo has it', async () => (await screen.undoLabel()) === 'Run each plugin alone');
  await screen.press('Control+z');
});

test('a plugin is replaced, and undo brings the old one back with its settings', async () => {
  edit({ set_parameter: { device: 203, parameter: 1, value: 0.5 } });
  const gain = parameter('Gain', 'Gain');
  await screen.until('its gain is set', async () => Number(await gain.getAttribute('aria-valuenow')) === 0.5);
  await card('Gain').getByRole('heading').click({ button: 'right' });
  await item('Replace…').click();
  const search = screen.page.getByRole('combobox', { name: 'Search devices' });
  await search.fill('limiter');
  await screen.press('Enter');
  await card('Limiter').waitFor();
  expect(await screen.inserts('Pad')).toEqual(['Tide', 'Crash', 'Limiter']);
  await screen.press('Escape', 'Control+z');
  await runs('Gain');
  await screen.until('its gain is back', async () => Number(await gain.getAttribute('aria-valuenow')) === 0.5);
});

test('a plugin is disabled and enabled by keys alone', async () => {
  await screen.press('Escape');
  await card('Crash').getByRole('button', { name: 'Crash, open' }).focus();
  await screen.press('Shift+F10');
  await menuTakesKeys(screen.page.getByRole('menu', { name: 'Device Crash' }));
  await screen.press('d', 'Enter');
  await card('Crash').getByText('It is disabled: it is not loaded.').waitFor();
  await screen.strip('Pad').getByRole('button', { name: 'Crash, disabled' }).waitFor();
  await processes('it is not loaded', (list) => !list.includes('test.crash'));
  await screen.hasNoAccessibilityViolation();
  await screen.tabTo(/^Enable$/);
  await screen.press('Enter');
  await runs('Crash');
  await screen.until('undo has it', async () => (await screen.undoLabel()) === 'Enable Crash');
});

test('the process panel tells what each plugin costs, and reloads one', async () => {
  await screen.browse('Processes');
  const plugins = screen.page.getByRole('list', { name: /^Plugins of / }).filter({ hasText: 'Gain' });
  await plugins.first().getByText(/µs/).first().waitFor();
  await screen.page
    .getByTestId('totals')
    .getByText(/sandboxes.*MB together/)
    .waitFor();
  await plugins.first().getByRole('button', { name: 'Reload test.gain' }).click();
  await runs('Gain');
  expect(loophole.run('processes')).toMatch(/isolation .* µs +late blocks/);
});
