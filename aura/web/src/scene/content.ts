// Where a clip's content lies in the song: its window, and the turns of its loop. Pure.
import type { Clip } from '../contract/messages';

/** More turns than this are not drawn one by one: a screen has no room for them. */
const MAX_TURNS = 4096;

/** Where the content's window starts, in ticks of the content. */
export const offsetOf = (clip: Clip) => (clip.content.case === 'notes' ? clip.content.value.offset : 0);

/** The stretch of the content that is heard, in ticks of the content: [from, to). */
export function windowOf(clip: Clip): [number, number] {
  const from = offsetOf(clip);
  return [from, from + (clip.loopLength || clip.length)];
}

/** Where in the song each turn of the window begins; the first may lie before the clip. Without a loop there is one. */
export function echoesOf(clip: Clip): number[] {
  if (!clip.loopLength) return [clip.start];
  const turns: number[] = [];
  const end = clip.start + clip.length;
  for (let at = clip.start - clip.loopPhase; at < end && turns.length < MAX_TURNS; at += clip.loopLength)
    turns.push(at);
  return turns;
}

/** Where in the song the content's own beginning lies, for the turn that begins at a place: the first unless said. */
export function originOf(clip: Clip, turn = echoesOf(clip)[0] ?? clip.start): number {
  return turn - offsetOf(clip);
}
