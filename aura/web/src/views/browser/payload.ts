// What is dragged out of the browser panel: a device to add, or a file to import, as `application/x-loophole`.
import type { DeviceChoice } from '../edits';

export const PAYLOAD_TYPE = 'application/x-loophole';

export type Payload =
  | { kind: 'device'; choice: DeviceChoice }
  | { kind: 'file'; path: string; name: string; midi: boolean }
  | { kind: 'insert'; device: number };

/** Puts a payload on a drag that begins. */
export function carry(event: DragEvent, payload: Payload): void {
  event.dataTransfer?.setData(PAYLOAD_TYPE, JSON.stringify(payload));
  event.dataTransfer?.setData('text/plain', payload.kind === 'file' ? payload.name : '');
  if (event.dataTransfer) event.dataTransfer.effectAllowed = 'copyMove';
}

/** Whether a drag may hold something for the song: a payload, or files of the operating system. */
export function mayDrop(event: DragEvent): boolean {
  const types = event.dataTransfer?.types ?? [];
  return types.includes(PAYLOAD_TYPE) || types.includes('Files');
}

/** The payload of a drop; undefined for what is not ours. */
export function payloadOf(event: DragEvent): Payload | undefined {
  try {
    const text = event.dataTransfer?.getData(PAYLOAD_TYPE);
    return text ? (JSON.parse(text) as Payload) : undefined;
  } catch {
    return undefined;
  }
}
