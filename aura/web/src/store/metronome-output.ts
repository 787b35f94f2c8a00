// Where the metronome is heard, as choices of a menu: with the song, on other outputs of the device, or nowhere.
import { MetronomePlace, type AudioDevice, type MetronomeOutput } from '../contract/messages';

/** What stands in a menu; `value` names it there. */
export interface OutputChoice {
  value: string;
  text: string;
  output: MetronomeOutput;
  /** The device lacks it: it is silent. */
  absent: boolean;
}

/** The device's first two are the song's. */
const FIRST_OWN = 3;

const on = (firstChannel: number, channels: number): MetronomeOutput => ({
  place: MetronomePlace.CHANNELS,
  firstChannel,
  channels,
});
const at = (place: MetronomePlace): MetronomeOutput => ({ place, firstChannel: 0, channels: 0 });

export function valueOf(output: MetronomeOutput | undefined): string {
  const { place = MetronomePlace.MAIN, firstChannel = 0, channels = 0 } = output ?? {};
  if (place === MetronomePlace.NOWHERE) return 'none';
  return place === MetronomePlace.CHANNELS ? `${firstChannel}+${channels}` : 'main';
}

/** "Outputs 3 and 4". */
export function outputText(output: MetronomeOutput | undefined): string {
  if (output?.place === MetronomePlace.NOWHERE) return 'Nowhere';
  if (output?.place !== MetronomePlace.CHANNELS) return 'With the song';
  const { firstChannel, channels } = output;
  return channels === 1 ? `Output ${firstChannel}` : `Outputs ${firstChannel} and ${firstChannel + 1}`;
}

/** What can be chosen on a device with so many outputs; the present choice is among it even if the device lacks it. */
export function outputChoices(outputs: number, chosen: MetronomeOutput | undefined): OutputChoice[] {
  const pairs: MetronomeOutput[] = [];
  for (let first = FIRST_OWN; first < outputs; first += 2) pairs.push(on(first, 2));
  if (outputs >= FIRST_OWN && outputs % 2) pairs.push(on(outputs, 1));
  const all = [at(MetronomePlace.MAIN), ...pairs, at(MetronomePlace.NOWHERE)];
  if (chosen && !all.some((output) => valueOf(output) === valueOf(chosen))) all.splice(-1, 0, chosen);
  return all.map((output) => {
    const absent = output.place === MetronomePlace.CHANNELS && output.firstChannel + output.channels - 1 > outputs;
    const text = outputText(output);
    return {
      value: valueOf(output),
      text: absent ? `${text}: silent, this device has ${outputs}` : text,
      output,
      absent,
    };
  });
}

/** Where it is heard, in the middle of a sentence; empty where it is with the song. */
export function elsewhereText(device: Pick<AudioDevice, 'outputs' | 'metronomeOutput'> | undefined): string {
  const output = device?.metronomeOutput;
  if (!device || !output || output.place === MetronomePlace.MAIN) return '';
  if (output.place === MetronomePlace.NOWHERE) return ', heard nowhere';
  const chosen = outputChoices(device.outputs, output).find(({ value }) => value === valueOf(output));
  return chosen?.absent ? `, on ${chosen.text.toLowerCase()}` : `, on ${outputText(output).toLowerCase()}`;
}
