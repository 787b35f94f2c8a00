// What a few letters find.
import { expect, test } from 'vitest';
import { fit, found } from './fuzzy';

const PLUGINS = ['Compressor built-in', 'ZamComp Damien Zammit', 'Calf Compressor', 'ZamTube saturation', 'Delay'];

test('the start of a name comes before its middle', () => {
  expect(found('comp', PLUGINS, (name) => name)).toEqual([
    'Compressor built-in',
    'Calf Compressor',
    'ZamComp Damien Zammit',
  ]);
});

test('every word has to be there', () => {
  expect(found('zam comp', PLUGINS, (name) => name)).toEqual(['ZamComp Damien Zammit']);
  expect(found('zam flanger', PLUGINS, (name) => name)).toEqual([]);
});

test('letters in order are enough, but only within a word that begins with them', () => {
  expect(found('cmprs', PLUGINS, (name) => name)).toEqual(['Compressor built-in', 'Calf Compressor']);
  expect(fit('dly', 'Delay')).toBeGreaterThan(0);
  expect(fit('xyz', 'Delay')).toBeUndefined();
});

test('an empty query keeps everything in its order', () => {
  expect(found(' ', PLUGINS, (name) => name)).toEqual(PLUGINS);
});
