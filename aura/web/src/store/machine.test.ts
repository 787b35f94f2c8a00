// What the process panel says after a kill.
import { expect, test } from 'vitest';
import { ProcessKind, ProcessState, type Process } from '../contract/messages';
import { keyOf, Machine } from './machine.svelte';
import { Telemetry } from './telemetry';

const process = (pid: number, name: string, kind = ProcessKind.SANDBOX, parentPid = 3): Process => ({
  pid, name, kind, parentPid, state: ProcessState.RUNNING, cpuPercent: 0, memoryBytes: 0, restarts: 0, lastExit: '', roundTripUs: 0,
});

/** Kills `comp` at 1000 ms while the position advances as told, and gives what is said when it is back at 1400 ms. */
function said(positions: [number, number][], lateBlocks = 0, playing = true): string | undefined {
  const machine = new Machine();
  const telemetry = new Telemetry();
  const hear = (now: number, positionSamples: number, late: number) => {
    telemetry.accept({ sampleRate: 48_000, positionSamples, playing, load: 0, lateBlocks: late, meterNodes: [], meterPeaks: [] }, now);
    machine.observe(telemetry, now);
  };
  hear(999, 0, 0);
  const victim = process(10, 'comp');
  machine.setProcesses([victim], telemetry, 1000);
  machine.watch(victim, telemetry, 1000);
  for (const [now, position] of positions) hear(now, position, lateBlocks);
  machine.setProcesses([process(11, 'comp')], telemetry, 1400);
  return machine.outcomes.get(keyOf(victim))?.text;
}

const steady: [number, number][] = Array.from({ length: 24 }, (_, i) => [1016 + i * 16, (i + 1) * 768]);

test('a song that went on is said to have gone on', () => {
  expect(said(steady)).toBe('Back after 0.4 s. The song went on, no late block.');
  expect(said(steady, 1)).toBe('Back after 0.4 s. The song went on, 1 late block.');
});

test('a gap is told with its length', () => {
  expect(said([...steady.slice(0, 2), [1390, 9000]])).toBe('Back after 0.4 s. The song stood for 0.4 s.');
});

test('a song that does not move yet is not said to play', () => {
  expect(said([])).toBe('Back after 0.4 s. The song is not moving yet.');
});

test('nothing is claimed about a song that was not playing', () => {
  expect(said([], 0, false)).toBe('Back after 0.4 s.');
});

test('the tree shows children below their parents', () => {
  const machine = new Machine();
  const all = [process(10, 'comp'), process(3, 'signal', ProcessKind.SIGNAL, 1), process(1, 'loophole', ProcessKind.SUPERVISOR, 0)];
  machine.setProcesses(all, new Telemetry(), 0);
  expect(machine.tree.map(({ process: { name }, depth }) => `${depth} ${name}`)).toEqual(['0 loophole', '1 signal', '2 comp']);
});
