// The curve of all bands of the built-in EQ, and where things lie in its drawing. Pure.
import { bandDecibels, type Band } from './eq';

/** The drawing's size in pixels. */
export interface Size {
  width: number;
  height: number;
}

/** What is drawn, in decibels, up and down. */
export const MOST_DB = 24;
const LOWEST_HZ = 20;
const DECADES = 3;
/** Pixels between two points of the curve. */
const STEP = 3;

export const xOf = (hertz: number, { width }: Size) => (Math.log10(hertz / LOWEST_HZ) / DECADES) * width;
export const hertzAt = (x: number, { width }: Size) => LOWEST_HZ * 10 ** (portion(x, width) * DECADES);
export const yOf = (db: number, { height }: Size) =>
  ((MOST_DB - Math.min(Math.max(db, -MOST_DB), MOST_DB)) / (2 * MOST_DB)) * height;
export const decibelsAt = (y: number, { height }: Size) => MOST_DB - portion(y, height) * 2 * MOST_DB;

/** Of a length; the drawing has none until it is laid out. */
const portion = (part: number, whole: number) => (whole > 0 ? Math.min(Math.max(part / whole, 0), 1) : 0);

/** What all bands do together, as an SVG path from the lowest to the highest frequency. */
export function curveOf(bands: readonly Band[], output: number, size: Size): string {
  const points = Math.max(Math.ceil(size.width / STEP), 1);
  let path = '';
  for (let i = 0; i <= points; i++) {
    const x = (i / points) * size.width;
    const hertz = hertzAt(x, size);
    const db = bands.reduce((sum, band) => sum + bandDecibels(band, hertz), output);
    path += `${i ? 'L' : 'M'}${x.toFixed(1)} ${yOf(db, size).toFixed(1)}`;
  }
  return path;
}
