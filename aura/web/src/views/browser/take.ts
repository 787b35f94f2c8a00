// What is done with an entry of the browser panel: a device goes onto the selected track, a file into the song or to the ear.
import { FileKind, TrackKind, type FileEntry } from '../../contract/messages';
import { addDevice, type DeviceChoice } from '../edits';
import type { Studio } from '../studio.svelte';
import { importPath } from './intake';

/** Adds a device to the selected track. */
export function takeChoice(studio: Studio, choice: DeviceChoice): void {
  const track = studio.selectedTrack;
  if (!track) return;
  if (choice.instrument && track.kind !== TrackKind.INSTRUMENT)
    return studio.notices.say(`${choice.name} plays notes: choose an instrument track for it.`, 'trouble');
  void addDevice(studio, track.id, choice);
}

/** Goes into a folder; imports a file at the playhead. */
export function takeEntry(studio: Studio, entry: FileEntry): void {
  const { browser } = studio;
  if (entry.kind === FileKind.FOLDER) return void browser.open([...browser.path, entry]);
  void browser.silence();
  const start = Math.max(Math.round(studio.cueAt(performance.now())), 0);
  const track = studio.selectedTrack?.id ?? 0;
  void importPath(studio, entry.path, { start, track, before: 0 });
}

/** Plays a sound beside the song, or ends it. */
export function hearEntry({ browser }: Studio, entry: FileEntry): void {
  void (browser.heard?.path === entry.path ? browser.silence() : browser.listen(entry.path));
}
