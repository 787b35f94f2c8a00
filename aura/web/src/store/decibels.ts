// Levels: decibels, linear gain, and where both lie on a fader or meter.
export const SILENCE_DB = -150;
export const TOP_DB = 6;

/** Decibels and their height on the scale: fader and meter share it, so that they can be read side by side. */
const SCALE: readonly (readonly [number, number])[] = [
  [SILENCE_DB, 0],
  [-60, 0.03],
  [-40, 0.14],
  [-30, 0.25],
  [-20, 0.4],
  [-10, 0.6],
  [0, 0.84],
  [TOP_DB, 1],
];

/** Height of a level, 0 to 1. */
export function heightOf(db: number): number {
  return through(SCALE, db, 0, 1);
}

/** Level at a height. */
export function levelAt(height: number): number {
  return through(SCALE, height, 1, 0);
}

/** Linear gain of a level; silence is 0. */
export function gainOf(db: number): number {
  return db <= SILENCE_DB ? 0 : 10 ** (db / 20);
}

/** Level of a linear value. */
export function dbOf(linear: number): number {
  return linear <= 0 ? SILENCE_DB : Math.max(20 * Math.log10(linear), SILENCE_DB);
}

/** "-6.0", and "−∞" for silence. */
export function formatDb(db: number): string {
  if (db <= SILENCE_DB) return '−∞';
  const text = Math.abs(db).toFixed(1);
  return db < 0 && text !== '0.0' ? `-${text}` : text;
}

/** The level that a text means, within the fader's range: "-6", "3,5 dB", "-inf". */
export function parseDb(text: string): number | undefined {
  if (/^\s*[-−]\s*(∞|inf)/i.test(text)) return SILENCE_DB;
  const db = numberIn(text);
  return db === undefined ? undefined : Math.min(Math.max(db, SILENCE_DB), TOP_DB);
}

/** The pan that a text means: "C", "30 L", "-30", "R". */
export function parsePan(text: string): number | undefined {
  const side = /[lr]/i.exec(text)?.[0].toLowerCase();
  const percent = numberIn(text) ?? (side ? 100 : /c/i.test(text) ? 0 : undefined);
  if (percent === undefined) return undefined;
  const signed = side === 'l' ? -Math.abs(percent) : side === 'r' ? Math.abs(percent) : percent;
  return Math.min(Math.max(signed / 100, -1), 1);
}

function numberIn(text: string): number | undefined {
  const found = /[-+−]?\s*\d+([.,]\d+)?/.exec(text)?.[0];
  return found === undefined ? undefined : Number(found.replace('−', '-').replace(',', '.').replaceAll(' ', ''));
}

/** As it is spoken: "-6.0 dB", "silent". */
export function speakDb(db: number): string {
  return db <= SILENCE_DB ? 'silent' : `${formatDb(db)} dB`;
}

/** "C", "23 L", "50 R". */
export function formatPan(pan: number): string {
  const percent = Math.round(Math.abs(pan) * 100);
  return percent === 0 ? 'C' : `${percent} ${pan < 0 ? 'L' : 'R'}`;
}

export function speakPan(pan: number): string {
  const percent = Math.round(Math.abs(pan) * 100);
  return percent === 0 ? 'centre' : `${percent} percent ${pan < 0 ? 'left' : 'right'}`;
}

function through(scale: typeof SCALE, x: number, from: 0 | 1, to: 0 | 1): number {
  const upper = scale.findIndex((point) => point[from] >= x);
  const b = scale[upper === -1 ? scale.length - 1 : upper];
  const a = scale[Math.max(upper - 1, 0)];
  if (!a || !b || upper <= 0 || b[from] === a[from]) return (upper === 0 ? scale[0] : scale.at(-1))?.[to] ?? 0;
  return a[to] + ((x - a[from]) / (b[from] - a[from])) * (b[to] - a[to]);
}
