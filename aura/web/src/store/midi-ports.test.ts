// Which MIDI ports a menu offers, and how they are written.
import { describe, expect, test } from 'vitest';
import { MidiDirection, type MidiPort } from '../contract/messages';
import { portChoices, portSystem, portText } from './midi-ports';

const port = (name: string, direction: MidiDirection, system: string, physical = false): MidiPort => ({
  name,
  direction,
  system,
  physical,
});
const PORTS = [
  port('Loopback', MidiDirection.INPUT, 'virtual'),
  port('Prophet', MidiDirection.OUTPUT, 'alsa', true),
  port('Loopback', MidiDirection.OUTPUT, 'virtual'),
  port('Juno', MidiDirection.OUTPUT, ''),
];

describe('ports to choose from', () => {
  test('are those of the direction that are there, by name', () => {
    const names = portChoices(PORTS, MidiDirection.OUTPUT, '').map(portText);
    expect(names).toEqual(['Loopback', 'Prophet']);
    expect(portChoices(PORTS, MidiDirection.INPUT, '').map(portText)).toEqual(['Loopback']);
  });

  test('hold the chosen one while it is missing, whether the device tells of it or not', () => {
    expect(portChoices(PORTS, MidiDirection.OUTPUT, 'Juno').map(portText)).toContain('Juno (missing)');
    expect(portChoices([], MidiDirection.OUTPUT, 'Juno').map(portText)).toEqual(['Juno (missing)']);
  });

  test('are told with what they are reached by', () => {
    expect(PORTS.map(portSystem)).toEqual(['virtual device', 'ALSA, hardware', 'virtual device', 'missing']);
  });
});
