// Markers, tempo, signature, loop and punch, each change as one transaction.
import type { Command } from '../../contract/messages';
import { stepFrom } from '../../scene/grid';
import type { RulerItem } from '../../scene/ruler-items';
import { TICKS_PER_QUARTER } from '../../store/tempo-map';
import { freshId } from '../ids';
import type { Studio } from '../studio.svelte';

/** What of an item is changed. */
export interface ItemPatch {
  position?: number;
  /** A marker's name, "112.5", "7/8". */
  text?: string;
}

/** False where the text means nothing. */
export function changeItem(studio: Studio, item: RulerItem, patch: ItemPatch): boolean {
  const after = { ...item, ...patch };
  const position = item.kind === 'signature' ? barAt(studio, after.position) : Math.max(Math.round(after.position), 0);
  const command = commandOf(item, position, after.text);
  if (!command) return false;
  const moved = position !== item.position;
  const hold = moved ? [studio.song.hold(item.id, { position })] : [];
  const what = { marker: `marker “${after.text}”`, tempo: 'tempo', signature: 'signature' }[item.kind];
  void studio.execute([command], `${moved ? 'Move' : 'Set'} ${what}`, hold);
  return true;
}

function commandOf({ kind, id }: RulerItem, position: number, text: string): Command | undefined {
  if (kind === 'marker') return { kind: { case: 'setMarker', value: { id, position, name: text.trim() } } };
  if (kind === 'tempo') {
    const bpm = Number(text.replace(',', '.'));
    return bpm >= 5 && bpm <= 1000 ? { kind: { case: 'setTempo', value: { id, position, bpm } } } : undefined;
  }
  const [, numerator, denominator] = /^\s*(\d+)\s*\/\s*(\d+)\s*$/.exec(text)?.map(Number) ?? [];
  if (!numerator || !denominator) return undefined;
  return { kind: { case: 'setSignature', value: { id, position, numerator, denominator } } };
}

/** The start of the bar that is nearest. */
function barAt({ song }: Studio, position: number): number {
  const { signatures } = song;
  const { bar } = signatures.barBeat(Math.max(position, 0));
  const [from, to] = [signatures.barStart(bar), signatures.barStart(bar + 1)];
  return position - from < to - position ? from : to;
}

/** Adds one with the values that hold there, and begins to edit it. */
export async function addItem(studio: Studio, kind: RulerItem['kind'], at: number): Promise<void> {
  const { song, ruler } = studio;
  const position = kind === 'signature' ? barAt(studio, at) : Math.max(Math.round(at), 0);
  const there = ruler.items.find((item) => item.kind === kind && item.position === position);
  if (there) return ruler.edit(there);
  const id = freshId(studio);
  const { numerator, denominator } = song.signatures.pointAt(position);
  const commands: Record<RulerItem['kind'], Command> = {
    marker: { kind: { case: 'addMarker', value: { id, position, name: `Section ${song.markers.length + 1}` } } },
    tempo: { kind: { case: 'setTempo', value: { id, position, bpm: song.tempo.bpm(position) } } },
    signature: { kind: { case: 'setSignature', value: { id, position, numerator, denominator } } },
  };
  await studio.execute(
    [commands[kind]],
    { marker: 'Add marker', tempo: 'Change tempo', signature: 'Change signature' }[kind],
  );
  ruler.edit(ruler.items.find((item) => item.id === id));
}

export const addAtPlayhead = (studio: Studio, kind: RulerItem['kind']) =>
  void addItem(studio, kind, studio.cueAt(performance.now()));

export function removeItem(studio: Studio, item: RulerItem | undefined): void {
  if (!item) return;
  if (item.kind !== 'marker' && item.position === 0) {
    return studio.notices.say('The first tempo and signature stay: the song begins with them.');
  }
  studio.ruler.edit(undefined);
  const what = { marker: `marker “${item.text}”`, tempo: 'tempo change', signature: 'signature change' }[item.kind];
  void studio.execute([{ kind: { case: 'remove', value: { ids: [item.id] } } }], `Delete ${what}`);
}

/** To the next item of the ruler, which is spoken; the playhead goes along. */
export function stepItem(studio: Studio, direction: 1 | -1): void {
  const { items, current } = studio.ruler;
  const next = items[current ? items.indexOf(current) + direction : 0];
  if (!next) return;
  studio.ruler.active = next.id;
  void studio.locate(next.position);
}

/** Puts the playhead on the next or previous marker. */
export function stepMarker(studio: Studio, direction: 1 | -1): void {
  const at = studio.cueAt(performance.now());
  const markers = studio.ruler.items.filter(({ kind }) => kind === 'marker');
  const next =
    direction === 1
      ? markers.find(({ position }) => position > at)
      : markers.findLast(({ position }) => position < at - TICKS_PER_QUARTER / 2);
  if (next) void studio.locate(next.position);
}

export function nudgeItem(studio: Studio, direction: 1 | -1): void {
  const item = studio.ruler.current;
  if (!item) return;
  const { signatures } = studio.song;
  const step =
    item.kind === 'signature'
      ? { bars: 1 }
      : (studio.timeline.stepAt(item.position) ?? { ticks: TICKS_PER_QUARTER / 16 });
  changeItem(studio, item, { position: stepFrom(item.position, direction, step, signatures) });
}

export function setPunch(studio: Studio, punchIn: number, punchOut: number): void {
  const patch = { punchIn, punchOut, punchEnabled: true };
  const hold = studio.song.hold(studio.song.song.id, patch);
  void studio.execute([{ kind: { case: 'setSong', value: patch } }], 'Set punch range', [hold]);
}

export function togglePunch(studio: Studio): void {
  const { song, signatures } = studio.song;
  const punchEnabled = !song.punchEnabled;
  const range = song.punchOut > song.punchIn ? {} : { punchIn: 0, punchOut: signatures.barStart(5) };
  const hold = studio.song.hold(song.id, { punchEnabled, ...range });
  void studio.execute([{ kind: { case: 'setSong', value: { punchEnabled, ...range } } }], '', [hold]);
}
