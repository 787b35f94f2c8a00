// When a track may feed back.
import { expect, test } from 'vitest';
import { Monitor, TrackKind } from '../contract/messages';
import { feedsBack, hearsTheSong } from './feedback';

const track = (monitor: Monitor, audioChannels?: number[], kind = TrackKind.AUDIO) => ({
  kind,
  monitor,
  input: audioChannels && { audioChannels, midiPort: '' },
});
const loops = { loopsBack: true };

test('only a track that is always heard, and hears the song, feeds back', () => {
  expect(feedsBack(track(Monitor.ON), loops)).toBe(true);
  expect(feedsBack(track(Monitor.AUTO), loops)).toBe(false);
  expect(feedsBack(track(Monitor.OFF), loops)).toBe(false);
  expect(feedsBack(track(Monitor.ON), { loopsBack: false })).toBe(false);
  expect(feedsBack(track(Monitor.ON), undefined)).toBe(false);
});

test('other inputs, and tracks of notes, hear no song', () => {
  expect(hearsTheSong(track(Monitor.ON, [2]), loops)).toBe(true);
  expect(hearsTheSong(track(Monitor.ON, [3, 4]), loops)).toBe(false);
  expect(hearsTheSong(track(Monitor.ON, []), loops)).toBe(false);
  expect(hearsTheSong(track(Monitor.ON, undefined, TrackKind.INSTRUMENT), loops)).toBe(false);
});
