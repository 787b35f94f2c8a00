// MIDI ports as menus and lists show them: those that are there, and the chosen one also while it is missing.
import { MidiDirection, type MidiPort } from '../contract/messages';

export interface PortChoice {
  name: string;
  missing: boolean;
}

/** The ports of one direction, by name; `chosen` is among them whatever there is. */
export function portChoices(ports: MidiPort[], direction: MidiDirection, chosen: string): PortChoice[] {
  const there = ports
    .filter((port) => port.direction === direction && (port.system !== '' || port.name === chosen))
    .map(({ name, system }) => ({ name, missing: system === '' }));
  if (chosen && !there.some(({ name }) => name === chosen)) there.push({ name: chosen, missing: true });
  return there.sort((a, b) => a.name.localeCompare(b.name));
}

/** A port's name, with what is wrong with it. */
export function portText({ name, missing }: PortChoice): string {
  return missing ? `${name} (missing)` : name;
}

/** What a port is reached by, for people. */
export function portSystem({ system, physical }: MidiPort): string {
  const by = { virtual: 'virtual device', jack: 'JACK', pipewire: 'PipeWire', alsa: 'ALSA' }[system];
  if (system === '') return 'missing';
  return physical ? `${by ?? system}, hardware` : (by ?? system);
}
