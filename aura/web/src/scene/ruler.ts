// Draws the ruler: sections between markers, the loop, bar numbers.
import type { Marker } from '../contract/messages';
import { gridLines } from './grid';
import { sized } from './renderer';
import { loopDrawing, type Model } from './scene';
import { positionAt, xOf, type View } from './view';

const COLORS = {
  accent: '#f2b35b',
  accentDim: '#5d4a2f',
  section: '#1c2127',
  sectionLooped: '#3a3020',
  label: '#a2adba',
  tick: '#2b323b',
} as const;
const LABEL_FONT = '10.5px "Inter Variable", system-ui, sans-serif';

export const RULER_PX = 44;
/** The band of the loop, for the pointer: above lie sections, below bar numbers. */
export const LOOP_BAND_PX = { top: 20, bottom: 30 };

export function paintRuler(
  canvas: HTMLCanvasElement,
  view: View,
  model: Model,
  markers: readonly Marker[],
  density: number,
): void {
  const g = sized(canvas, view.width, RULER_PX, density);
  if (!g) return;
  g.clearRect(0, 0, view.width, RULER_PX);
  paintSections(g, view, model, markers);
  const loop = loopDrawing(view, model);
  if (loop) {
    g.fillStyle = loop.enabled ? COLORS.accent : COLORS.accentDim;
    round(g, loop.x, 23, Math.max(loop.width, 2), 4, 2);
  }
  paintBarNumbers(g, view, model);
}

/** From each marker to the next lies a section. */
function paintSections(g: CanvasRenderingContext2D, view: View, { loop }: Model, markers: readonly Marker[]): void {
  g.font = LABEL_FONT;
  markers.forEach((marker, i) => {
    const next = markers[i + 1];
    const left = Math.max(xOf(view, marker.position), -8);
    const right = next ? xOf(view, next.position) : view.width + 8;
    if (right < 0 || left > view.width) return;
    const end = next?.position ?? Infinity;
    const looped = loop.enabled && marker.position >= loop.start && end <= loop.end;
    g.fillStyle = looped ? COLORS.sectionLooped : COLORS.section;
    round(g, left + 1, 4, Math.max(right - left - 2, 1), 15, 3);
    g.save();
    g.beginPath();
    g.rect(left, 4, right - left - 6, 15);
    g.clip();
    g.fillStyle = looped ? COLORS.accent : COLORS.label;
    g.fillText(marker.name, Math.max(left, 0) + 8, 15);
    g.restore();
  });
}

function paintBarNumbers(g: CanvasRenderingContext2D, view: View, model: Model): void {
  g.font = LABEL_FONT;
  for (const line of gridLines(view.scroll, positionAt(view, view.width), view.ticksPerPx, model.signatures)) {
    const x = Math.round(xOf(view, line.position));
    g.fillStyle = COLORS.tick;
    if (line.label) g.fillRect(x, 31, 1, RULER_PX - 31);
    else g.fillRect(x, line.strength === 'bar' ? 37 : 40, 1, RULER_PX - (line.strength === 'bar' ? 37 : 40));
    if (!line.label) continue;
    g.fillStyle = COLORS.label;
    g.fillText(line.label, x + 5, 41);
  }
}

function round(g: CanvasRenderingContext2D, x: number, y: number, width: number, height: number, radius: number): void {
  g.beginPath();
  g.roundRect(x, y, width, height, radius);
  g.fill();
}
