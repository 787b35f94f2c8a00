// Bringing sounds and MIDI files into the song: those of this machine by their path, those of the browser's own in parts.
import type { Studio } from '../studio.svelte';

/** Where a file goes; see ImportPlace. */
export interface Place {
  start: number;
  track: number;
  before: number;
}

/** As the contract says (library.proto). */
const MAX_BYTES = 2 * 2 ** 30;
const PART_BYTES = 512 * 1024;

/** Imports a file of this machine. */
export async function importPath(studio: Studio, path: string, place: Place): Promise<void> {
  const answer = await studio.ask({ case: 'import', value: { paths: [path], mediaOnly: false, place } });
  if (answer?.case === 'imported') tell(studio, path.split('/').at(-1) ?? path, answer.value.warnings);
}

/** Sends files one after the other, and imports each. What is sent can be given up by `studio.browser`'s sending. */
export async function importFiles(studio: Studio, files: readonly File[], place: Place): Promise<void> {
  for (const file of files) {
    const going = await importFile(studio, file, place);
    if (!going) return;
  }
}

async function importFile(studio: Studio, file: File, place: Place): Promise<boolean> {
  const { sending } = studio;
  if (file.size > MAX_BYTES) {
    studio.notices.say(`${file.name} is longer than 2 GiB: import it from the Files tab.`, 'trouble');
    return true;
  }
  const begun = await studio.ask({ case: 'beginUpload', value: { name: file.name, totalBytes: file.size } });
  if (begun?.case !== 'uploadBegun') return true;
  const { upload } = begun.value;
  sending.begin(file.name, file.size);
  try {
    for (let offset = 0; offset < file.size; offset += PART_BYTES) {
      const data = new Uint8Array(await file.slice(offset, offset + PART_BYTES).arrayBuffer());
      const taken = await studio.ask({ case: 'uploadPart', value: { upload, offset, data } });
      if (taken?.case !== 'uploadReceived' || sending.givenUp) {
        await studio.ask({ case: 'cancelUpload', value: { upload } });
        return !sending.givenUp;
      }
      sending.sent(taken.value.receivedBytes);
    }
    const answer = await studio.ask({ case: 'finishUpload', value: { upload, mediaOnly: false, place } });
    if (answer?.case === 'imported') tell(studio, file.name, answer.value.warnings);
    return true;
  } finally {
    sending.end();
  }
}

function tell(studio: Studio, name: string, warnings: readonly string[]): void {
  const rest = warnings.length ? `: ${warnings.join('; ')}` : '.';
  studio.notices.say(`${name} is in the song${rest}`);
}
