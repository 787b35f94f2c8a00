// Zones and pads: the parameters of an instrument of sounds that belong to one of sixteen slots, and moving among these.
import type { Device, ParameterDescription } from '../contract/messages';

export const SLOTS = 16;
/** The MIDI key of a drum machine's first pad (docs/devices/drums.md). */
const LOWEST_PAD_KEY = 36;

/** Whether a device has slots, and what they are called. */
export function slotWord(device: Device): 'Zone' | 'Pad' | undefined {
  if (device.kind.case !== 'builtin') return undefined;
  return { sampler: 'Zone' as const, drums: 'Pad' as const }[device.kind.value];
}

/** The slot, from 0, that a parameter belongs to; undefined for those of the whole device. */
export function slotOf({ module }: Pick<ParameterDescription, 'module'>): number | undefined {
  const number = /^(?:Zone|Pad) (\d+)$/.exec(module)?.[1];
  return number ? Number(number) - 1 : undefined;
}

/** The parameter of a slot with this name. */
export function ofSlot(
  parameters: readonly ParameterDescription[],
  slot: number,
  name: string,
): ParameterDescription | undefined {
  return parameters.find((parameter) => parameter.name === name && slotOf(parameter) === slot);
}

export interface Pad {
  slot: number;
  /** The built-in drum that it plays while it has no sound of its own. */
  drum: string;
  /** What it plays. */
  name: string;
}

/** A drum machine's pads, from its lowest key up. */
export function padsOf(
  device: Device,
  parameters: readonly ParameterDescription[],
  mediaName: (media: number) => string | undefined,
): Pad[] {
  return Array.from({ length: SLOTS }, (_, slot) => {
    const media = device.media.find((it) => it.slot === slot)?.media;
    const drum = ofSlot(parameters, slot, 'Drum')?.text ?? '';
    return { slot, drum, name: (media && mediaName(media)) || drum };
  });
}

/** What the keys of a track play, by pitch, where its instrument is a drum machine. */
export function keyNames(
  devices: readonly Device[],
  parametersOf: (device: number) => readonly ParameterDescription[],
  mediaName: (media: number) => string | undefined,
): ReadonlyMap<number, string> {
  const drums = devices.find((device) => slotWord(device) === 'Pad');
  if (!drums) return new Map();
  const pads = padsOf(drums, parametersOf(drums.id), mediaName);
  // Before the machine has told its drums, its pads are there all the same.
  return new Map(pads.map(({ slot, name }) => [LOWEST_PAD_KEY + slot, name || `Pad ${slot + 1}`]));
}

/** The slot that a key leads to from another, in rows of `columns`; undefined for other keys. */
export function slotAfter(key: string, slot: number, columns: number, up = -columns): number | undefined {
  const steps: Record<string, number> = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: up, ArrowDown: -up };
  if (key === 'Home') return 0;
  if (key === 'End') return SLOTS - 1;
  const step = steps[key];
  return step === undefined ? undefined : Math.min(Math.max(slot + step, 0), SLOTS - 1);
}
