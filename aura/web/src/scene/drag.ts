// Where dragged clips would go. Pure: from the grip and the pointer to starts, tracks and lengths.
import type { Clip, Track } from '../contract/messages';
import { snap, type GridStep } from './grid';
import type { SignatureMap } from '../store/signature-map';

export interface Move {
  id: number;
  track: number;
  start: number;
}

export interface Drag {
  /** The clips as they were when taken. */
  clips: readonly Clip[];
  /** The one under the pointer: it snaps, the others keep their distance. */
  grip: Clip;
  tracks: readonly Track[];
}

/** Moves by `delta` ticks and `rows` rows; `step` undefined: no snapping. */
export function moved(
  drag: Drag,
  delta: number,
  rows: number,
  step: GridStep | undefined,
  signatures: SignatureMap,
): Move[] {
  const wanted = Math.max(Math.round(drag.grip.start + delta), 0);
  const start = step ? snap(wanted, step, signatures) : wanted;
  const earliest = Math.min(...drag.clips.map((clip) => clip.start));
  const by = Math.max(start - drag.grip.start, -earliest);
  const shift = tracksAllow(drag, rows) ? rows : 0;
  return drag.clips.map((clip) => ({
    id: clip.id,
    start: clip.start + by,
    track: shifted(drag, clip, shift) ?? clip.track,
  }));
}

/** Every clip lands on a track of its own track's kind, or none changes track. */
function tracksAllow(drag: Drag, rows: number): boolean {
  return drag.clips.every((clip) => shifted(drag, clip, rows) !== undefined);
}

function shifted({ tracks }: Drag, clip: Clip, rows: number): number | undefined {
  const from = tracks.findIndex((track) => track.id === clip.track);
  const target = tracks[from + rows];
  return target && target.kind === tracks[from]?.kind ? target.id : undefined;
}
