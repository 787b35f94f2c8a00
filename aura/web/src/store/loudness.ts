// Loudness figures as people read and hear them, and the target they are held against. Measures nothing.
import type { LoudnessFigures } from '../contract/messages';

/** What Signal says of a level that is not there: silence, or too little sound yet. */
export const UNMEASURED = -200;
/** The lower end of the bars, in LUFS; their upper end is 0. */
const LOWEST_BAR = -50;
/** True peaks above this are too high for lossy encoders (EBU R 128 s2). */
export const PEAK_LIMIT = -1;

export const NOTHING_MEASURED: LoudnessFigures = {
  measuredSeconds: 0,
  lostSeconds: 0,
  momentary: UNMEASURED,
  shortTerm: UNMEASURED,
  integrated: UNMEASURED,
  range: 0,
  truePeakLeft: UNMEASURED,
  truePeakRight: UNMEASURED,
  maxMomentary: UNMEASURED,
  maxShortTerm: UNMEASURED,
};

/** Loudness that listeners' services play at, and where it is said. */
export const TARGETS = [
  { lufs: -23, name: '-23 LUFS · broadcast (EBU R 128)' },
  { lufs: -18, name: '-18 LUFS · quiet streaming' },
  { lufs: -16, name: '-16 LUFS · podcasts' },
  { lufs: -14, name: '-14 LUFS · streaming' },
  { lufs: -9, name: '-9 LUFS · loud masters' },
] as const;
const DEFAULT_TARGET = -14;
const TARGET_KEY = 'loophole.loudness-target';

export function truePeak(figures: LoudnessFigures): number {
  return Math.max(figures.truePeakLeft, figures.truePeakRight);
}

/** "-14.2", and "–" for a level that is not there. */
export function formatLevel(level: number): string {
  if (level <= UNMEASURED) return '–';
  const text = level.toFixed(1);
  return text === '-0.0' ? '0.0' : text;
}

/** "-14.2 LUFS", "not measured". */
export function speakLevel(level: number, unit: 'LUFS' | 'dBTP'): string {
  return level <= UNMEASURED ? 'not measured' : `${formatLevel(level)} ${unit}`;
}

/** The two figures that count, in a sentence. */
export function speakLoudness(figures: LoudnessFigures): string {
  const gaps = figures.lostSeconds > 0 ? ', with gaps' : '';
  return `integrated ${speakLevel(figures.integrated, 'LUFS')}, highest true peak ${speakLevel(truePeak(figures), 'dBTP')}${gaps}`;
}

/** Where a level lies on a bar, 0 to 1. */
export function barOf(lufs: number): number {
  return Math.min(Math.max(1 - lufs / LOWEST_BAR, 0), 1);
}

/** "2.8 LU over the target". */
export function againstTarget(lufs: number, target: number): string {
  if (lufs <= UNMEASURED) return '';
  const off = Math.round((lufs - target) * 10) / 10;
  if (off === 0) return 'on the target';
  return `${Math.abs(off).toFixed(1)} LU ${off > 0 ? 'over' : 'under'} the target`;
}

/** The target chosen last on this machine. */
export function rememberedTarget(): number {
  const stored = Number(globalThis.localStorage?.getItem(TARGET_KEY));
  return TARGETS.some((target) => target.lufs === stored) ? stored : DEFAULT_TARGET;
}

export function rememberTarget(lufs: number): void {
  globalThis.localStorage?.setItem(TARGET_KEY, String(lufs));
}
