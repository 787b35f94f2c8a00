// Edits that concern recording: arming, inputs, monitoring, and how recordings begin.
import { Monitor, TrackKind, type MetronomeOutput, type Track } from '../contract/messages';
import { FEEDBACK_REMEDY, FEEDBACK_TEXT, feedsBack } from '../store/feedback';
import { setSong } from './song-edits';
import type { Studio } from './studio.svelte';

/** Punches where the loop is, and switches punching on. */
export function setPunchToLoop(studio: Studio): void {
  const { loopStart, loopEnd } = studio.song.song;
  if (loopEnd <= loopStart) return studio.notices.say('Set a loop first: punch takes its range.');
  setSong(studio, { punchEnabled: true, punchIn: loopStart, punchOut: loopEnd });
}

/** Whether a track can record. */
export function canRecord(track: Track): boolean {
  return track.kind === TrackKind.AUDIO || track.kind === TrackKind.INSTRUMENT;
}

export function toggleArmed(studio: Studio, track: Track): void {
  if (!canRecord(track))
    return studio.notices.say(`“${track.name}” has nothing to record: arm an audio or instrument track.`);
  const armed = !track.armed;
  if (armed) warn(studio, track);
  const hold = studio.song.hold(track.id, { armed });
  void studio.execute([{ kind: { case: 'setTrack', value: { id: track.id, armed } } }], '', [hold]);
}

export function armPressed(studio: Studio): void {
  if (studio.selectedTrack) toggleArmed(studio, studio.selectedTrack);
}

export function setMonitor(studio: Studio, track: Track, monitor: Monitor): void {
  warn(studio, { ...track, monitor });
  const hold = studio.song.hold(track.id, { monitor });
  void studio.execute([{ kind: { case: 'setTrack', value: { id: track.id, monitor } } }], '', [hold]);
}

/** Says before it is heard that a track may feed back. */
function warn(studio: Studio, track: Track): void {
  if (feedsBack(track, studio.machine.audioDevice))
    studio.notices.say(`“${track.name}”: ${FEEDBACK_TEXT}. ${FEEDBACK_REMEDY}`, 'trouble');
}

/** Lets the metronome be heard elsewhere on this machine. */
export async function setMetronomeOutput(studio: Studio, output: MetronomeOutput): Promise<void> {
  await studio.ask({ case: 'setMetronomeOutput', value: { output } });
}

/** Which channels of the device an audio track takes; none: no input. */
export function setChannels(studio: Studio, track: Track, audioChannels: number[]): void {
  const input = { audioChannels, midiPort: '' };
  warn(studio, { ...track, input });
  const value = { id: track.id, input };
  void studio.execute([{ kind: { case: 'setTrack', value } }]);
}

/** Where a track's notes are also sent: a port by its name, "" for none, on a channel from 1, or 0 for each note's own. */
export function setMidiOutput(studio: Studio, track: Track, port: string, channel: number): void {
  const midiOutput = { port, channel };
  const hold = studio.song.hold(track.id, { midiOutput: port ? midiOutput : undefined });
  void studio.execute([{ kind: { case: 'setTrack', value: { id: track.id, midiOutput } } }], '', [hold]);
}

/** Which port an instrument listens to: "*" for all and the page's keyboard, "" for none. */
export function setPort(studio: Studio, track: Track, midiPort: string): void {
  const value = { id: track.id, input: { audioChannels: [], midiPort } };
  void studio.execute([{ kind: { case: 'setTrack', value } }]);
}
