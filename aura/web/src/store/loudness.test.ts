// Loudness in figures, words and bars.
import { describe, expect, it } from 'vitest';
import {
  againstTarget,
  barOf,
  formatLevel,
  NOTHING_MEASURED,
  speakLevel,
  speakLoudness,
  truePeak,
  UNMEASURED,
} from './loudness';

describe('loudness', () => {
  it('is written with one decimal, and with a dash where there is none', () => {
    expect(formatLevel(-14.16)).toBe('-14.2');
    expect(formatLevel(-0.04)).toBe('0.0');
    expect(formatLevel(UNMEASURED)).toBe('–');
  });

  it('is spoken with its unit, and says that it has gaps', () => {
    expect(speakLevel(UNMEASURED, 'LUFS')).toBe('not measured');
    const figures = { ...NOTHING_MEASURED, integrated: -14, truePeakLeft: -3, truePeakRight: -1, lostSeconds: 0.5 };
    expect(truePeak(figures)).toBe(-1);
    expect(speakLoudness(figures)).toBe('integrated -14.0 LUFS, highest true peak -1.0 dBTP, with gaps');
  });

  it('lies on the bar between -50 and 0', () => {
    expect([-60, -50, -25, 0, 3].map(barOf)).toEqual([0, 0, 0.5, 1, 1]);
  });

  it('is told against its target', () => {
    expect(againstTarget(-11.2, -14)).toBe('2.8 LU over the target');
    expect(againstTarget(-14.04, -14)).toBe('on the target');
    expect(againstTarget(UNMEASURED, -14)).toBe('');
  });
});
