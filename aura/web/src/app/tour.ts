// The guided tour: what each step says, what it points at, and when it counts as done. Draws nothing.
import type { Studio } from '../views/studio.svelte';

export interface Step {
  title: string;
  text: string;
  /** What it points at; without one it stands in the middle. */
  target?: string;
  /** What to do to see it for oneself. */
  attempt?: string;
  /** Whether that was done; the tour then says so, and waits for Next all the same. */
  done?: (studio: Studio, before: Before) => boolean;
}

/** How things stood when a step began. */
export interface Before {
  sequence: number;
  restarts: number;
}

export function standing(studio: Studio): Before {
  return {
    sequence: studio.song.replica.sequence ?? 0,
    restarts: studio.machine.processes.reduce((sum, process) => sum + process.restarts, 0),
  };
}

const edited: Step['done'] = (studio, before) => (studio.song.replica.sequence ?? 0) > before.sequence;

export const TOUR: readonly Step[] = [
  {
    title: 'Welcome to Loophole',
    text: 'Two minutes show you around. Nothing can go wrong: every edit is saved as you make it, and everything can be undone, even after a restart.',
  },
  {
    title: 'Play',
    text: 'Space plays and stops, Home goes to the start, L loops. Click into the ruler to go anywhere.',
    target: '[data-region="transport"] [aria-label="Play"]',
    attempt: 'Press Space.',
    done: (studio) => studio.playing,
  },
  {
    title: 'Arrange',
    text: 'Clips hold sound or notes. Drag to move them, pull an edge to trim, S splits at the playhead. Ctrl and wheel zooms where the pointer is.',
    target: '[data-region="clips"]',
    attempt: 'Move or split a clip.',
    done: edited,
  },
  {
    title: 'Change your mind',
    text: 'Ctrl Z takes back what you did, one step after the other, faders and plugins included.',
    target: '[aria-label="History"]',
    attempt: 'Press Ctrl Z.',
    done: edited,
  },
  {
    title: 'Notes and devices',
    text: 'Below are the devices of the selected track: instruments, effects, plugins. Double-click a clip of notes, or press Enter on it, to draw its notes here.',
    target: '[data-region="devices"], [data-region="notes"]',
  },
  {
    title: 'Mix',
    text: 'A fader for each track: drag, use the arrow keys, or type a level. Double-click resets; Shift is fine. Arrow keys and screen readers reach everything you see.',
    target: '[data-region="mixer"]',
    attempt: 'Move a fader.',
    done: edited,
  },
  {
    title: 'Nothing stops the music',
    text: 'Every part of Loophole is a process of its own, and so is every plugin chain. Kill one while the song plays and listen: it comes back, the song goes on.',
    target: '[data-region="processes"]',
    attempt: 'Play, then press “kill” beside a plugin.',
    done: (studio, before) => standing(studio).restarts > before.restarts,
  },
  {
    title: 'Everything has a key',
    text: 'Ctrl K finds any action by its name, the question mark shows every key. F6 goes from region to region. The tour is there again under “Guided tour”.',
    target: '[title="All actions"]',
  },
];
