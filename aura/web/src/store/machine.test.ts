// What the process panel says after a kill.
import { expect, test } from 'vitest';
import { ProcessKind, ProcessState, type Process } from '../contract/messages';
import { keyOf, Machine } from './machine.svelte';
import { Telemetry } from './telemetry';

const process = (pid: number, name: string, kind = ProcessKind.SANDBOX, parentPid = 3): Process => ({
  pid,
  name,
  kind,
  parentPid,
  state: ProcessState.RUNNING,
  cpuPercent: 0,
  memoryBytes: 0,
  restarts: 0,
  lastExit: '',
  roundTripUs: 0,
});

interface Course {
  /** Positions after the kill at 1000 ms, each with its time. */
  positions: [number, number][];
  lateBlocks?: number;
  playing?: boolean;
  /** The page loses its connection in between. */
  cutOff?: boolean;
}

/** Kills `comp` at 1000 ms; it is back at 1400 ms. What is said in the end. */
function said({ positions, lateBlocks = 0, playing = true, cutOff = false }: Course): string | undefined {
  const machine = new Machine();
  const telemetry = new Telemetry();
  const victim = process(10, 'comp');
  const hear = (now: number, positionSamples: number, late: number) => {
    const frame = {
      sampleRate: 48_000,
      positionSamples,
      playing,
      load: 0,
      lateBlocks: late,
      lateCalled: 0,
      lateComputed: 0,
    };
    telemetry.accept({ ...frame, meterNodes: [], meterPeaks: [] }, now);
    machine.observe(telemetry, now);
  };
  hear(999, 0, 0);
  machine.setProcesses([victim], telemetry, 1000);
  machine.watch(victim, telemetry, 1000);
  if (cutOff) machine.forget();
  for (const [now, position] of positions.filter(([now]) => now <= 1400)) hear(now, position, lateBlocks);
  machine.setProcesses([process(11, 'comp')], telemetry, 1400);
  for (const [now, position] of positions.filter(([now]) => now > 1400)) hear(now, position, lateBlocks);
  return machine.outcomes.get(keyOf(victim))?.text;
}

const steady: [number, number][] = Array.from({ length: 24 }, (_, i) => [1016 + i * 16, (i + 1) * 768]);

test('a song that went on is said to have gone on', () => {
  expect(said({ positions: steady })).toBe('Back after 0.4 s. The song went on, no late block.');
  expect(said({ positions: steady, lateBlocks: 1 })).toBe('Back after 0.4 s. The song went on, 1 late block.');
});

test('a gap is told with its length, once the song moves again', () => {
  const away: [number, number][] = [...steady.slice(0, 2), [2032, 2304]];
  expect(said({ positions: away.slice(0, 2) })).toBe('Killed. Waiting for its return.');
  expect(said({ positions: away })).toBe('Back after 0.4 s. The song stood for 1.0 s.');
});

test('news that come late are no gap', () => {
  const late: [number, number][] = [...steady.slice(0, 2), [1390, 390 * 48], [1410, 410 * 48]];
  expect(said({ positions: late })).toBe('Back after 0.4 s. The song went on, no late block.');
});

test('a song that does not move again is said to stand', () => {
  expect(said({ positions: [[12_000, 0]] })).toBe('Back after 0.4 s. The song stands.');
});

test('a page that was cut off itself claims nothing about the song', () => {
  expect(said({ positions: [], cutOff: true })).toBe('Back after 0.4 s.');
});

test('nothing is claimed about a song that was not playing', () => {
  expect(said({ positions: [], playing: false })).toBe('Back after 0.4 s.');
});

test('the tree shows children below their parents', () => {
  const machine = new Machine();
  const all = [
    process(10, 'comp'),
    process(3, 'signal', ProcessKind.SIGNAL, 1),
    process(1, 'loophole', ProcessKind.SUPERVISOR, 0),
  ];
  machine.setProcesses(all, new Telemetry(), 0);
  expect(machine.tree.map(({ process: { name }, depth }) => `${depth} ${name}`)).toEqual([
    '0 loophole',
    '1 signal',
    '2 comp',
  ]);
});
