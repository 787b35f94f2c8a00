// The devices that the page offers against the list that song and engine have. Carries out no edit.
import { expect, test } from 'vitest';
import listed from '../../../../chorus/conformance/devices.json';
import { DEVICES } from './edits';

test('the page offers every built-in device', () => {
  const builtins = DEVICES.filter((device) => device.kind.case === 'builtin');
  const offered = builtins.map(({ name, what, instrument, kind }) => ({
    name: kind.value,
    title: name,
    what: what.replace(' · built-in', ''),
    instrument,
  }));
  expect(offered).toEqual(listed);
});
