// Draws the ruler: sections between markers, loop, punch, tempo and signature, bar numbers.
import { gridLines } from './grid';
import { sized } from './renderer';
import { BANDS, labelX, RULER_PX, type RulerItem } from './ruler-items';
import { loopDrawing, type Model } from './scene';
import { positionAt, xOf, type View } from './view';

const COLORS = {
  accent: '#f2b35b',
  accentDim: '#5d4a2f',
  section: '#1c2127',
  sectionLooped: '#3a3020',
  label: '#a2adba',
  faint: '#8894a1',
  active: '#e9edf2',
  punch: '#ff6259',
  punchDim: '#6e3532',
  tick: '#2b323b',
} as const;
const LABEL_FONT = '10.5px "Inter Variable", system-ui, sans-serif';

/** What the ruler shows beside bars and the loop. */
export interface RulerPainting {
  items: readonly RulerItem[];
  /** The item the keys are at. */
  active: number;
  punch: { start: number; end: number; enabled: boolean };
}

export function paintRuler(
  canvas: HTMLCanvasElement,
  view: View,
  model: Model,
  { items, active, punch }: RulerPainting,
  density: number,
): void {
  const g = sized(canvas, view.width, RULER_PX, density);
  if (!g) return;
  g.clearRect(0, 0, view.width, RULER_PX);
  const markers = items.filter(({ kind }) => kind === 'marker');
  paintSections(g, view, model, markers, active);
  const loop = loopDrawing(view, model);
  if (loop) {
    g.fillStyle = loop.enabled ? COLORS.accent : COLORS.accentDim;
    round(g, loop.x, BANDS.loop.top + 2, Math.max(loop.width, 2), 4, 2);
  }
  if (punch.end > punch.start) {
    g.fillStyle = punch.enabled ? COLORS.punch : COLORS.punchDim;
    round(g, xOf(view, punch.start), BANDS.punch.top + 1, (punch.end - punch.start) / view.ticksPerPx, 3, 1.5);
  }
  paintTime(g, view, items, active);
  paintBarNumbers(g, view, model);
}

/** Tempo and signature where they change. */
function paintTime(g: CanvasRenderingContext2D, view: View, items: readonly RulerItem[], active: number): void {
  g.font = LABEL_FONT;
  for (const item of items) {
    if (item.kind === 'marker') continue;
    const x = labelX(view, item, items);
    if (x < -60 || x > view.width) continue;
    g.fillStyle = COLORS.tick;
    g.fillRect(Math.round(xOf(view, item.position)), BANDS.time.top + 1, 1, BANDS.time.bottom - BANDS.time.top - 2);
    g.fillStyle = item.id === active ? COLORS.active : COLORS.faint;
    g.fillText(item.text, x, BANDS.time.bottom - 3);
  }
}

/** From each marker to the next lies a section. */
function paintSections(
  g: CanvasRenderingContext2D,
  view: View,
  { loop }: Model,
  markers: readonly RulerItem[],
  active: number,
): void {
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
    g.fillStyle = marker.id === active ? COLORS.active : looped ? COLORS.accent : COLORS.label;
    g.fillText(marker.text, Math.max(left, 0) + 8, 15);
    g.restore();
  });
}

function paintBarNumbers(g: CanvasRenderingContext2D, view: View, model: Model): void {
  g.font = LABEL_FONT;
  for (const line of gridLines(view.scroll, positionAt(view, view.width), view.ticksPerPx, model.signatures)) {
    const x = Math.round(xOf(view, line.position));
    g.fillStyle = COLORS.tick;
    const top = line.label ? BANDS.bars.top : line.strength === 'bar' ? BANDS.bars.top + 6 : BANDS.bars.top + 9;
    g.fillRect(x, top, 1, RULER_PX - top);
    if (!line.label) continue;
    g.fillStyle = COLORS.label;
    g.fillText(line.label, x + 5, RULER_PX - 3);
  }
}

function round(g: CanvasRenderingContext2D, x: number, y: number, width: number, height: number, radius: number): void {
  g.beginPath();
  g.roundRect(x, y, width, height, radius);
  g.fill();
}
