// Everything the page can do by name: the palette lists it, keys call it, the help sheet prints it. One list, three uses.
import { TrackKind } from '../contract/messages';
import { COLORS } from '../scene/palette';
import { fitted, zoomed } from '../scene/view';
import {
  addTrack,
  loopSelection,
  removeSelectedClips,
  removeTrack,
  selectAllClips,
  setTrack,
  split,
  stepTrack,
  toggleLoop,
  toggleMute,
  toggleSolo,
} from '../views/edits';
import type { Studio } from '../views/studio.svelte';

export interface Action {
  name: string;
  group: 'Transport' | 'Edit' | 'Tracks' | 'View';
  /** As `keyOf` writes them; the first is shown. */
  keys: string[];
  run(studio: Studio): void;
}

/** One key press as text: "Ctrl+Shift+Z", "Space", "s" with Shift is "Shift+S". */
export function keyOf(event: KeyboardEvent): string {
  const parts = [];
  if (event.ctrlKey || event.metaKey) parts.push('Ctrl');
  if (event.altKey) parts.push('Alt');
  const letter = /^[a-z]$/i.test(event.key);
  if (event.shiftKey && (letter || event.key.length > 1)) parts.push('Shift');
  if (event.key === ' ') parts.push('Space');
  else parts.push(letter ? event.key.toUpperCase() : event.key);
  return parts.join('+');
}

const ZOOM_STEP = 1.5;

export const ACTIONS: readonly Action[] = [
  { name: 'Play or stop', group: 'Transport', keys: ['Space'], run: (s) => void (s.playing ? s.stop() : s.play()) },
  { name: 'To start', group: 'Transport', keys: ['Home'], run: (s) => void s.locate(0) },
  { name: 'To end', group: 'Transport', keys: ['End'], run: (s) => void s.locate(s.song.end) },
  { name: 'Loop on or off', group: 'Transport', keys: ['L'], run: toggleLoop },
  { name: 'Loop the selection', group: 'Transport', keys: ['Ctrl+L'], run: loopSelection },
  { name: 'Previous bar', group: 'Transport', keys: [','], run: (s) => stepBar(s, -1) },
  { name: 'Next bar', group: 'Transport', keys: ['.'], run: (s) => stepBar(s, 1) },
  { name: 'Undo', group: 'Edit', keys: ['Ctrl+Z'], run: (s) => void s.undo() },
  { name: 'Redo', group: 'Edit', keys: ['Ctrl+Shift+Z', 'Ctrl+Y'], run: (s) => void s.redo() },
  { name: 'Split clip', group: 'Edit', keys: ['S'], run: (s) => void split(s) },
  { name: 'Delete clips', group: 'Edit', keys: ['Delete', 'Backspace'], run: (s) => void removeSelectedClips(s) },
  { name: 'Select all clips', group: 'Edit', keys: ['Ctrl+A'], run: selectAllClips },
  { name: 'Write the text of the song now', group: 'Edit', keys: ['Ctrl+S'], run: (s) => void s.save() },
  { name: 'Mute track', group: 'Tracks', keys: ['M'], run: (s) => s.selectedTrack && toggleMute(s, s.selectedTrack) },
  {
    name: 'Solo track',
    group: 'Tracks',
    keys: ['Shift+S'],
    run: (s) => s.selectedTrack && toggleSolo(s, s.selectedTrack),
  },
  { name: 'Rename track', group: 'Tracks', keys: ['F2'], run: (s) => (s.renaming = s.selectedTrack?.id ?? 0) },
  {
    name: 'Next colour',
    group: 'Tracks',
    keys: [],
    run: (s) =>
      s.selectedTrack && void setTrack(s, s.selectedTrack.id, { color: (s.selectedTrack.color + 1) % COLORS }),
  },
  {
    name: 'Add instrument track',
    group: 'Tracks',
    keys: ['Ctrl+Shift+I'],
    run: (s) => void addTrack(s, TrackKind.INSTRUMENT),
  },
  { name: 'Add audio track', group: 'Tracks', keys: [], run: (s) => void addTrack(s, TrackKind.AUDIO) },
  { name: 'Add bus', group: 'Tracks', keys: [], run: (s) => void addTrack(s, TrackKind.BUS) },
  {
    name: 'Remove track',
    group: 'Tracks',
    keys: ['Ctrl+Delete'],
    run: (s) => s.selectedTrack && void removeTrack(s, s.selectedTrack),
  },
  { name: 'Track above', group: 'Tracks', keys: ['Ctrl+ArrowUp'], run: (s) => stepTrack(s, -1) },
  { name: 'Track below', group: 'Tracks', keys: ['Ctrl+ArrowDown'], run: (s) => stepTrack(s, 1) },
  { name: 'Zoom in', group: 'View', keys: ['=', '+'], run: (s) => zoom(s, ZOOM_STEP) },
  { name: 'Zoom out', group: 'View', keys: ['-'], run: (s) => zoom(s, 1 / ZOOM_STEP) },
  { name: 'Zoom to the selection, or the whole song', group: 'View', keys: ['Z'], run: zoomToSelection },
  { name: 'Processes and edits', group: 'View', keys: ['P'], run: (s) => (s.sidePanel = !s.sidePanel) },
  { name: 'Wide mixer', group: 'View', keys: ['X'], run: (s) => (s.wideMixer = !s.wideMixer) },
  { name: 'Next region of the screen', group: 'View', keys: ['F6'], run: () => stepRegion(1) },
  { name: 'Previous region', group: 'View', keys: ['Shift+F6'], run: () => stepRegion(-1) },
  { name: 'All actions', group: 'View', keys: ['Ctrl+K'], run: (s) => (s.palette = true) },
  { name: 'Keys and help', group: 'View', keys: ['?'], run: (s) => (s.help = true) },
];

const BY_KEY = new Map(ACTIONS.flatMap((action) => action.keys.map((key) => [key, action] as const)));

/** Runs the action of a key press, if it has one and nobody closer to the focus took it. */
export function pressed(studio: Studio, event: KeyboardEvent): void {
  if (event.defaultPrevented || studio.palette || studio.help || isTyping(event.target)) return;
  const action = BY_KEY.get(keyOf(event));
  if (!action) return;
  event.preventDefault();
  action.run(studio);
}

/** In a text field keys write; in a menu they choose. */
function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  return target.matches('input, textarea, [contenteditable]') || target.closest('[role=menu], [role=dialog]') !== null;
}

function zoom(studio: Studio, factor: number): void {
  const { view } = studio;
  const playhead = (studio.positionAt(performance.now()) - view.scroll) / view.ticksPerPx;
  const anchor = playhead >= 0 && playhead <= view.width ? playhead : view.width / 2;
  studio.view = zoomed(view, factor, anchor);
}

/** Shows the selected clips, or everything. */
export function zoomToSelection(studio: Studio): void {
  const clips = [...studio.selection.clips].map((id) => studio.song.clip(id)).filter((clip) => clip !== undefined);
  const from = clips.length ? Math.min(...clips.map((clip) => clip.start)) : 0;
  const to = clips.length ? Math.max(...clips.map((clip) => clip.start + clip.length)) : studio.song.end;
  studio.view = fitted(studio.view, from, to || studio.song.signatures.barStart(33));
}

function stepBar(studio: Studio, direction: 1 | -1): void {
  const { signatures } = studio.song;
  const position = studio.cueAt(performance.now());
  const at = signatures.barBeat(position);
  const within = at.beat > 1 || at.tick > 0;
  const bar = direction === 1 ? at.bar + 1 : within ? at.bar : at.bar - 1;
  void studio.locate(signatures.barStart(Math.max(bar, 1)));
}

/** Regions in the order of the screen; focus goes to the first thing in them that takes it. */
function stepRegion(direction: 1 | -1): void {
  const regions = [...document.querySelectorAll<HTMLElement>('[data-region]')].filter(
    (region) => region.offsetWidth > 0,
  );
  const at = regions.findIndex((region) => region.contains(document.activeElement));
  for (let i = 1; i <= regions.length; i++) {
    const from = at < 0 ? (direction === 1 ? -1 : 0) : at;
    const region = regions[(from + direction * i + regions.length * 2) % regions.length];
    const target = region?.querySelector<HTMLElement>('[tabindex="0"], button:not(:disabled)');
    if (target) return target.focus();
  }
}
