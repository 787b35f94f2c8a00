// Small drawings of what a group of parameters does, as SVG paths: an envelope, a compressor's curve, an EQ's. Pure.
//
// They go by the names that parameters have everywhere (Attack, Decay, Threshold …), so that they fit any plugin.

import { bandDecibels, type Band } from './eq';

/** The drawing's own size; it is scaled to its place. */
export const GRAPH = { width: 120, height: 60 } as const;

export interface Value {
  name: string;
  /** Its group. */
  module?: string;
  value: number;
  minimum: number;
  maximum: number;
}

export interface Graph {
  /** The curve. */
  line: string;
  /** Points that stand for a parameter. */
  dots: { x: number; y: number }[];
  /** What it shows, for readers. */
  title: string;
}

/** The drawing that fits a group's parameters; undefined where none does. */
export function graphOf(values: readonly Value[]): Graph | undefined {
  const find = (name: string) => values.find((value) => value.name.toLowerCase() === name);
  const [attack, decay, sustain, release] = ['attack', 'decay', 'sustain', 'release'].map(find);
  if (attack && decay && sustain && release) return envelope(attack, decay, sustain, release);
  const [threshold, ratio] = [find('threshold'), find('ratio')];
  if (threshold && ratio) return compressor(threshold, ratio, find('knee'), find('makeup'));
  const [frequency, q] = [find('frequency'), find('q')];
  if (frequency && q) {
    const module = frequency.module ?? '';
    return response({
      module,
      on: find('on')?.value ?? 1,
      frequency: frequency.value,
      q: q.value,
      gain: find('gain')?.value,
      slope: find('slope')?.value,
    });
  }
  return undefined;
}

/** Decibels from 20 Hz to 20 kHz, from +24 to -24. */
function response(band: Band): Graph {
  const x = (hertz: number) => (Math.log10(hertz / 20) / 3) * GRAPH.width;
  const y = (db: number) => ((24 - Math.min(Math.max(db, -24), 24)) / 48) * GRAPH.height;
  const points = Array.from({ length: 61 }, (_, i) => 20 * 1000 ** (i / 60));
  const at = (hertz: number) => y(bandDecibels(band, hertz));
  const line = points.map((hertz, i) => `${i ? 'L' : 'M'}${n(x(hertz))} ${n(at(hertz))}`).join('');
  const dot = { x: n(x(band.frequency)), y: n(at(band.frequency)) };
  return { line, dots: [dot], title: 'Frequency response' };
}

/** Times take room by their place in their range, so that milliseconds are seen beside seconds. */
function envelope(attack: Value, decay: Value, sustain: Value, release: Value): Graph {
  const { width, height } = GRAPH;
  const part = (width - 26) / 3;
  const top = 6;
  const floor = height - 5;
  const level = floor - (floor - top) * portion(sustain);
  const peak = { x: 5 + part * longPortion(attack), y: top };
  const hold = { x: peak.x + 3 + part * longPortion(decay), y: level };
  const let_go = { x: hold.x + 13, y: level };
  const end = { x: let_go.x + 3 + part * longPortion(release), y: floor };
  const line =
    `M5 ${floor}L${n(peak.x)} ${top}` +
    `Q${n(peak.x + (hold.x - peak.x) * 0.25)} ${n(level)} ${n(hold.x)} ${n(level)}` +
    `L${n(let_go.x)} ${n(level)}Q${n(let_go.x + (end.x - let_go.x) * 0.25)} ${floor} ${n(end.x)} ${floor}`;
  return { line, dots: [peak, hold, let_go], title: 'Envelope' };
}

/** Output over input, both from -60 to 0 dB. */
function compressor(threshold: Value, ratio: Value, knee: Value | undefined, makeup: Value | undefined): Graph {
  const out = (input: number) =>
    compressed(input, threshold.value, Math.max(ratio.value, 1), knee?.value ?? 0) + (makeup?.value ?? 0);
  const x = (db: number) => ((db + 60) / 60) * GRAPH.width;
  const y = (db: number) => GRAPH.height - ((Math.min(Math.max(db, -60), 0) + 60) / 60) * GRAPH.height;
  const points = Array.from({ length: 61 }, (_, i) => i - 60);
  const line = points.map((db, i) => `${i ? 'L' : 'M'}${n(x(db))} ${n(y(out(db)))}`).join('');
  const at = Math.min(Math.max(threshold.value, -60), 0);
  return { line, dots: [{ x: x(at), y: y(out(at)) }], title: 'Output over input' };
}

/** A soft-knee compressor's static curve: Giannoulis, Massberg, Reiss, "Digital Dynamic Range Compressor Design", 2012. */
function compressed(input: number, threshold: number, ratio: number, knee: number): number {
  const over = input - threshold;
  if (2 * over < -knee) return input;
  if (knee > 0 && 2 * Math.abs(over) <= knee) return input + ((1 / ratio - 1) * (over + knee / 2) ** 2) / (2 * knee);
  return threshold + over / ratio;
}

function portion({ value, minimum, maximum }: Value): number {
  return Math.min(Math.max((value - minimum) / Math.max(maximum - minimum, Number.EPSILON), 0), 1);
}

function longPortion(value: Value): number {
  return taper(value).position(value.value);
}

/** How a range is spread over a knob: evenly, or, where it spans hundreds of times its start, by ratio. */
export function taper({ minimum, maximum }: { minimum: number; maximum: number }) {
  const range = Math.max(maximum - minimum, Number.EPSILON);
  if (minimum <= 0 || maximum / minimum < 100) {
    return {
      position: (value: number) => Math.min(Math.max((value - minimum) / range, 0), 1),
      value: (position: number) => minimum + position * range,
    };
  }
  const octaves = Math.log(maximum / minimum);
  return {
    position: (value: number) => Math.min(Math.max(Math.log(Math.max(value, minimum) / minimum) / octaves, 0), 1),
    value: (position: number) => Math.min(minimum * Math.exp(position * octaves), maximum),
  };
}

const n = (value: number) => Number(value.toFixed(1));
