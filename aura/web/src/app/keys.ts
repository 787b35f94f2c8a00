// Everything the page can do by name, with its keys: the palette lists it, keys call it, the help sheet prints it. One table,
// three uses. What the actions do stands elsewhere.
//
// A key with a `where` counts while that grid has the focus, and wins over the same key without one.
import { TrackKind } from '../contract/messages';
import { addDrumTrack, addTrack, loopSelection, toggleLoop } from '../views/edits';
import { copyChosen, cutChosen, duplicateChosen, pasteCopied, removeChosen, selectAll } from '../views/context';
import { askForMenu } from '../views/menu/offers-menu';
import * as tracks from '../views/track-edits';
import {
  changeHeight,
  foldGroup,
  moveTrackBy,
  mutePressed,
  recolour,
  removeSelectedTrack,
  soloPressed,
  walkTracks,
} from '../views/track-keys';
import { armPressed, setPunchToLoop } from '../views/record-edits';
import { setSong } from '../views/song-edits';
import * as ruler from '../views/ruler/ruler-edits';
import { browse, showTab, stepBar, stepRegion, zoom, zoomToSelection, ZOOM_STEP } from './actions';

import type { Action, Where } from './action';
import { CLIPS, NOTES } from './edit-keys';

export { GROUPS, type Action, type Group, type Where } from './action';

const { AUDIO, INSTRUMENT, BUS, GROUP } = TrackKind;

const SONG: Action[] = [
  { name: 'New song', group: 'Song', keys: ['Alt+N'], run: (s) => s.songs.show('new') },
  { name: 'Open a song', group: 'Song', keys: ['Ctrl+O', 'Alt+O'], run: (s) => s.songs.show('open') },
  { name: 'Save a copy as', group: 'Song', keys: ['Ctrl+Shift+S'], run: (s) => s.songs.show('copy') },
  { name: 'Rename song', group: 'Song', keys: [], run: (s) => s.songs.rename() },
  { name: 'Show where the song is', group: 'Song', keys: [], run: (s) => s.songs.show('place') },
];

const TRANSPORT: Action[] = [
  { name: 'Play or stop', group: 'Transport', keys: ['Space'], run: (s) => void (s.playing ? s.stop() : s.play()) },
  { name: 'Record', group: 'Transport', keys: ['R'], run: (s) => void s.recording.toggle() },
  { name: 'Keep what I just played', group: 'Transport', keys: ['Shift+C'], run: (s) => void s.recording.keep() },
  {
    name: 'Metronome on or off',
    group: 'Transport',
    keys: ['K'],
    run: (s) => setSong(s, { metronome: !s.song.song.metronome }),
  },
  {
    name: 'How to record, and the metronome’s output',
    group: 'Transport',
    keys: [],
    run: (s) => (s.recordMenu = true),
  },
  { name: 'Punch where the loop is', group: 'Transport', keys: [], run: setPunchToLoop },
  {
    name: 'Play notes with the computer keyboard',
    group: 'Transport',
    keys: ['Shift+K'],
    run: (s) => s.recording.toggleKeyboard(),
  },
  { name: 'Measure latency', group: 'Transport', keys: [], run: (s) => void s.recording.measure() },
  { name: 'To start', group: 'Transport', keys: ['Home'], run: (s) => void s.locate(0) },
  { name: 'To end', group: 'Transport', keys: ['End'], run: (s) => void s.locate(s.song.end) },
  { name: 'Loop on or off', group: 'Transport', keys: ['L'], run: toggleLoop },
  { name: 'Loop the selection', group: 'Transport', keys: ['Ctrl+L'], run: loopSelection },
  { name: 'Panic: all notes off', group: 'Transport', keys: ['Ctrl+.'], run: (s) => void s.panic() },
  { name: 'Previous bar', group: 'Transport', keys: [','], run: (s) => stepBar(s, -1) },
  { name: 'Next bar', group: 'Transport', keys: ['.'], run: (s) => stepBar(s, 1) },
  { name: 'Punch on or off', group: 'Transport', keys: ['I'], run: ruler.togglePunch },
  { name: 'Add marker', group: 'Transport', keys: ['Shift+M'], run: (s) => ruler.addAtPlayhead(s, 'marker') },
  { name: 'Change the tempo here', group: 'Transport', keys: [], run: (s) => ruler.addAtPlayhead(s, 'tempo') },
  { name: 'Change the signature here', group: 'Transport', keys: [], run: (s) => ruler.addAtPlayhead(s, 'signature') },
  { name: 'Next marker', group: 'Transport', keys: ['Alt+.'], run: (s) => ruler.stepMarker(s, 1) },
  { name: 'Previous marker', group: 'Transport', keys: ['Alt+,'], run: (s) => ruler.stepMarker(s, -1) },
  {
    name: 'Next of the ruler',
    group: 'Transport',
    keys: ['ArrowRight'],
    where: 'ruler',
    run: (s) => ruler.stepItem(s, 1),
  },
  {
    name: 'Previous of the ruler',
    group: 'Transport',
    keys: ['ArrowLeft'],
    where: 'ruler',
    run: (s) => ruler.stepItem(s, -1),
  },
  { name: 'Edit it', group: 'Transport', keys: ['Enter'], where: 'ruler', run: (s) => s.ruler.edit(s.ruler.current) },
  {
    name: 'Move it later',
    group: 'Transport',
    keys: ['Alt+ArrowRight'],
    where: 'ruler',
    run: (s) => ruler.nudgeItem(s, 1),
  },
  {
    name: 'Move it earlier',
    group: 'Transport',
    keys: ['Alt+ArrowLeft'],
    where: 'ruler',
    run: (s) => ruler.nudgeItem(s, -1),
  },
  {
    name: 'Delete it',
    group: 'Transport',
    keys: ['Delete'],
    where: 'ruler',
    run: (s) => ruler.removeItem(s, s.ruler.current),
  },
];

const EDIT: Action[] = [
  { name: 'Undo', group: 'Edit', keys: ['Ctrl+Z'], run: (s) => void s.undo() },
  { name: 'Redo', group: 'Edit', keys: ['Ctrl+Shift+Z', 'Ctrl+Y'], run: (s) => void s.redo() },
  { name: 'Copy', group: 'Edit', keys: ['Ctrl+C'], run: copyChosen },
  { name: 'Cut', group: 'Edit', keys: ['Ctrl+X'], run: cutChosen },
  { name: 'Paste at the playhead', group: 'Edit', keys: ['Ctrl+V'], run: pasteCopied },
  { name: 'Duplicate', group: 'Edit', keys: ['Ctrl+D'], run: duplicateChosen },
  { name: 'Delete', group: 'Edit', keys: ['Delete', 'Backspace'], run: removeChosen },
  { name: 'Select all', group: 'Edit', keys: ['Ctrl+A'], run: selectAll },
  { name: 'Write the text of the song now', group: 'Edit', keys: ['Ctrl+S'], run: (s) => void s.save() },
];

const TRACKS: Action[] = [
  { name: 'Mute track', group: 'Tracks', keys: ['M'], run: mutePressed },
  { name: 'Solo track', group: 'Tracks', keys: ['Shift+S'], run: soloPressed },
  { name: 'Arm track', group: 'Tracks', keys: ['Shift+R'], run: armPressed },
  { name: 'Rename track', group: 'Tracks', keys: ['F2'], run: (s) => (s.renaming = s.selectedTrack?.id ?? 0) },
  { name: 'Next colour', group: 'Tracks', keys: [], run: recolour },
  { name: 'Add instrument track', group: 'Tracks', keys: ['Ctrl+Shift+I'], run: (s) => void addTrack(s, INSTRUMENT) },
  { name: 'Add drum track', group: 'Tracks', keys: [], run: (s) => void addDrumTrack(s) },
  { name: 'Add audio track', group: 'Tracks', keys: [], run: (s) => void addTrack(s, AUDIO) },
  { name: 'Add bus', group: 'Tracks', keys: [], run: (s) => void addTrack(s, BUS) },
  { name: 'Add group', group: 'Tracks', keys: [], run: (s) => void addTrack(s, GROUP) },
  { name: 'Group this track', group: 'Tracks', keys: ['Ctrl+G'], run: (s) => void tracks.groupTrack(s) },
  { name: 'Duplicate track', group: 'Tracks', keys: ['Ctrl+Shift+D'], run: (s) => void tracks.duplicateTrack(s) },
  { name: 'Into the group above', group: 'Tracks', keys: ['Alt+ArrowRight'], where: 'tracks', run: tracks.enterGroup },
  { name: 'Out of the group', group: 'Tracks', keys: ['Alt+ArrowLeft'], where: 'tracks', run: tracks.leaveGroup },
  { name: 'Fold or show a group', group: 'Tracks', keys: ['Enter'], where: 'tracks', run: foldGroup },
  { name: 'Track lower', group: 'Tracks', keys: ['Shift+ArrowUp'], where: 'tracks', run: (s) => changeHeight(s, -1) },
  { name: 'Track higher', group: 'Tracks', keys: ['Shift+ArrowDown'], where: 'tracks', run: (s) => changeHeight(s, 1) },
  { name: 'Remove track', group: 'Tracks', keys: ['Ctrl+Delete'], run: removeSelectedTrack },
  { name: 'Track above', group: 'Tracks', keys: ['Ctrl+ArrowUp'], run: (s) => walkTracks(s, -1) },
  { name: 'Track below', group: 'Tracks', keys: ['Ctrl+ArrowDown'], run: (s) => walkTracks(s, 1) },
  { name: 'Header above', group: 'Tracks', keys: ['ArrowUp'], where: 'tracks', run: (s) => walkTracks(s, -1) },
  { name: 'Header below', group: 'Tracks', keys: ['ArrowDown'], where: 'tracks', run: (s) => walkTracks(s, 1) },
  { name: 'Move track up', group: 'Tracks', keys: ['Alt+ArrowUp'], where: 'tracks', run: (s) => moveTrackBy(s, -1) },
  { name: 'Move track down', group: 'Tracks', keys: ['Alt+ArrowDown'], where: 'tracks', run: (s) => moveTrackBy(s, 1) },
  { name: 'Remove this track', group: 'Tracks', keys: ['Delete'], where: 'tracks', run: removeSelectedTrack },
];

const VIEW: Action[] = [
  { name: 'Zoom in', group: 'View', keys: ['=', '+'], run: (s) => zoom(s, ZOOM_STEP) },
  { name: 'Zoom out', group: 'View', keys: ['-'], run: (s) => zoom(s, 1 / ZOOM_STEP) },
  { name: 'Zoom to the selection, or the whole song', group: 'View', keys: ['Z'], run: zoomToSelection },
  { name: 'Devices', group: 'View', keys: ['Ctrl+1'], run: (s) => showTab(s, 'devices') },
  { name: 'Piano roll', group: 'View', keys: ['Ctrl+2'], run: (s) => showTab(s, 'notes') },
  { name: 'Clip', group: 'View', keys: ['Ctrl+3'], run: (s) => showTab(s, 'clip') },
  { name: 'Processes and edits', group: 'View', keys: ['P'], run: (s) => browse(s, 'processes') },
  { name: 'Plugins', group: 'View', keys: ['Ctrl+5'], run: (s) => browse(s, 'plugins') },
  { name: 'Files', group: 'View', keys: ['Ctrl+6'], run: (s) => browse(s, 'files') },
  { name: 'Browser panel', group: 'View', keys: ['Ctrl+B'], run: (s) => (s.sidePanel = !s.sidePanel) },
  { name: 'Export', group: 'View', keys: ['Ctrl+E'], run: (s) => (s.exports.dialog = true) },
  { name: 'Loudness', group: 'View', keys: ['Shift+L'], run: (s) => (s.loudness = !s.loudness) },
  { name: 'Measure loudness anew', group: 'View', keys: ['Ctrl+Shift+L'], run: (s) => void s.resetLoudness() },
  { name: 'Audio device', group: 'View', keys: ['Ctrl+,'], run: (s) => (s.audioSettings = true) },
  { name: 'Wide mixer', group: 'View', keys: ['X'], run: (s) => (s.wideMixer = !s.wideMixer) },
  { name: 'Menu of what has the focus', group: 'View', keys: ['Shift+F10', 'ContextMenu'], run: askForMenu },
  { name: 'Next region of the screen', group: 'View', keys: ['F6'], run: () => stepRegion(1) },
  { name: 'Previous region', group: 'View', keys: ['Shift+F6'], run: () => stepRegion(-1) },
  { name: 'All actions', group: 'View', keys: ['Ctrl+K'], run: (s) => (s.palette = true) },
  { name: 'Keys and help', group: 'View', keys: ['?'], run: (s) => (s.help = true) },
  { name: 'Guided tour', group: 'View', keys: [], run: (s) => (s.tour = 0) },
];

export const ACTIONS: readonly Action[] = [...SONG, ...TRANSPORT, ...EDIT, ...CLIPS, ...NOTES, ...TRACKS, ...VIEW];

const bound = (key: string, where: Where | undefined) => `${where ?? ''} ${key}`;
const BY_KEY = new Map(
  ACTIONS.flatMap((action) => action.keys.map((key) => [bound(key, action.where), action] as const)),
);

/** The action of a key while a grid, or none, has the focus. */
export function actionOf(key: string, where: Where | undefined): Action | undefined {
  return BY_KEY.get(bound(key, where)) ?? BY_KEY.get(bound(key, undefined));
}
