// What the export dialog asks for, and the words for what came of it.
import { describe, expect, it } from 'vitest';
import { ExportFormat, ExportState } from '../contract/messages';
import { describeFile, describeJob, FIRST_CHOICE, objection, requestOf } from './exports';

const FILE = {
  path: '/exports/Low Tide.wav',
  seconds: 62.4,
  sampleRate: 48_000,
  peakDbfs: -1.2,
  integratedLufs: -14.16,
  rangeLu: 5,
  truePeakDbtp: -0.96,
  gainDb: 0,
  clippedSamples: 0,
  key: 'k',
};

describe('exports', () => {
  it('ask for what was chosen and for no more', () => {
    const song = requestOf({ ...FIRST_CHOICE, name: ' Low Tide ' });
    expect(song).toMatchObject({ format: ExportFormat.WAV, bits: 24, name: 'Low Tide', level: { case: undefined } });
    expect(song).not.toHaveProperty('fromBar');
    const bars = requestOf({ ...FIRST_CHOICE, range: 'bars', fromBar: 3, toBar: 9, format: 'ogg', level: 'lufs-14' });
    expect(bars).toMatchObject({ fromBar: 3, toBar: 9, format: ExportFormat.OGG });
    expect(bars.level).toEqual({ case: 'loudnessLufs', value: -14 });
  });

  it('say what can not be exported', () => {
    expect(objection(FIRST_CHOICE)).toBe('');
    expect(objection({ ...FIRST_CHOICE, range: 'bars', fromBar: 4, toBar: 4 })).toContain('after the start');
    expect(objection({ ...FIRST_CHOICE, range: 'bars', fromBar: 1.5 })).toContain('whole numbers');
    expect(objection({ ...FIRST_CHOICE, tail: Number.NaN })).toContain('600 seconds');
    expect(objection({ ...FIRST_CHOICE, name: '../x' })).toContain('name of a file');
  });

  it('are told with loudness, peak and length', () => {
    expect(describeFile(FILE)).toBe('-14.2 LUFS, true peak -1.0 dBTP, 1:02');
    const job = { id: 1, progress: 0.5, timesRealtime: 12.34, reason: 'no room', files: [FILE], name: 'Low Tide' };
    expect(describeJob({ ...job, state: ExportState.RUNNING })).toBe('50 %, 12.3 times real time');
    expect(describeJob({ ...job, state: ExportState.DONE })).toContain('Done: -14.2 LUFS');
    expect(describeJob({ ...job, state: ExportState.FAILED })).toBe('Failed: no room');
  });
});
