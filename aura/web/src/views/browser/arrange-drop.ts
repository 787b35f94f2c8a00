// Drops on the clips: a file goes to the position and track under the pointer, a device into that track's chain.
import type { Attachment } from 'svelte/attachments';
import { snap, stepAt } from '../../scene/grid';
import { rowAt } from '../../scene/hit';
import { positionAt } from '../../scene/view';
import { addDevice } from '../edits';
import type { Studio } from '../studio.svelte';
import { importFiles, importPath, type Place } from './intake';
import { mayDrop, payloadOf } from './payload';

/** Makes an element as large as the clips take drops. Alt leaves the grid alone. */
export function takesDrops(studio: Studio): Attachment<HTMLElement> {
  return (node) => {
    const over = (event: DragEvent) => {
      if (!mayDrop(event)) return;
      event.preventDefault();
      if (event.dataTransfer) event.dataTransfer.dropEffect = 'copy';
    };
    const drop = (event: DragEvent) => {
      if (!mayDrop(event)) return;
      event.preventDefault();
      dropped(studio, event, placeOf(studio, node, event));
    };
    node.addEventListener('dragover', over);
    node.addEventListener('drop', drop);
    return () => {
      node.removeEventListener('dragover', over);
      node.removeEventListener('drop', drop);
    };
  };
}

function placeOf(studio: Studio, node: HTMLElement, event: DragEvent): Place {
  const { song } = studio;
  const { view, model } = studio.timeline;
  const box = node.getBoundingClientRect();
  const position = Math.max(positionAt(view, event.clientX - box.left), 0);
  const step = stepAt(view.ticksPerPx, song.signatures, position);
  const start = event.altKey ? Math.round(position) : snap(position, step, song.signatures);
  const row = rowAt(view, model, event.clientY - box.top);
  return { start: Math.max(start, 0), track: row?.track.id ?? 0, before: 0 };
}

function dropped(studio: Studio, event: DragEvent, place: Place): void {
  const payload = payloadOf(event);
  if (payload?.kind === 'file') void importPath(studio, payload.path, place);
  else if (payload?.kind === 'device' && place.track) void addDevice(studio, place.track, payload.choice);
  else if (!payload && event.dataTransfer?.files.length) void importFiles(studio, [...event.dataTransfer.files], place);
}
