// Whom a plugin shares its process with, in words; and whether it is alone for a crash, or for what it was granted.
import { expect, test } from 'vitest';
import { fixtureProcesses } from '../../fixture/machine';
import { QuietStudio } from '../../fixture/quiet-studio';
import { fixtureSong } from '../../fixture/song';
import { Isolation, type Device } from '../contract/messages';
import { aloneFor, asked, deviceWord, OF_DEVICE, OF_SONG, runsAloneForACrash, songWord } from './isolation';

const device: Device = {
  id: 7,
  track: 1,
  order: 1,
  name: 'ZamComp',
  vendor: 'Zam',
  bypass: false,
  kind: { case: 'clap', value: { pluginId: 'a.b', bundle: 'b.clap' } },
  parameters: [],
  state: '',
  media: [],
  isolation: Isolation.UNSPECIFIED,
  standby: false,
  disabled: false,
};

test('every choice has words of its own', () => {
  expect(new Set(OF_DEVICE.map((choice) => deviceWord(choice, Isolation.CHAIN))).size).toBe(5);
  expect(new Set(OF_SONG.map(songWord)).size).toBe(4);
  expect(deviceWord(Isolation.UNSPECIFIED, Isolation.SHARED)).toBe('As the song says: all in one process');
});

test('a plugin without a vendor has no vendor’s process to share', () => {
  expect(asked(device, Isolation.VENDOR)).toBe(Isolation.VENDOR);
  expect(asked({ ...device, vendor: '' }, Isolation.VENDOR)).toBe(Isolation.PLUGIN);
  expect(asked(device, Isolation.UNSPECIFIED)).toBe(Isolation.CHAIN);
});

test('a process of its own that nobody asked for and no grant explains is one for a crash', () => {
  expect(runsAloneForACrash(device, Isolation.CHAIN, 'device:7', false)).toBe(true);
  expect(runsAloneForACrash(device, Isolation.CHAIN, 'device:7', true)).toBe(false);
  expect(runsAloneForACrash(device, Isolation.PLUGIN, 'device:7', false)).toBe(false);
  expect(runsAloneForACrash({ ...device, isolation: Isolation.PLUGIN }, Isolation.CHAIN, 'device:7', false)).toBe(
    false,
  );
  expect(runsAloneForACrash(device, Isolation.CHAIN, '', false)).toBe(false);
  expect(runsAloneForACrash(device, Isolation.CHAIN, undefined, false)).toBe(false);
});

test('a plugin is alone for what it was granted, and is not said to have crashed while that is taken back', async () => {
  const quiet = new QuietStudio();
  const { studio } = quiet;
  const { statuses } = fixtureSong();
  const status = statuses.find(({ name }) => name === 'ZamEQ2');
  const found = studio.song.replica.devices.get(status?.device ?? 0);
  if (!status || found?.kind.case !== 'clap') throw new Error('The fixture has no such plugin.');
  const { pluginId } = found.kind.value;
  const settled = () => new Promise((done) => setTimeout(done, 0));
  const granted = { places: [], network: true, display: false };

  quiet.say(0, { case: 'device', value: { status, removed: false } });
  quiet.say(0, { case: 'processes', value: { processes: fixtureProcesses(statuses) } });
  expect(aloneFor(studio, found)).toBe('');
  quiet.say(quiet.lastId, { case: 'grants', value: { plugins: [{ pluginId, grants: granted }] } });
  await settled();
  expect(aloneFor(studio, found)).toBe('grants');
  void studio.grants.set(pluginId, { ...granted, network: false });
  quiet.say(quiet.lastId, { case: 'grantsSet', value: {} });
  await settled();
  expect(aloneFor(studio, found)).toBe('');

  const another = fixtureProcesses(statuses).map((process) => ({ ...process, pid: process.pid + 500 }));
  quiet.say(0, { case: 'device', value: { status: { ...status, pid: status.pid + 500 }, removed: false } });
  quiet.say(0, { case: 'processes', value: { processes: another } });
  quiet.say(quiet.lastId, { case: 'grants', value: { plugins: [] } });
  await settled();
  expect(aloneFor(studio, found)).toBe('crash');
});
