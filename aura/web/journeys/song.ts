// The song of the journeys: a bass, a pad through a third-party compressor, a bus with the plugin that checks its host, a
// loop of a sound file.
import { hostCheck } from './loophole';

const QUARTER = 46_126_080;
export const BAR = 4 * QUARTER;
const BARS = 8;

const notes = (pitches: readonly number[], length: number) =>
  Array.from({ length: BARS * 4 }, (_, i) => ({
    start: i * QUARTER,
    length,
    pitch: pitches[i % pitches.length],
    velocity: 0.9,
  }));

/** As `loophole edit` takes it. */
export const SONG: readonly object[] = [
  { set_song: { name: 'Journey', loop_enabled: true, loop_start: 0, loop_end: BARS * BAR } },
  { set_tempo: { position: 0, bpm: 120 } },
  { add_track: { id: 100, kind: 'TRACK_KIND_INSTRUMENT', name: 'Bass', color: 1 } },
  { add_device: { id: 101, track: 100, name: 'Tide', builtin: 'tide' } },
  {
    add_note_clip: {
      id: 110,
      track: 100,
      start: 0,
      length: BARS * BAR,
      name: 'Line',
      notes: notes([36, 36, 43, 41], QUARTER / 2),
    },
  },
  { add_track: { id: 200, kind: 'TRACK_KIND_INSTRUMENT', name: 'Pad', color: 5 } },
  { add_device: { id: 201, track: 200, name: 'Tide', builtin: 'tide' } },
  {
    add_device: {
      id: 202,
      track: 200,
      name: 'ZamComp',
      vendor: 'Damien Zammit',
      clap: { plugin_id: 'com.zamaudio.ZamComp', bundle: 'ZamComp.clap' },
    },
  },
  {
    add_note_clip: {
      id: 210,
      track: 200,
      start: 0,
      length: BARS * BAR,
      name: 'Chords',
      notes: notes([57, 60, 64], QUARTER),
    },
  },
  { add_track: { id: 300, kind: 'TRACK_KIND_BUS', name: 'Room', color: 7 } },
  hostCheck(302, 300),
  { add_send: { id: 301, track: 200, target: 300, level_db: -9 } },
];

/** Four seconds of decaying tones, 16 bits, mono, as a WAV file. */
export function soundFile(): Uint8Array {
  const rate = 44_100;
  const frames = rate * 4;
  const bytes = new DataView(new ArrayBuffer(44 + frames * 2));
  const text = (at: number, value: string) =>
    [...value].forEach((letter, i) => bytes.setUint8(at + i, letter.charCodeAt(0)));
  text(0, 'RIFF');
  bytes.setUint32(4, 36 + frames * 2, true);
  text(8, 'WAVEfmt ');
  [16, 0x0001_0001, rate, rate * 2, 0x0010_0002].forEach((value, i) => bytes.setUint32(16 + i * 4, value, true));
  text(36, 'data');
  bytes.setUint32(40, frames * 2, true);
  for (let i = 0; i < frames; i++) {
    const within = i % (rate / 2);
    bytes.setInt16(44 + i * 2, 9000 * Math.exp(-within / 6000) * Math.sin(i * 0.06), true);
  }
  return new Uint8Array(bytes.buffer);
}
