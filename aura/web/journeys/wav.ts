// What a WAV file of 32-bit floats holds, and how loud that is: its peak, and its integrated loudness by ITU-R BS.1770-5.
import { readFileSync } from 'node:fs';

const FLOAT = 3;
const EXTENSIBLE = 0xfffe;

export interface Sound {
  rate: number;
  /** One array a channel. */
  channels: Float32Array[];
}

/** Reads a file; throws where it is none of stereo floats. */
export function readWav(path: string): Sound {
  const file = readFileSync(path);
  const chunks = chunksOf(file);
  const format = chunks.get('fmt ');
  const data = chunks.get('data');
  if (!format || !data) throw new Error(`${path} is no WAV file`);
  const code = format.readUInt16LE(0) === EXTENSIBLE ? format.readUInt16LE(24) : format.readUInt16LE(0);
  const count = format.readUInt16LE(2);
  if (code !== FLOAT || count !== 2 || format.readUInt16LE(14) !== 32)
    throw new Error(`${path} holds no stereo floats`);
  const frames = data.length / 4 / count;
  const channels = Array.from({ length: count }, (_, channel) =>
    Float32Array.from({ length: frames }, (_, frame) => data.readFloatLE((frame * count + channel) * 4)),
  );
  return { rate: format.readUInt32LE(4), channels };
}

function chunksOf(file: Buffer): Map<string, Buffer> {
  const chunks = new Map<string, Buffer>();
  for (let at = 12; at + 8 <= file.length;) {
    const length = file.readUInt32LE(at + 4);
    chunks.set(file.toString('latin1', at, at + 4), file.subarray(at + 8, at + 8 + length));
    at += 8 + length + (length % 2);
  }
  return chunks;
}

/** The highest sample, 1 is full scale. */
export function peakOf({ channels }: Sound): number {
  return channels.reduce((most, samples) => samples.reduce((peak, it) => Math.max(peak, Math.abs(it)), most), 0);
}

/** K-weighting at 48 kHz, as the standard prints it: numerator, and denominator without its 1. */
const STAGES = [
  [1.53512485958697, -2.69169618940638, 1.19839281085285, -1.69065929318241, 0.73248077421585],
  [1, -2, 1, -1.99004745483398, 0.99007225036621],
] as const;
const BLOCK_S = 0.4;
const STEP_S = 0.1;
const ABSOLUTE_GATE = -70;
const RELATIVE_GATE = -10;

/** Integrated loudness of 48 kHz in LUFS. */
export function loudnessOf({ rate, channels }: Sound): number {
  if (rate !== 48_000) throw new Error(`the weighting is for 48 kHz, not for ${rate}`);
  const weighted = channels.map((samples) => STAGES.reduce(filtered, Float64Array.from(samples)));
  const [length, step] = [BLOCK_S * rate, STEP_S * rate];
  const powers: number[] = [];
  for (let at = 0; at + length <= (weighted[0]?.length ?? 0); at += step) {
    const sums = weighted.map((samples) => samples.subarray(at, at + length).reduce((sum, it) => sum + it * it, 0));
    powers.push(sums.reduce((sum, it) => sum + it, 0) / length);
  }
  const heard = powers.filter((power) => lufs(power) > ABSOLUTE_GATE);
  const gate = lufs(mean(heard)) + RELATIVE_GATE;
  return lufs(mean(heard.filter((power) => lufs(power) > gate)));
}

function filtered(samples: Float64Array, [b0, b1, b2, a1, a2]: (typeof STAGES)[number]): Float64Array {
  let [x1, x2, y1, y2] = [0, 0, 0, 0];
  return samples.map((x) => {
    const y = b0 * x + b1 * x1 + b2 * x2 - a1 * y1 - a2 * y2;
    [x2, x1, y2, y1] = [x1, x, y1, y];
    return y;
  });
}

const lufs = (power: number) => -0.691 + 10 * Math.log10(power);
const mean = (values: readonly number[]) => values.reduce((sum, it) => sum + it, 0) / values.length;
