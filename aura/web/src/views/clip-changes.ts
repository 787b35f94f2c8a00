// From a clip as it is and as it shall be to the commands that make it so: gestures, fields and keys all go through here.
import type { Clip, Command } from '../contract/messages';
import type { Studio } from './studio.svelte';

type SetClip = Extract<NonNullable<Command['kind']>, { case: 'setClip' }>['value'];

const PLAIN = [
  'name',
  'length',
  'mute',
  'fadeIn',
  'fadeOut',
  'fadeInCurve',
  'fadeOutCurve',
  'loopLength',
  'loopPhase',
] as const;
/** What SetClip takes for "the track's colour". */
const TRACKS_COLOR = 8;

/** The commands that turn one into the other; none where they are alike. */
export function commandsFor(before: Clip, after: Clip): Command[] {
  const commands: Command[] = [];
  const { id } = before;
  if (before.start !== after.start || before.track !== after.track) {
    commands.push({ kind: { case: 'moveClip', value: { id, track: after.track, start: after.start } } });
  }
  const value: SetClip = { id };
  for (const field of PLAIN) {
    if (before[field] !== after[field]) Object.assign(value, { [field]: after[field] });
  }
  if (before.color !== after.color) value.color = after.color ?? TRACKS_COLOR;
  Object.assign(value, contentChanges(before.content, after.content));
  if (Object.keys(value).length > 1) commands.push({ kind: { case: 'setClip', value } });
  return commands;
}

function contentChanges(before: Clip['content'], after: Clip['content']): Omit<SetClip, 'id'> {
  if (before.case === 'notes' && after.case === 'notes') {
    return before.value.offset === after.value.offset ? {} : { offset: after.value.offset };
  }
  if (before.case !== 'audio' || after.case !== 'audio') return {};
  const [a, b] = [before.value, after.value];
  return {
    ...(a.gainDb !== b.gainDb && { gainDb: b.gainDb }),
    ...(a.offsetFrames !== b.offsetFrames && { offsetFrames: b.offsetFrames }),
    ...(a.reverse !== b.reverse && { reverse: b.reverse }),
  };
}

/** What differs, to be held over a clip while it is on its way. */
export function patchOf(before: Clip, after: Clip): Partial<Clip> {
  const fields = [...PLAIN, 'start', 'track', 'color', 'content'] as const;
  return Object.fromEntries(
    fields.filter((field) => before[field] !== after[field]).map((field) => [field, after[field]]),
  );
}

/** Makes clips what they shall be, as one transaction; shown at once. */
export async function changeClips(studio: Studio, clips: readonly Clip[], verb: string): Promise<void> {
  const { song } = studio;
  const changed = clips.flatMap((after) => {
    const before = song.replica.clips.get(after.id);
    const commands = before ? commandsFor(before, after) : [];
    return before && commands.length ? [{ before, after, commands }] : [];
  });
  const [first] = changed;
  if (!first) return;
  const holds = changed.map(({ before, after }) => song.hold(before.id, patchOf(before, after)));
  const what = changed.length === 1 ? `“${first.before.name || 'clip'}”` : `${changed.length} clips`;
  await studio.execute(
    changed.flatMap(({ commands }) => commands),
    `${verb} ${what}`,
    holds,
  );
}
