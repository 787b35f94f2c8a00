// The curve of the built-in EQ, by the analog filters that it follows. Pure; the formulas are those of docs/devices/eq.md,
// and the cases of chorus/conformance/eq.json hold for the engine and for this.

/** A band, its values in the units of its parameters. */
export interface Band {
  /** The parameters' group: "High-pass", "Low shelf", "Bell 2" … */
  module: string;
  on: number;
  frequency: number;
  q: number;
  /** Decibels, of bells and shelves. */
  gain?: number;
  /** 0 to 3 for 12 to 48 dB an octave, of high-pass and low-pass. */
  slope?: number;
}

/** Factors of s², s and 1. */
type Polynomial = readonly [number, number, number];

function power([second, first, zeroth]: Polynomial, ratio: number): number {
  return (zeroth - second * ratio ** 2) ** 2 + (first * ratio) ** 2;
}

/** Decibels that a band adds at `hertz`. */
export function bandDecibels(band: Band, hertz: number): number {
  if (band.on < 0.5) return 0;
  const ratio = hertz / band.frequency;
  const decibels = ([above, below]: readonly [Polynomial, Polynomial]) =>
    10 * Math.log10(power(above, ratio) / power(below, ratio));
  if (band.slope === undefined) return decibels(shelfOrBell(band.module, band.gain ?? 0, band.q));
  const through: Polynomial = band.module === 'High-pass' ? [1, 0, 0] : [0, 0, 1];
  const sections = qualities(band.slope, band.q).map((q) => decibels([through, [1, 1 / q, 1]]));
  return sections.reduce((sum, section) => sum + section, 0);
}

/** Those of Butterworth's filter of order 2, 4, 6 or 8, the highest moved by `q`. */
function qualities(slope: number, q: number): number[] {
  const count = Math.round(slope) + 1;
  const flat = Array.from({ length: count }, (_, i) => 1 / (2 * Math.cos((Math.PI * (2 * i + 1)) / (4 * count))));
  return flat.map((quality, i) => (i === count - 1 ? (quality * q) / 0.71 : quality));
}

function shelfOrBell(module: string, gain: number, q: number): readonly [Polynomial, Polynomial] {
  const a = 10 ** (gain / 40);
  const root = Math.sqrt(a) / q;
  if (module === 'Low shelf')
    return [
      [a, a * root, a * a],
      [a, root, 1],
    ];
  if (module === 'High shelf')
    return [
      [a * a, a * root, a],
      [1, root, a],
    ];
  return [
    [1, a / q, 1],
    [1, 1 / (a * q), 1],
  ];
}
