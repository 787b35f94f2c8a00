// What the menu of each thing of the page holds: actions of the table by their names, with their keys, and what means just
// the thing that was pointed at. Nothing is carried out here that is not an action elsewhere.
import { FileKind, TrackKind, type Track } from '../contract/messages';
import { COLOR_NAMES } from '../scene/palette';
import { canRecord, toggleArmed } from '../views/record-edits';
import { addSend, outputs, sendTargets, setOutput, togglePhase, togglePre, toggleSafe } from '../views/chain-edits';
import { beginClip, selectedClips, split } from '../views/clip-edits';
import { pasteClips } from '../views/clip-paste';
import { remove, setTrack, toggleMute, toggleSolo } from '../views/edits';
import type { Place } from '../views/menu/place';
import { addItem } from '../views/ruler/ruler-edits';
import type { Studio } from '../views/studio.svelte';
import { hearEntry, takeChoice, takeEntry } from '../views/browser/take';
import { deviceMenu } from './device-menu';
import { act, check, grouped, own, type Item, type Menu } from './menu-items';

/** The menu of a thing; undefined where it is gone. */
export function menuOf(studio: Studio, place: Place): Menu | undefined {
  const { song } = studio;
  switch (place.kind) {
    case 'clip':
      return clipMenu(studio, place.clip, place.position);
    case 'lane':
      return laneMenu(studio, song.track(place.track), place.position);
    case 'track':
      return trackMenu(studio, song.track(place.track));
    case 'strip':
      return stripMenu(studio, song.track(place.track));
    case 'device':
      return deviceMenu(studio, place.device);
    case 'send':
      return sendMenu(studio, place.send);
    case 'ruler':
      return rulerMenu(studio, place.position);
    case 'ruler-item':
      return rulerItemMenu(studio, place.item);
    case 'notes':
      return notesMenu(studio);
    case 'roll':
      return rollMenu(studio);
    case 'choice':
      return choiceMenu(studio, place);
    case 'file':
      return fileMenu(studio, place);
  }
}

function clipMenu(studio: Studio, id: number, position: number | undefined): Menu | undefined {
  const clip = studio.song.clip(id);
  if (!clip) return undefined;
  const clips = selectedClips(studio);
  const named = (names: string[]) => names.map((name) => act(studio, name));
  const hasSound = clips.some(({ content }) => content.case === 'audio');
  const takes = studio.song.lanesOf(clip.track).some(({ lane }) => lane > 0);
  const here = () => {
    const { pointer } = studio.timeline;
    if (position !== undefined) studio.timeline.pointer = { position, clip: id };
    void split(studio);
    studio.timeline.pointer = pointer;
  };
  const splits = act(studio, 'Split clip', {
    text: position === undefined ? 'Split at the playhead' : 'Split here',
    run: here,
  });
  const items = grouped(
    clip.content.case === 'notes' ? named(['Open clip', 'Quantise']) : [],
    named(['Cut', 'Copy', 'Duplicate', 'Delete']),
    [
      splits,
      act(studio, 'Join clips', { disabled: clips.length < 2 }),
      ...named(['Trim the start to the playhead', 'Trim the end to the playhead']),
    ],
    [
      act(studio, 'Mute clips', { checked: clips.every(({ mute }) => mute), text: 'Mute' }),
      act(studio, 'Loop the content', { checked: clips.every(({ loopLength }) => loopLength > 0) }),
      ...(hasSound ? named(['Reverse', 'Cross-fade', 'Clips louder by 1 dB', 'Clips softer by 1 dB']) : []),
    ],
    takes ? named(['Next take', 'Previous take']) : [],
    [
      act(studio, 'Loop the selection'),
      act(studio, 'Zoom to the selection, or the whole song', { text: 'Zoom to the selection' }),
    ],
    [act(studio, 'Rename clip', { text: 'Name, gain, fades …' })],
  );
  return { label: clips.length > 1 ? `${clips.length} clips` : `Clip ${clip.name}`, items };
}

function laneMenu(studio: Studio, track: Track | undefined, position: number): Menu {
  const copied = studio.clipboard.clips.length;
  const begins = act(studio, 'Begin a clip of notes here', {
    run: () => track && void beginClip(studio, track, position),
  });
  const items = grouped(
    track?.kind === TrackKind.INSTRUMENT ? [begins] : [],
    [
      act(studio, 'Paste at the playhead', {
        text: 'Paste here',
        keys: '',
        disabled: !copied,
        run: () => void pasteClips(studio, position),
      }),
      act(studio, 'Paste at the playhead', { disabled: !copied }),
      act(studio, 'Select all'),
    ],
    [
      own('Playhead here', () => void studio.locate(position)),
      act(studio, 'Add marker', { text: 'Marker here', keys: '', run: () => void addItem(studio, 'marker', position) }),
    ],
    [addTracks(studio)],
    [act(studio, 'Zoom to the selection, or the whole song', { text: 'Zoom to the whole song' })],
  );
  return { label: track ? `Empty place of ${track.name}` : 'Below the tracks', items };
}

function addTracks(studio: Studio): Item {
  const kinds = ['Add instrument track', 'Add drum track', 'Add audio track', 'Add bus', 'Add group'];
  return { kind: 'more', text: 'Add track', items: kinds.map((name) => act(studio, name)) };
}

/** Mute, solo, arm, as header and strip have them. */
function switches(studio: Studio, track: Track): Item[] {
  const master = track.kind === TrackKind.MASTER;
  const items = [
    act(studio, 'Mute track', { text: 'Mute', checked: track.mute, run: () => toggleMute(studio, track) }),
  ];
  if (!master)
    items.push(
      act(studio, 'Solo track', { text: 'Solo', checked: track.solo, run: () => toggleSolo(studio, track) }),
      check('Safe from others’ solo', track.soloSafe, () => toggleSafe(studio, track)),
    );
  if (canRecord(track))
    items.push(act(studio, 'Arm track', { text: 'Arm', checked: track.armed, run: () => toggleArmed(studio, track) }));
  return [...items, check('Phase inverted', track.phaseInvert, () => togglePhase(studio, track))];
}

function colors(studio: Studio, track: Track): Item {
  const items = COLOR_NAMES.map((name, color) =>
    check(name, track.color === color, () => void setTrack(studio, track.id, { color })),
  );
  return { kind: 'more', text: 'Colour', items };
}

function trackMenu(studio: Studio, track: Track | undefined): Menu | undefined {
  if (!track) return undefined;
  const master = track.kind === TrackKind.MASTER;
  const named = (...names: string[]) => (master ? [] : names.map((name) => act(studio, name)));
  const folds = act(studio, 'Fold or show a group', {
    text: studio.timeline.folded.has(track.id) ? 'Show members' : 'Fold',
  });
  const items = grouped(
    [act(studio, 'Rename track', { text: 'Rename' }), colors(studio, track)],
    switches(studio, track),
    track.kind === TrackKind.GROUP ? [folds] : [],
    [...named('Duplicate track', 'Group this track'), addTracks(studio)],
    named('Move track up', 'Move track down', 'Into the group above', 'Out of the group'),
    [act(studio, 'Track higher'), act(studio, 'Track lower')],
    named('Remove track'),
  );
  return { label: `Track ${track.name}`, items };
}

function stripMenu(studio: Studio, track: Track | undefined): Menu | undefined {
  if (!track) return undefined;
  const master = track.kind === TrackKind.MASTER;
  const targets = sendTargets(studio, track).map((target) =>
    own(target.name, () => void addSend(studio, track.id, target.id)),
  );
  const mains = studio.song.tracks.find(({ kind }) => kind === TrackKind.MASTER)?.id ?? 0;
  const into = outputs(studio, track).map((choice) =>
    check(choice.name, (track.output || mains) === choice.id, () =>
      setOutput(studio, track, choice.id === mains ? 0 : choice.id),
    ),
  );
  const items = grouped(
    [act(studio, 'Rename track', { text: 'Rename' }), colors(studio, track)],
    switches(studio, track),
    [
      ...(targets.length ? [{ kind: 'more' as const, text: 'Send to', items: targets }] : []),
      ...(into.length && !master ? [{ kind: 'more' as const, text: 'Play into', items: into }] : []),
    ],
    [act(studio, 'Wide mixer', { checked: studio.wideMixer }), act(studio, 'Loudness', { checked: studio.loudness })],
    master ? [] : [act(studio, 'Duplicate track'), act(studio, 'Remove track')],
  );
  return { label: `Strip of ${track.name}`, items };
}

function sendMenu(studio: Studio, id: number): Menu | undefined {
  const held = studio.song.replica.sends.get(id);
  if (!held) return undefined;
  const send = studio.song.shown(held);
  const items = grouped(
    [check('Before the fader', send.preFader, () => togglePre(studio, send))],
    [own('Take out', () => void remove(studio, [id]), { keys: 'Delete' })],
  );
  return { label: `Send to ${studio.song.track(send.target)?.name ?? 'gone'}`, items };
}

function rulerMenu(studio: Studio, position: number): Menu {
  const { song } = studio.song;
  const adds = (name: string, text: string, kind: 'marker' | 'tempo' | 'signature') =>
    act(studio, name, { text, keys: '', run: () => void addItem(studio, kind, position) });
  const items = grouped(
    [own('Playhead here', () => void studio.locate(position))],
    [
      adds('Add marker', 'Marker here', 'marker'),
      adds('Change the tempo here', 'Tempo here', 'tempo'),
      adds('Change the signature here', 'Signature here', 'signature'),
    ],
    [
      act(studio, 'Loop on or off', { text: 'Loop', checked: song.loopEnabled }),
      act(studio, 'Loop the selection'),
      act(studio, 'Punch on or off', { text: 'Punch', checked: song.punchEnabled }),
      act(studio, 'Punch where the loop is'),
    ],
    [act(studio, 'Previous marker'), act(studio, 'Next marker')],
    [act(studio, 'Zoom to the selection, or the whole song')],
  );
  return { label: 'Ruler', items };
}

function rulerItemMenu(studio: Studio, id: number): Menu | undefined {
  const item = studio.ruler.items.find((candidate) => candidate.id === id);
  if (!item) return undefined;
  const what = { marker: 'Marker', tempo: 'Tempo', signature: 'Signature' }[item.kind];
  const stays = item.kind !== 'marker' && item.position === 0;
  const items = grouped(
    [act(studio, 'Edit it', { text: 'Edit …' }), own('Playhead here', () => void studio.locate(item.position))],
    [
      act(studio, 'Move it earlier', { text: 'Move earlier', disabled: stays }),
      act(studio, 'Move it later', { text: 'Move later', disabled: stays }),
    ],
    [act(studio, 'Delete it', { text: 'Delete', disabled: stays })],
  );
  return { label: `${what} ${item.text}`, items };
}

function notesMenu(studio: Studio): Menu | undefined {
  const { length } = studio.roll.chosen;
  if (!length) return undefined;
  const named = (...names: string[]) => names.map((name) => act(studio, name));
  const items = grouped(
    named('Quantise'),
    named('Cut', 'Copy', 'Duplicate', 'Delete'),
    named('Semitone up', 'Semitone down', 'Octave up', 'Octave down'),
    named('Notes louder', 'Notes softer', 'Notes longer', 'Notes shorter'),
    named('Select all', 'Select no note'),
  );
  return { label: length > 1 ? `${length} notes` : 'Note', items };
}

function rollMenu(studio: Studio): Menu {
  const { roll, clipboard } = studio;
  const items = grouped(
    [act(studio, 'Draw or erase at the cursor')],
    [act(studio, 'Paste at the playhead', { disabled: !clipboard.notes.length }), act(studio, 'Select all')],
    [
      act(studio, 'Select or draw', { text: 'Draw with one click', checked: roll.tool === 'draw' }),
      act(studio, 'Fold to the rows in use', { checked: roll.folded }),
    ],
    [act(studio, 'Zoom to the selection, or the whole song', { text: 'Zoom to the clip' })],
  );
  return { label: 'Piano roll', items };
}

function choiceMenu(studio: Studio, { choice }: Place & { kind: 'choice' }): Menu {
  const track = studio.selectedTrack;
  const adds = own(`Add to ${track?.name ?? 'a track'}`, () => takeChoice(studio, choice), {
    disabled: !track,
    keys: 'Enter',
  });
  const rescan = own('Look at all plugins anew', () => void studio.browser.loadPlugins(true), {
    disabled: studio.browser.scan !== undefined,
  });
  return { label: choice.name, items: grouped([adds], [rescan]) };
}

function fileMenu(studio: Studio, { entry }: Place & { kind: 'file' }): Menu {
  const { browser } = studio;
  const isFolder = entry.kind === FileKind.FOLDER;
  const takes = own(isFolder ? 'Open folder' : 'Import at the playhead', () => takeEntry(studio, entry), {
    keys: 'Enter',
  });
  const hears = own(browser.heard?.path === entry.path ? 'Stop' : 'Hear it', () => hearEntry(studio, entry), {
    keys: 'Alt+ArrowRight',
  });
  const listens = check('Hear files as they are chosen', browser.listens, () => (browser.listens = !browser.listens));
  const items = grouped([takes, ...(entry.kind === FileKind.SOUND ? [hears] : [])], [listens]);
  return { label: entry.name, items };
}
