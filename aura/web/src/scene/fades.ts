// Fades as curves, with the formulas of FadeCurve in song.proto; and where a cross-fade fits. Pure.
import { FadeCurve, type Clip } from '../contract/messages';

/** Gain at t, 0 to 1, of the way from silence to the whole. */
export function fadeGain(curve: FadeCurve, t: number): number {
  if (curve === FadeCurve.EQUAL_POWER) return Math.sin((Math.PI / 2) * t);
  if (curve === FadeCurve.S_CURVE) return t * t * (3 - 2 * t);
  return t;
}

export const FADE_NAMES: readonly (readonly [FadeCurve, string])[] = [
  [FadeCurve.LINEAR, 'Linear'],
  [FadeCurve.EQUAL_POWER, 'Equal power'],
  [FadeCurve.S_CURVE, 'S-curve'],
];

/** The fades that cross-fade two audio clips where they overlap; undefined where they do not, or one hides the other. */
export function crossFade(a: Clip, b: Clip): { earlier: Clip; later: Clip; overlap: number } | undefined {
  const [earlier, later] = a.start <= b.start ? [a, b] : [b, a];
  const overlap = earlier.start + earlier.length - later.start;
  if (earlier.track !== later.track || overlap <= 0 || overlap >= Math.min(earlier.length, later.length))
    return undefined;
  return { earlier, later, overlap };
}
