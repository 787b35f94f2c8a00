// Clips trimmed, slipped, faded, looped: what each would become. Pure; nothing here reaches before the content's beginning.
import type { Clip } from '../contract/messages';
import type { SignatureMap } from '../store/signature-map';
import type { TempoMap } from '../store/tempo-map';
import type { GridStep } from './grid';
import { snapped } from './snapping';

/** What trimming needs to know beside the clip. */
export interface TrimContext {
  step: GridStep | undefined;
  signatures: SignatureMap;
  tempo: TempoMap;
  /** Frames a second of the clip's media; 0 for notes. */
  mediaRate: number;
}

/** No clip is made shorter than this: a 64th note of a triplet, some 20 ms. */
const SHORTEST = 480_480;

/** Moves the left edge; what is heard stays where it is. */
export function trimmedStart(clip: Clip, position: number, context: TrimContext): Clip {
  const wanted = snapped(Math.max(position, 0), context.step, context.signatures);
  const latest = clip.start + clip.length - Math.min(SHORTEST, clip.length);
  const start = Math.max(Math.min(wanted, latest), earliest(clip, context));
  const by = start - clip.start;
  const trimmed = { ...clip, start, length: clip.length - by };
  if (clip.loopLength) {
    const phase = (clip.loopPhase + by) % clip.loopLength;
    return fitted({ ...trimmed, loopPhase: phase < 0 ? phase + clip.loopLength : phase });
  }
  return fitted(slipped(trimmed, by, context, clip.start));
}

/** Moves the right edge. */
export function trimmedEnd(clip: Clip, position: number, context: TrimContext): Clip {
  const end = snapped(Math.max(position, 0), context.step, context.signatures);
  return fitted({ ...clip, length: Math.max(end - clip.start, Math.min(SHORTEST, clip.length)) });
}

/** Moves the right edge and repeats the content; at its own length a clip is no longer looped. */
export function loopedTo(clip: Clip, position: number, context: TrimContext): Clip {
  const loopLength = clip.loopLength || clip.length;
  const longer = trimmedEnd(clip, position, context);
  const looped = longer.length > loopLength;
  return looped ? { ...longer, loopLength } : { ...longer, loopLength: 0, loopPhase: 0 };
}

/** Moves what is played under the clip: by so many ticks later in the content. */
export function slipped(clip: Clip, by: number, context: TrimContext, at = clip.start): Clip {
  const { content } = clip;
  if (content.case === 'notes') {
    const offset = Math.max(Math.round(content.value.offset + by), 0);
    return { ...clip, content: { case: 'notes', value: { ...content.value, offset } } };
  }
  if (content.case !== 'audio') return clip;
  const seconds = context.tempo.seconds(Math.max(at + by, 0)) - context.tempo.seconds(at);
  const moved = content.value.offsetFrames + seconds * context.mediaRate;
  const offsetFrames = Math.max(Math.round(moved), 0);
  return { ...clip, content: { case: 'audio', value: { ...content.value, offsetFrames } } };
}

/** Sets a fade's length from where its inner end is dragged to; the other one stays. */
export function faded(clip: Clip, side: 'in' | 'out', position: number): Clip {
  const room = clip.length - (side === 'in' ? clip.fadeOut : clip.fadeIn);
  const wanted = side === 'in' ? position - clip.start : clip.start + clip.length - position;
  const length = Math.round(Math.min(Math.max(wanted, 0), room));
  return side === 'in' ? { ...clip, fadeIn: length } : { ...clip, fadeOut: length };
}

/** Fades no longer than the clip: the fade out gives way first. */
function fitted(clip: Clip): Clip {
  const fadeIn = Math.min(clip.fadeIn, clip.length);
  return { ...clip, fadeIn, fadeOut: Math.min(clip.fadeOut, clip.length - fadeIn) };
}

/** The earliest start for which there is content. */
function earliest(clip: Clip, { tempo, mediaRate }: TrimContext): number {
  if (clip.loopLength) return 0;
  if (clip.content.case === 'notes') return Math.max(clip.start - clip.content.value.offset, 0);
  if (clip.content.case !== 'audio' || !mediaRate) return 0;
  const seconds = Math.max(tempo.seconds(clip.start) - clip.content.value.offsetFrames / mediaRate, 0);
  return Math.max(Math.ceil(tempo.ticksAtSeconds(seconds)), 0);
}
