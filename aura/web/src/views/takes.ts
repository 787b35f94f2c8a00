// The takes of a stretch of a track: passes of a recording that lie in lanes of their own, of which one is heard.
import type { Clip } from '../contract/messages';
import type { Studio } from './studio.svelte';

/** The clips of a track that overlap one of them, in the order they were recorded; none where all are heard. */
export function takesOf(clips: readonly Clip[], clip: Clip): Clip[] {
  const end = clip.start + clip.length;
  const here = clips.filter((other) => other.start < end && other.start + other.length > clip.start);
  return here.some(({ lane }) => lane > 0) ? here.sort((a, b) => a.id - b.id) : [];
}

/** Makes a take heard and selects it. */
export async function chooseTake(studio: Studio, take: Clip): Promise<void> {
  await studio.keys.selecting(async () => {
    await studio.execute([{ kind: { case: 'chooseTake', value: { clip: take.id } } }]);
    if (studio.song.clip(take.id)?.lane === 0) studio.selection.selectClip(take.id, take.track);
  });
}

/** To the take recorded after or before the heard one; from the last to the first. */
export function stepTake(studio: Studio, direction: 1 | -1): void {
  const track = studio.selectedTrack?.id ?? 0;
  const clips = studio.song.lanesOf(track);
  const heard = clips.filter((clip) => clip.lane === 0);
  const active = studio.activeClip?.track === track ? studio.activeClip : undefined;
  const at = studio.cueAt(performance.now());
  const under = heard.find((clip) => at >= clip.start && at < clip.start + clip.length);
  const clip = active ?? under ?? heard.find((candidate) => takesOf(clips, candidate).length);
  const takes = clip ? takesOf(clips, clip) : [];
  const here = takes.findIndex(({ id }) => id === clip?.id);
  const next = takes[(here + direction + takes.length) % Math.max(takes.length, 1)];
  if (next) void chooseTake(studio, next);
  else studio.notices.say('There are no takes here: record in a loop, or over what is there.');
}
