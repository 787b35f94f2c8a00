// How a send's level is spread over a knob or a bar: as a fader's.
import { heightOf, levelAt, SILENCE_DB, TOP_DB } from '../store/decibels';
import type { Scale } from './value-control';

export const SEND_SCALE: Scale = {
  position: heightOf,
  value: (height) => Math.round(levelAt(height) * 10) / 10,
  step: (db, steps) => Math.min(Math.max(Math.round((Math.max(db, -60) + steps) * 10) / 10, SILENCE_DB), TOP_DB),
  reset: 0,
};
