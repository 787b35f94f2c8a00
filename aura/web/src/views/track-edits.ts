// Tracks made, grouped, moved and copied, each as one transaction.
import { TrackKind, type Command, type Track } from '../contract/messages';
import { dropAt, isWithin, type Drop } from '../scene/rows';
import { freshId } from './ids';
import type { Studio } from './studio.svelte';

/** Moves a track where it was dropped, its members along. */
export function dropTrack(studio: Studio, id: number, { before, group }: Drop): void {
  if (before === id) return;
  const track = studio.song.track(id);
  void studio.execute(
    [{ kind: { case: 'moveTrack', value: { id, before, group } } }],
    `Move ${track?.name ?? 'track'}`,
  );
}

/** Moves a track up or down by one row, among the rows that are seen. */
export function stepTrackRow(studio: Studio, track: Track, direction: 1 | -1): void {
  if (track.kind === TrackKind.MASTER) return;
  const { song } = studio;
  const { rows } = studio.timeline;
  const at = rows.findIndex((row) => row.track.id === track.id);
  const beyond =
    direction === -1 ? rows[at - 1] : rows.slice(at + 1).find((row) => !isWithin(song.tracks, row.track.id, track.id));
  if (!beyond || beyond.track.kind === TrackKind.MASTER) return;
  const y = direction === -1 ? beyond.top + 1 : beyond.top + beyond.height - 1;
  const drop = dropAt(rows, song.tracks, track.id, y);
  if (drop) dropTrack(studio, track.id, drop);
}

/** Puts a track into a new group that stands in its place. */
export async function groupTrack(studio: Studio): Promise<void> {
  const track = studio.selectedTrack;
  if (!track || track.kind === TrackKind.MASTER) return;
  const id = freshId(studio);
  const number = studio.song.tracks.filter(({ kind }) => kind === TrackKind.GROUP).length + 1;
  const name = `Group ${number}`;
  const commands: Command[] = [
    { kind: { case: 'addTrack', value: { id, kind: TrackKind.GROUP, name, before: track.id, group: track.group } } },
    { kind: { case: 'moveTrack', value: { id: track.id, before: 0, group: id } } },
  ];
  const created = await studio.execute(commands, `Group ${track.name}`);
  if (!created.length) return;
  studio.timeline.showTrack(id);
  studio.renaming = id;
}

/** Takes a track into the group above it. */
export function enterGroup(studio: Studio): void {
  const track = studio.selectedTrack;
  const above = studio.song.tracks.slice(
    0,
    studio.song.tracks.findIndex(({ id }) => id === track?.id),
  );
  const sibling = above.findLast((candidate) => candidate.group === track?.group);
  if (!track || sibling?.kind !== TrackKind.GROUP)
    return studio.notices.say('There is no group right above this track.');
  dropTrack(studio, track.id, { before: 0, group: sibling.id, line: undefined, into: sibling.id });
}

/** Takes a track out of its group, to below it. */
export function leaveGroup(studio: Studio): void {
  const track = studio.selectedTrack;
  const { tracks } = studio.song;
  const group = tracks.find(({ id }) => id === track?.group);
  if (!track || !group) return;
  const next = tracks.slice(tracks.indexOf(group) + 1).find((candidate) => !isWithin(tracks, candidate.id, group.id));
  const before = next && next.kind !== TrackKind.MASTER && next.group === group.group ? next.id : 0;
  dropTrack(studio, track.id, { before, group: group.group, line: undefined, into: 0 });
}

/** Copies a track with its devices, sends and clips, and puts the copy below it. Members of a group stay where they are. */
export async function duplicateTrack(studio: Studio): Promise<void> {
  const track = studio.selectedTrack;
  if (!track || track.kind === TrackKind.MASTER) return;
  const { song } = studio;
  const id = freshId(studio);
  const { kind, color, group, faderDb, pan, mute, solo, output, phaseInvert, soloSafe, midiOutput } = track;
  const siblings = song.tracks.filter((candidate) => candidate.group === group);
  const next = siblings[siblings.findIndex((candidate) => candidate.id === track.id) + 1];
  const before = next && next.kind !== TrackKind.MASTER ? next.id : 0;
  const value = { id, faderDb, pan, mute, solo, output, phaseInvert, soloSafe, ...(midiOutput && { midiOutput }) };
  const commands: Command[] = [
    { kind: { case: 'addTrack', value: { id, kind, name: `${track.name} copy`, color, before, group } } },
    { kind: { case: 'setTrack', value } },
  ];
  for (const device of song.devicesOf(track.id)) {
    const copy = freshId(studio);
    const { name, vendor, parameters, media } = device;
    if (!device.kind.case) continue;
    const added = { id: copy, track: id, name, vendor, kind: device.kind, parameters, media };
    commands.push({ kind: { case: 'addDevice', value: added } });
    if (device.bypass) commands.push({ kind: { case: 'setDevice', value: { id: copy, bypass: true } } });
  }
  for (const { target, levelDb, preFader } of song.sendsOf(track.id)) {
    commands.push({ kind: { case: 'addSend', value: { id: freshId(studio), track: id, target, levelDb, preFader } } });
  }
  for (const clip of song.lanesOf(track.id)) {
    const copied = { id: clip.id, newId: freshId(studio), track: id, start: clip.start };
    commands.push({ kind: { case: 'duplicateClip', value: copied } });
  }
  const created = await studio.execute(commands, `Duplicate ${track.name}`);
  if (created.length) studio.timeline.showTrack(id);
}
