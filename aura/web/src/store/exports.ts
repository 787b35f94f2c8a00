// What the export dialog asks for, and how exports are told in words. Sends nothing.
import { ExportFormat, ExportState, type ExportJob, type ExportedFile, type StartExport } from '../contract/messages';
import { formatLevel } from './loudness';

/** Choices of the dialog, each with what it means. */
export const FORMATS = [
  { key: 'wav24', name: 'WAV · 24 bit', format: ExportFormat.WAV, bits: 24 },
  { key: 'wav16', name: 'WAV · 16 bit, dithered', format: ExportFormat.WAV, bits: 16 },
  { key: 'wav32', name: 'WAV · 32 bit float', format: ExportFormat.WAV, bits: 32 },
  { key: 'flac24', name: 'FLAC · 24 bit', format: ExportFormat.FLAC, bits: 24 },
  { key: 'flac16', name: 'FLAC · 16 bit, dithered', format: ExportFormat.FLAC, bits: 16 },
  { key: 'ogg', name: 'Ogg Vorbis · quality 6', format: ExportFormat.OGG, bits: 0 },
] as const;
export const RATES = [44_100, 48_000, 88_200, 96_000] as const;
export const LEVELS = [
  { key: 'as-is', name: 'As it is', level: undefined },
  { key: 'lufs-14', name: '-14 LUFS · streaming', level: { case: 'loudnessLufs', value: -14 } },
  { key: 'lufs-16', name: '-16 LUFS · podcasts', level: { case: 'loudnessLufs', value: -16 } },
  { key: 'lufs-23', name: '-23 LUFS · broadcast', level: { case: 'loudnessLufs', value: -23 } },
  { key: 'peak-1', name: 'Highest true peak -1 dBTP', level: { case: 'truePeakDbtp', value: -1 } },
] as const;

/** What is chosen in the dialog. */
export interface ExportChoice {
  stems: boolean;
  range: 'song' | 'loop' | 'bars';
  fromBar: number;
  toBar: number;
  format: (typeof FORMATS)[number]['key'];
  rate: number;
  tail: number;
  level: (typeof LEVELS)[number]['key'];
  name: string;
}

export const FIRST_CHOICE: ExportChoice = {
  stems: false,
  range: 'song',
  fromBar: 1,
  toBar: 5,
  format: 'wav24',
  rate: 48_000,
  tail: 10,
  level: 'as-is',
  name: '',
};

/** Why a choice can't be exported; empty: it can. */
export function objection(choice: ExportChoice): string {
  if (choice.range === 'bars') {
    const whole = Number.isInteger(choice.fromBar) && Number.isInteger(choice.toBar) && choice.fromBar >= 1;
    if (!whole) return 'Bars are whole numbers from 1.';
    if (choice.toBar <= choice.fromBar) return 'The end is the bar after the last, so it comes after the start.';
  }
  if (!(choice.tail >= 0 && choice.tail <= 600)) return 'A tail has 0 to 600 seconds.';
  if (choice.name.includes('/') || choice.name.startsWith('.')) return 'This can not be the name of a file.';
  return '';
}

export function requestOf(choice: ExportChoice): StartExport {
  const format = FORMATS.find(({ key }) => key === choice.format) ?? FORMATS[0];
  const level = LEVELS.find(({ key }) => key === choice.level)?.level;
  return {
    stems: choice.stems,
    format: format.format,
    bits: format.bits,
    quality: 6,
    sampleRate: choice.rate,
    loopRange: choice.range === 'loop',
    ...(choice.range === 'bars' ? { fromBar: choice.fromBar, toBar: choice.toBar } : {}),
    tailSeconds: choice.tail,
    level: level ? { ...level } : { case: undefined },
    name: choice.name.trim(),
  };
}

/** "-14.2 LUFS, true peak -1.0 dBTP, 1:02". */
export function describeFile(file: ExportedFile): string {
  const loudness = file.integratedLufs === undefined ? 'no loudness' : `${formatLevel(file.integratedLufs)} LUFS`;
  const peak = file.truePeakDbtp === undefined ? 'silent' : `true peak ${formatLevel(file.truePeakDbtp)} dBTP`;
  const whole = Math.round(file.seconds);
  const clipped = file.clippedSamples > 0 ? `, ${file.clippedSamples} samples clipped` : '';
  return `${loudness}, ${peak}, ${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, '0')}${clipped}`;
}

/** How a job fares, in a sentence. */
export function describeJob(job: ExportJob): string {
  switch (job.state) {
    case ExportState.WAITING:
      return 'Waits for the exports before it.';
    case ExportState.RUNNING:
      return `${Math.round(job.progress * 100)} %, ${job.timesRealtime.toFixed(1)} times real time`;
    case ExportState.DONE:
      return job.files[0] ? `Done: ${describeFile(job.files[0])}` : 'Done.';
    default:
      return `Failed: ${job.reason}`;
  }
}

export function isUnderWay(job: ExportJob): boolean {
  return job.state === ExportState.WAITING || job.state === ExportState.RUNNING;
}

export function fileName(file: ExportedFile): string {
  return file.path.slice(file.path.lastIndexOf('/') + 1);
}
