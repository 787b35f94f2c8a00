// The rows of the arrange view: which tracks are seen, how high, how far indented; and where a dragged one would go. Pure.
import { TrackKind, type Track } from '../contract/messages';

export interface Row {
  track: Track;
  /** From the first row's top. */
  top: number;
  height: number;
  /** Groups around it. */
  depth: number;
}

/** Rows with clips grow into the room there is, within these; the others need less. */
const ROW_PX = { least: 58, most: 76, short: 38 } as const;
/** What the musician may choose. */
const OWN_PX = { least: 26, most: 240 } as const;

export interface Wishes {
  /** Room on the screen. */
  height: number;
  /** Heights chosen for single tracks. */
  heights: ReadonlyMap<number, number>;
  /** Groups whose members are not shown. */
  folded: ReadonlySet<number>;
}

/** Whether a track has a lane for clips. */
export const holdsClips = ({ kind }: Track) => kind === TrackKind.AUDIO || kind === TrackKind.INSTRUMENT;

export function rowsOf(tracks: readonly Track[], { height, heights, folded }: Wishes): Row[] {
  const parents = new Map(tracks.map((track) => [track.id, track.group]));
  const shown = tracks.filter((track) => !groupsOf(track.group, parents).some((group) => folded.has(group)));
  const lanes = shown.filter(holdsClips).length;
  const room = (height - (shown.length - lanes) * ROW_PX.short) / Math.max(lanes, 1);
  const tall = Math.min(Math.max(Math.floor(room), ROW_PX.least), ROW_PX.most);
  let top = 0;
  return shown.map((track) => {
    const own = heights.get(track.id) ?? (holdsClips(track) ? tall : ROW_PX.short);
    const row = { track, top, height: own, depth: groupsOf(track.group, parents).length };
    top += own;
    return row;
  });
}

export const heightWithin = (px: number) => Math.min(Math.max(Math.round(px), OWN_PX.least), OWN_PX.most);

/** A group and those around it, inner first. */
function groupsOf(group: number, parents: ReadonlyMap<number, number>): number[] {
  const groups: number[] = [];
  for (let at = group; at && !groups.includes(at); at = parents.get(at) ?? 0) groups.push(at);
  return groups;
}

/** Whether a track is a group or lies in it. */
export function isWithin(tracks: readonly Track[], track: number, group: number): boolean {
  const parents = new Map(tracks.map((candidate) => [candidate.id, candidate.group]));
  return track === group || groupsOf(parents.get(track) ?? 0, parents).includes(group);
}

/** Where a dragged track lands. */
export interface Drop {
  /** Above this track; 0: at the end of the group, or above the master. */
  before: number;
  /** In this group; 0: in none. */
  group: number;
  /** Where to draw the line, from the first row's top; undefined where it goes into the group at `into`. */
  line: number | undefined;
  /** The row of the group it goes into. */
  into: number;
}

/** Where a track dragged to a height goes: between rows, or on the middle of a group into it. */
export function dropAt(rows: readonly Row[], tracks: readonly Track[], dragged: number, y: number): Drop | undefined {
  const row = rows.find((candidate) => y < candidate.top + candidate.height) ?? rows.at(-1);
  if (!row || isWithin(tracks, row.track.id, dragged)) return undefined;
  const part = (y - row.top) / row.height;
  const { track } = row;
  if (track.kind === TrackKind.GROUP && part > 0.3 && part < 0.8) {
    return { before: 0, group: track.id, line: undefined, into: track.id };
  }
  if (part < 0.5 || track.kind === TrackKind.MASTER) {
    const before = track.kind === TrackKind.MASTER ? 0 : track.id;
    return { before, group: track.group, line: row.top, into: 0 };
  }
  // Below a row lies the next one that is no member of it.
  const next = rows.slice(rows.indexOf(row) + 1).find((candidate) => !isWithin(tracks, candidate.track.id, track.id));
  const sibling = next?.track.group === track.group && next.track.kind !== TrackKind.MASTER;
  const line = next ? next.top : row.top + row.height;
  return { before: sibling ? next.track.id : 0, group: track.group, line, into: 0 };
}
