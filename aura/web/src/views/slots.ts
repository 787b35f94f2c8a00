// Zones and pads: the parameters of an instrument of sounds that belong to one of sixteen slots, and moving among these.
import type { Device, ParameterDescription } from '../contract/messages';

export const SLOTS = 16;

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

/** The slot that a key leads to from another, in rows of `columns`; undefined for other keys. */
export function slotAfter(key: string, slot: number, columns: number, up = -columns): number | undefined {
  const steps: Record<string, number> = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: up, ArrowDown: -up };
  if (key === 'Home') return 0;
  if (key === 'End') return SLOTS - 1;
  const step = steps[key];
  return step === undefined ? undefined : Math.min(Math.max(slot + step, 0), SLOTS - 1);
}
