// What a menu can be asked for: the things of the page that have one. What their menus hold stands in app/menus.ts.
import type { FileEntry } from '../../contract/messages';
import type { DeviceChoice } from '../edits';

export type Place =
  /** Clips: the selected ones; where the pointer is, if it was asked for by one. */
  | { kind: 'clip'; clip: number; position: number | undefined }
  /** An empty place of a track; 0: below all of them. */
  | { kind: 'lane'; track: number; position: number }
  | { kind: 'track'; track: number }
  | { kind: 'strip'; track: number }
  | { kind: 'device'; device: number }
  | { kind: 'send'; send: number }
  | { kind: 'ruler'; position: number }
  | { kind: 'ruler-item'; item: number }
  /** The selected notes. */
  | { kind: 'notes' }
  /** An empty place of the piano roll: where its cursor is. */
  | { kind: 'roll' }
  | { kind: 'choice'; choice: DeviceChoice }
  | { kind: 'file'; entry: FileEntry };

/** In pixels of the window. */
export interface Point {
  x: number;
  y: number;
}

/** A place, and where its menu opens if not where the pointer is. */
export interface Offer {
  place: Place;
  at?: Point | undefined;
}
