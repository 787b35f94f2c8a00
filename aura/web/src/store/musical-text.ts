// Musical values as people write and hear them: positions, lengths, pitches, velocities. Pure; text in, values out.
import { formatBarBeat, type SignatureMap } from './signature-map';
import { TICKS_PER_QUARTER } from './tempo-map';

/** Ticks a quarter note as people read them. */
const SHOWN_TICKS = 960;
const TICK = TICKS_PER_QUARTER / SHOWN_TICKS;
const WHOLE = 4 * TICKS_PER_QUARTER;
const NAMES = ['C', 'C♯', 'D', 'E♭', 'E', 'F', 'F♯', 'G', 'A♭', 'A', 'B♭', 'B'] as const;
const STEPS: Record<string, number> = { c: 0, d: 2, e: 4, f: 5, g: 7, a: 9, b: 11, h: 11 };
/** The finest note value that is named: 1/64. */
const FINEST_PART = 64;

/** "C4" for 60, middle C. */
export function pitchName(pitch: number): string {
  return `${NAMES[((pitch % 12) + 12) % 12]}${Math.floor(pitch / 12) - 1}`;
}

/** "C sharp 4": as a reader says it. */
export function speakPitch(pitch: number): string {
  return pitchName(pitch).replace('♯', ' sharp ').replace('♭', ' flat ');
}

/** A key from "C4", "f#3", "Bb2" or its MIDI number; undefined where it is none. */
export function parsePitch(text: string): number | undefined {
  const written = text.trim().toLowerCase();
  const number = /^\d+$/.test(written) ? Number(written) : undefined;
  const match = /^([a-h])([#♯b♭]?)\s*(-?\d+)$/.exec(written);
  const [, letter = '', accident = '', octave = '0'] = match ?? [];
  const shift = /[#♯]/.test(accident) ? 1 : accident ? -1 : 0;
  const pitch = number ?? (match ? (STEPS[letter] ?? 0) + shift + (Number(octave) + 1) * 12 : NaN);
  return pitch >= 0 && pitch <= 127 ? pitch : undefined;
}

/** A position from "3", "3.2" or "3.2.480" (bar, beat, tick); undefined where it is none. */
export function parsePosition(text: string, signatures: SignatureMap): number | undefined {
  if (!/^\s*\d+([.|]\d+){0,2}\s*$/.test(text)) return undefined;
  const [bar = 1, beat = 1, tick = 0] = text.split(/[.|]/).map(Number);
  if (bar < 1 || beat < 1) return undefined;
  const start = signatures.barStart(bar);
  return Math.round(start + (beat - 1) * signatures.beatLength(start) + tick * TICK);
}

/** A length as "1/8", "1/8 T" (triplet), "1/8 D" (dotted), or bars.beats.ticks counted from nought. */
export function formatLength(ticks: number, signatures: SignatureMap, at: number): string {
  for (let part = 1; part <= FINEST_PART; part *= 2) {
    if (part > 1 && ticks * part === WHOLE) return `1/${part}`;
    if (ticks * part * 3 === WHOLE * 2 && part > 1) return `1/${part} T`;
    if (ticks * part * 2 === WHOLE * 3 && part > 1) return `1/${part} D`;
  }
  const { barLength, beatLength } = { barLength: signatures.barLength(at), beatLength: signatures.beatLength(at) };
  const bars = Math.floor(ticks / barLength);
  const beats = Math.floor((ticks - bars * barLength) / beatLength);
  const rest = Math.floor((ticks - bars * barLength - beats * beatLength) / TICK);
  return `${bars}.${beats}.${String(rest).padStart(3, '0')}`;
}

/** A length from what `formatLength` writes, from "2 bars", or from a number of beats; undefined where it is none. */
export function parseLength(text: string, signatures: SignatureMap, at: number): number | undefined {
  const written = text.trim().toLowerCase();
  const part = /^1\/(\d+)\s*([td]?)$/.exec(written);
  const bars = /^([\d.]+)\s*bars?$/.exec(written);
  const counted = /^(\d+)[.|](\d+)[.|](\d+)$/.exec(written);
  let ticks = NaN;
  if (part) ticks = (WHOLE / Number(part[1])) * (part[2] === 't' ? 2 / 3 : part[2] === 'd' ? 3 / 2 : 1);
  else if (bars) ticks = Number(bars[1]) * signatures.barLength(at);
  else if (counted) {
    const [, bar = 0, beat = 0, tick = 0] = counted.map(Number);
    ticks = bar * signatures.barLength(at) + beat * signatures.beatLength(at) + tick * TICK;
  } else if (/^[\d.]+$/.test(written)) ticks = Number(written) * signatures.beatLength(at);
  return Number.isFinite(ticks) && ticks >= 1 ? Math.round(ticks) : undefined;
}

/** A length as a reader says it: "1/8 triplet", "2 bars 1 beat". */
export function speakLength(ticks: number, signatures: SignatureMap, at: number): string {
  const written = formatLength(ticks, signatures, at);
  if (written.includes('/')) return written.replace(' T', ' triplet').replace(' D', ' dotted');
  const [bars = 0, beats = 0, rest = 0] = written.split('.').map(Number);
  const counted = (count: number, what: string) => (count ? `${count} ${what}${count === 1 ? '' : 's'}` : '');
  return [counted(bars, 'bar'), counted(beats, 'beat'), counted(rest, 'tick')].filter(Boolean).join(' ') || 'nothing';
}

/** A velocity, 0 to 1, as the 0 to 127 of MIDI, which is how musicians know it. */
export const shownVelocity = (velocity: number) => Math.round(velocity * 127);

/** A velocity from 1 to 127; undefined where it is none. */
export function parseVelocity(text: string): number | undefined {
  const value = Number(text.trim());
  return text.trim() && value >= 1 && value <= 127 ? value / 127 : undefined;
}

/** A position as it is typed: "3.2.480". */
export const formatPosition = (position: number, signatures: SignatureMap) =>
  formatBarBeat(signatures.barBeat(position));

/** What a plugin says of a value; a bare number loses digits nobody hears: "-20.000000" is "-20". */
export function shortNumber(text: string): string {
  return /^-?\d+\.\d{3,}$/.test(text) ? String(Number(Number(text).toPrecision(4))) : text;
}
