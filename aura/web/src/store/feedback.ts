// Whether a track that is heard while it is recorded would hear itself: sound that goes round gets louder each time.
import { Monitor, TrackKind, type AudioDevice, type Track } from '../contract/messages';

/** The device's channels that the song plays on, from 1 (put_out in the engine). */
const MAIN_CHANNELS = 2;

/** The channels of the device that an audio track takes. */
const channelsOf = (track: Pick<Track, 'input'>) => track.input?.audioChannels ?? [1, 2];

/** The track's input is what the song plays. */
export function hearsTheSong(
  track: Pick<Track, 'kind' | 'input'>,
  device: Pick<AudioDevice, 'loopsBack'> | undefined,
): boolean {
  const loops = device?.loopsBack ?? false;
  return loops && track.kind === TrackKind.AUDIO && channelsOf(track).some((channel) => channel <= MAIN_CHANNELS);
}

/** And it is played with the song. */
export function feedsBack(
  track: Pick<Track, 'kind' | 'input' | 'monitor'>,
  device: Pick<AudioDevice, 'loopsBack'> | undefined,
): boolean {
  return track.monitor === Monitor.ON && hearsTheSong(track, device);
}

export const FEEDBACK_TEXT = 'May feed back: the device hears what it plays';
export const FEEDBACK_REMEDY =
  'Monitored always, this track plays what it hears of itself, louder each time. Monitor it automatically (silent on this device) or off, or take another input.';
