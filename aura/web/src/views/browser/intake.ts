// Bringing sounds and MIDI files into the song: those of this machine by their path, those of the browser's own in parts.
import type { Incoming } from '../../contract/messages';
import type { Studio } from '../studio.svelte';

/** Where a file goes; see ImportPlace. */
export interface Place {
  start: number;
  track: number;
  before: number;
}

type ImportAnswer = Extract<Incoming, { case: 'imported' }>['value'];

/** What comes without a clip lies nowhere. */
const NOWHERE: Place = { start: 0, track: 0, before: 0 };

/** As the contract says (library.proto). */
const MAX_BYTES = 2 * 2 ** 30;
const PART_BYTES = 512 * 1024;

/** Imports a file of this machine. */
export async function importPath(studio: Studio, path: string, place: Place): Promise<void> {
  const answer = await studio.ask({ case: 'import', value: { paths: [path], mediaOnly: false, place } });
  if (answer?.case === 'imported') tell(studio, path.split('/').at(-1) ?? path, answer.value.warnings);
}

/** Brings a sound of this machine into the song without a clip; its media, or undefined where it was refused. */
export async function importSoundPath(studio: Studio, path: string): Promise<number | undefined> {
  const answer = await studio.ask({ case: 'import', value: { paths: [path], mediaOnly: true, place: NOWHERE } });
  return answer?.case === 'imported' ? answer.value.media || undefined : undefined;
}

/** Sends files one after the other, and imports each. What is sent can be given up by `studio.browser`'s sending. */
export async function importFiles(studio: Studio, files: readonly File[], place: Place): Promise<void> {
  for (const file of files) {
    const answer = await sendFile(studio, file, { mediaOnly: false, place });
    if (answer === 'given up') return;
    if (answer) tell(studio, file.name, answer.warnings);
  }
}

/** Sends a sound, which comes into the song without a clip; its media, or undefined where it was refused or given up. */
export async function importSoundFile(studio: Studio, file: File): Promise<number | undefined> {
  const answer = await sendFile(studio, file, { mediaOnly: true, place: NOWHERE });
  return answer && answer !== 'given up' ? answer.media || undefined : undefined;
}

/** What came of it; undefined where it was refused, and the reason was shown. */
async function sendFile(
  studio: Studio,
  file: File,
  how: { mediaOnly: boolean; place: Place },
): Promise<ImportAnswer | 'given up' | undefined> {
  const { sending } = studio;
  if (file.size > MAX_BYTES) {
    studio.notices.say(`${file.name} is longer than 2 GiB: import it from the Files tab.`, 'trouble');
    return undefined;
  }
  const begun = await studio.ask({ case: 'beginUpload', value: { name: file.name, totalBytes: file.size } });
  if (begun?.case !== 'uploadBegun') return undefined;
  const { upload } = begun.value;
  sending.begin(file.name, file.size);
  try {
    for (let offset = 0; offset < file.size; offset += PART_BYTES) {
      const data = new Uint8Array(await file.slice(offset, offset + PART_BYTES).arrayBuffer());
      const taken = await studio.ask({ case: 'uploadPart', value: { upload, offset, data } });
      if (taken?.case !== 'uploadReceived' || sending.givenUp) {
        await studio.ask({ case: 'cancelUpload', value: { upload } });
        return sending.givenUp ? 'given up' : undefined;
      }
      sending.sent(taken.value.receivedBytes);
    }
    const answer = await studio.ask({ case: 'finishUpload', value: { upload, ...how } });
    return answer?.case === 'imported' ? answer.value : undefined;
  } finally {
    sending.end();
  }
}

function tell(studio: Studio, name: string, warnings: readonly string[]): void {
  const rest = warnings.length ? `: ${warnings.join('; ')}` : '.';
  studio.notices.say(`${name} is in the song${rest}`);
}
