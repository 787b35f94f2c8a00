// Whom a plugin shares its process with, in words; and whether it is alone for a crash.
import { expect, test } from 'vitest';
import { Isolation, type Device } from '../contract/messages';
import { asked, deviceWord, OF_DEVICE, OF_SONG, runsAloneForACrash, songWord } from './isolation';

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

test('a process of its own that nobody asked for is one for a crash', () => {
  expect(runsAloneForACrash(device, Isolation.CHAIN, 'device:7')).toBe(true);
  expect(runsAloneForACrash(device, Isolation.PLUGIN, 'device:7')).toBe(false);
  expect(runsAloneForACrash({ ...device, isolation: Isolation.PLUGIN }, Isolation.CHAIN, 'device:7')).toBe(false);
  expect(runsAloneForACrash(device, Isolation.CHAIN, '')).toBe(false);
  expect(runsAloneForACrash(device, Isolation.CHAIN, undefined)).toBe(false);
});
