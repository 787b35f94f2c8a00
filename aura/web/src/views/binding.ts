// One value of the mixer or of a device, on its way between a control and the song.
//
// While the pointer is down, values are shown at once and sent as gestures, which Signal previews; letting go makes one
// command of them (architecture: "One edit, end to end"). Breaking off returns to what the song says.
import { StripParameter, type Command, type ParameterDescription } from '../contract/messages';
import { gainOf, parseDb, parsePan } from '../store/decibels';
import type { Hold } from '../store/pending';
import type { Studio } from './studio.svelte';

export interface Binding {
  value(): number;
  preview(value: number): void;
  commit(value: number): void;
  cancel(): void;
  /** The value that a text means; undefined where it means none. */
  parse(text: string): Promise<number | undefined>;
}

interface Parts {
  read(): number;
  /** Entity and field that show the value. */
  entity: number;
  field: string;
  node: number;
  parameter: number;
  parse(text: string): Promise<number | undefined>;
  /** The value as Signal takes it. */
  signal(value: number): number;
  command(value: number): Command;
  /** What the edit is called, where the song itself can't say. */
  label?(): string;
}

export function bind(studio: Studio, parts: Parts): Binding {
  let hold: Hold | undefined;
  const show = (value: number) => {
    const before = hold;
    hold = studio.song.hold(parts.entity, { [parts.field]: value });
    if (before) studio.song.release([before]);
    return hold;
  };
  const send = (value: number, end: boolean) => studio.gesture(parts.node, parts.parameter, parts.signal(value), end);
  return {
    value: parts.read,
    parse: parts.parse,
    preview(value) {
      show(value);
      send(value, false);
    },
    commit(value) {
      const kept = show(value);
      hold = undefined;
      send(value, true);
      void studio.execute([parts.command(value)], parts.label?.() ?? '', [kept]);
    },
    cancel() {
      if (hold) studio.song.release([hold]);
      hold = undefined;
      send(parts.read(), true);
    },
  };
}

export function bindFader(studio: Studio, track: () => number): Binding {
  return bind(studio, {
    read: () => studio.song.track(track())?.faderDb ?? 0,
    get entity() {
      return track();
    },
    field: 'faderDb',
    get node() {
      return track();
    },
    parameter: StripParameter.GAIN,
    signal: gainOf,
    parse: async (text) => parseDb(text),
    command: (faderDb) => ({ kind: { case: 'setTrack', value: { id: track(), faderDb } } }),
  });
}

export function bindPan(studio: Studio, track: () => number): Binding {
  return bind(studio, {
    read: () => studio.song.track(track())?.pan ?? 0,
    get entity() {
      return track();
    },
    field: 'pan',
    get node() {
      return track();
    },
    parameter: StripParameter.PAN,
    signal: (pan) => pan,
    parse: async (text) => parsePan(text),
    command: (pan) => ({ kind: { case: 'setTrack', value: { id: track(), pan } } }),
  });
}

export function bindSend(studio: Studio, send: () => { id: number; levelDb: number }): Binding {
  return bind(studio, {
    read: () => send().levelDb,
    get entity() {
      return send().id;
    },
    field: 'levelDb',
    get node() {
      return send().id;
    },
    parameter: StripParameter.GAIN,
    signal: gainOf,
    parse: async (text) => parseDb(text),
    command: (levelDb) => ({ kind: { case: 'setSend', value: { id: send().id, levelDb } } }),
  });
}

export function bindParameter(studio: Studio, device: () => number, parameter: () => ParameterDescription): Binding {
  return bind(studio, {
    read: () => studio.song.parameter(device(), parameter()),
    get entity() {
      return device();
    },
    get field() {
      return `parameter ${parameter().id}`;
    },
    get node() {
      return device();
    },
    get parameter() {
      return parameter().id;
    },
    signal: (value) => value,
    parse: (text) => studio.parameterFromText(device(), parameter().id, text),
    // Only the plugin knows what its parameters are called.
    label: () => `Set ${parameter().name} of ${studio.song.replica.devices.get(device())?.name ?? 'a device'}`,
    command: (value) => ({
      kind: { case: 'setParameter', value: { device: device(), parameter: parameter().id, value } },
    }),
  });
}

/** Several parameters of a device that one hand moves: previewed at once, and one edit in the end. */
export function bindTogether(studio: Studio, device: number, parameters: readonly ParameterDescription[]) {
  let hold: Hold | undefined;
  const show = (values: readonly number[]) => {
    const before = hold;
    hold = studio.song.hold(device, Object.fromEntries(parameters.map(({ id }, i) => [`parameter ${id}`, values[i]])));
    if (before) studio.song.release([before]);
    return hold;
  };
  const send = (values: readonly number[], end: boolean) =>
    parameters.forEach(({ id }, i) => studio.gesture(device, id, values[i] ?? 0, end));
  return {
    preview(values: readonly number[]): void {
      show(values);
      send(values, false);
    },
    commit(values: readonly number[], label: string): void {
      const kept = show(values);
      hold = undefined;
      send(values, true);
      const commands = parameters.map(({ id }, i): Command => ({
        kind: { case: 'setParameter', value: { device, parameter: id, value: values[i] ?? 0 } },
      }));
      void studio.execute(commands, label, [kept]);
    },
    cancel(): void {
      if (hold) studio.song.release([hold]);
      hold = undefined;
      send(
        parameters.map((parameter) => studio.song.parameter(device, parameter)),
        true,
      );
    },
  };
}
