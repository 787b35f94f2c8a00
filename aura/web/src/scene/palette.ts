// The colours of tracks: eight hues, equally light and equally strong.
const HUES = [255, 25, 65, 145, 195, 300, 340, 100] as const;

/** Their names. */
export const COLOR_NAMES = ['blue', 'red', 'orange', 'green', 'teal', 'violet', 'pink', 'olive'] as const;

const hue = (color: number) => HUES[color % HUES.length] ?? HUES[0];
const tone = (lightness: number, chroma: number) => HUES.map((h) => `oklch(${lightness} ${chroma} ${h})`);

const BODY = tone(0.34, 0.055);
const HEADER = tone(0.46, 0.075);
const TITLE = tone(0.93, 0.03);
const WAVE = tone(0.78, 0.1);
const NOTE = tone(0.86, 0.1);

/** A track's colour. */
export const trackColor = (color: number) => `oklch(0.74 0.115 ${hue(color)})`;

/** The colours of a clip. */
export function clipColors(color: number) {
  const i = color % HUES.length;
  return {
    body: BODY[i] ?? '',
    header: HEADER[i] ?? '',
    title: TITLE[i] ?? '',
    wave: WAVE[i] ?? '',
    note: NOTE[i] ?? '',
  };
}

/** How many colours there are. */
export const COLORS = HUES.length;
