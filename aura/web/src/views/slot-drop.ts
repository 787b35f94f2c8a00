// Sounds dropped on a zone or pad: from the browser panel, or from the desktop. Each comes into the song; several go to this
// slot and those after it.
import type { Attachment } from 'svelte/attachments';
import type { Device } from '../contract/messages';
import { importSoundFile, importSoundPath } from './browser/intake';
import { mayDrop, payloadOf } from './browser/payload';
import { SLOTS } from './slots';
import type { Studio } from './studio.svelte';

/** Makes an element take sounds for a slot; it has the class "over" while one is held over it. */
export function takesSounds(
  studio: Studio,
  to: () => { device: Device; slot: number; taken?: (slot: number) => void },
): Attachment<HTMLElement> {
  return (node) => {
    const mark = (on: boolean) => node.classList.toggle('over', on);
    const over = (event: DragEvent) => {
      if (!mayDrop(event)) return;
      event.preventDefault();
      if (event.dataTransfer) event.dataTransfer.dropEffect = 'copy';
      mark(true);
    };
    const leave = () => mark(false);
    const drop = (event: DragEvent) => {
      mark(false);
      const sounds = soundsOf(studio, event);
      if (!sounds.length) return;
      event.preventDefault();
      event.stopPropagation();
      const { device, slot, taken } = to();
      taken?.(slot);
      void fill(studio, device.id, slot, sounds);
    };
    node.addEventListener('dragover', over);
    node.addEventListener('dragleave', leave);
    node.addEventListener('drop', drop);
    return () => {
      node.removeEventListener('dragover', over);
      node.removeEventListener('dragleave', leave);
      node.removeEventListener('drop', drop);
    };
  };
}

export async function setSound(studio: Studio, device: number, slot: number, media: number): Promise<void> {
  await studio.execute([{ kind: { case: 'setDeviceMedia', value: { device, slot, media } } }]);
}

/** Ways to bring each dropped sound into the song. */
function soundsOf(studio: Studio, event: DragEvent): (() => Promise<number | undefined>)[] {
  const payload = payloadOf(event);
  if (payload?.kind === 'file' && !payload.midi) return [() => importSoundPath(studio, payload.path)];
  if (payload) return [];
  return [...(event.dataTransfer?.files ?? [])].map((file) => () => importSoundFile(studio, file));
}

async function fill(
  studio: Studio,
  device: number,
  first: number,
  sounds: (() => Promise<number | undefined>)[],
): Promise<void> {
  let slot = first;
  for (const bring of sounds.slice(0, SLOTS - first)) {
    const media = await bring();
    if (media) await setSound(studio, device, slot++, media);
  }
}
