// Quantise: the selected notes of the piano roll, or all of its clip, or all notes of the selected clips.
import { stepLength, stepOf, type Snapping } from '../../scene/snapping';
import { TICKS_PER_QUARTER } from '../../store/tempo-map';
import type { Studio } from '../studio.svelte';

/** How notes are quantised. */
export interface Quantise {
  /** Note values, or what the piano roll snaps to. */
  grid: Snapping | 'snap';
  /** 0 (stay) to 1 (on the line). */
  strength: number;
  /** 0 (straight) to 1; see QuantiseNotes in command.proto. */
  swing: number;
}

export const QUANTISE: Quantise = { grid: 'snap', strength: 1, swing: 0 };
const SIXTEENTH = TICKS_PER_QUARTER / 4;

/** Where nothing is snapped to, notes go to sixteenths. */
export async function quantise(studio: Studio): Promise<void> {
  const { roll, song } = studio;
  const { grid: chosen, strength, swing } = roll.quantise;
  const at = roll.shown?.start ?? 0;
  const step = chosen === 'snap' ? roll.stepAt(at) : stepOf(chosen, roll.view.ticksPerPx, song.signatures, at);
  const grid = step ? Math.round(stepLength(step, song.signatures, at)) : SIXTEENTH;
  const ids = targets(studio);
  if (!ids.length) return studio.notices.say('There are no notes to quantise: select a clip of notes.');
  await studio.execute([{ kind: { case: 'quantiseNotes', value: { ids, grid, strength, swing } } }]);
}

function targets({ roll, song, selection, context }: Studio): number[] {
  if (context === 'notes' && roll.shown) return roll.chosen.length ? roll.chosen.map(({ id }) => id) : [roll.shown.id];
  return [...selection.clips].filter((id) => song.clip(id)?.content.case === 'notes');
}
