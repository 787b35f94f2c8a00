// What lies under a point of a canvas, or what the keys of its grid are at, as places that have menus. What lies there is
// selected first, so that the menu's actions mean it.
import { hit } from '../../scene/hit';
import { rollHit } from '../../scene/roll-hit';
import { yOf } from '../../scene/roll';
import { itemAt } from '../../scene/ruler-items';
import { snapped, snappedDown } from '../../scene/snapping';
import { positionAt, xOf } from '../../scene/view';
import type { Studio } from '../studio.svelte';
import type { Offer, Point } from './place';

/** A menu opens so far below the upper edge of a clip. */
const IN_CLIP_PX = 16;

/** Of the arrange view; `box`: its canvas in the window. */
export function offerOfClips(studio: Studio, box: DOMRect, point: Point | undefined): Offer {
  const { selection, song } = studio;
  const { view, model } = studio.timeline;
  if (!point) return offerOfActiveClip(studio, box);
  const found = hit(view, model, point.x - box.left, point.y - box.top);
  const { clip } = found;
  if (clip) {
    if (selection.clips.has(clip.id)) selection.focusClip(clip.id, clip.track);
    else selection.selectClip(clip.id, clip.track);
    return { place: { kind: 'clip', clip: clip.id, position: found.position } };
  }
  selection.clear();
  const track = found.row?.track.id ?? 0;
  if (track) selection.selectTrack(track);
  const at = Math.max(found.position, 0);
  return { place: { kind: 'lane', track, position: snapped(at, studio.timeline.stepAt(at), song.signatures) } };
}

function offerOfActiveClip(studio: Studio, box: DOMRect): Offer {
  const { selection, activeClip: clip } = studio;
  const { view, rows } = studio.timeline;
  const track = clip?.track ?? studio.selectedTrack?.id ?? 0;
  const row = rows.find((candidate) => candidate.track.id === track);
  const position = Math.max(Math.round(studio.cueAt(performance.now())), 0);
  const x = xOf(view, clip?.start ?? position);
  const at = within(box, { x, y: (row?.top ?? 0) - view.scrollY + IN_CLIP_PX });
  if (!clip) return { place: { kind: 'lane', track, position }, at };
  if (!selection.clips.has(clip.id)) selection.selectClip(clip.id, clip.track);
  return { place: { kind: 'clip', clip: clip.id, position: undefined }, at };
}

/** Of the ruler. */
export function offerOfRuler(studio: Studio, box: DOMRect, point: Point | undefined): Offer {
  const { ruler, song } = studio;
  const { view } = studio.timeline;
  const item = point ? itemAt(view, ruler.items, point.x - box.left, point.y - box.top) : ruler.current;
  if (item) {
    ruler.active = item.id;
    const at = point ?? within(box, { x: xOf(view, item.position), y: box.height });
    return { place: { kind: 'ruler-item', item: item.id }, at };
  }
  const pointed = point && Math.max(positionAt(view, point.x - box.left), 0);
  const position =
    pointed === undefined
      ? Math.max(Math.round(studio.cueAt(performance.now())), 0)
      : snapped(pointed, studio.timeline.stepAt(pointed), song.signatures);
  const at = point ?? within(box, { x: xOf(view, position), y: box.height });
  return { place: { kind: 'ruler', position }, at };
}

/** Of the piano roll: its notes, or where its cursor is. */
export function offerOfNotes(studio: Studio, box: DOMRect, point: Point | undefined): Offer | undefined {
  const { roll, song } = studio;
  const { model, view } = roll;
  if (!model) return undefined;
  studio.context = 'notes';
  if (point) {
    const found = rollHit(view, model, point.x - box.left, point.y - box.top);
    const { note, position, pitch } = found;
    if (note && !roll.selected.has(note.id)) roll.select([note.id]);
    if (note) return { place: { kind: 'notes' } };
    roll.select([]);
    const down = snappedDown(position, roll.stepAt(position), song.signatures);
    roll.cursor = { position: Math.max(down, roll.origin), pitch };
    return { place: { kind: 'roll' } };
  }
  const [first] = roll.chosen;
  const position = first ? roll.origin + first.start : roll.cursor.position;
  const y = yOf(view, roll.pitches, first?.pitch ?? roll.cursor.pitch) ?? 0;
  const at = within(box, { x: xOf(view, position), y: y + view.rowPx });
  return { place: { kind: first ? 'notes' : 'roll' }, at };
}

/** A point of an element, kept inside it, in the window. */
function within(box: DOMRect, { x, y }: Point): Point {
  return {
    x: box.left + Math.min(Math.max(x, 0), box.width - 1),
    y: box.top + Math.min(Math.max(y, 0), box.height - 1),
  };
}
