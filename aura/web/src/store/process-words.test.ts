// What the process panel says of a sandbox.
import { expect, test } from 'vitest';
import { fixtureProcesses, statusOf } from '../../fixture/machine';
import { ProcessKind, ProcessState, SandboxRole, type Process, type SandboxPlugin } from '../contract/messages';
import { Machine } from './machine.svelte';
import * as words from './process-words';
import { roleOf, sandboxTotals } from './process-words';
import { Telemetry } from './telemetry';

/** Lines end between facts, not within them. */
const spaced = (text: string) => text.replaceAll('\u00a0', ' ');
const processFacts = (process: Process) => spaced(words.processFacts(process));
const pluginFacts = (plugin: SandboxPlugin) => spaced(words.pluginFacts(plugin));
const processes = fixtureProcesses([statusOf(7, 'ZamComp')]);
const sandbox = processes.find(({ name }) => name === 'ZamComp') as Process;
const inRole = (role: SandboxRole): Process => ({
  ...sandbox,
  pid: 5000 + role,
  ...(sandbox.sandbox && { sandbox: { ...sandbox.sandbox, role } }),
});

test('a sandbox that is heard says what it and its isolation cost', () => {
  expect(processFacts(sandbox)).toBe('0.8 % · 24 MB · 24 µs · isolation 11 µs');
  const late = { ...sandbox, ...(sandbox.sandbox && { sandbox: { ...sandbox.sandbox, lateBlocks: 2, badBlocks: 1 } }) };
  expect(processFacts({ ...late, restarts: 3 })).toContain('late 2 · bad 1 · ↻ 3');
});

test('one that waits says so, and claims no cost of isolation', () => {
  const standby = inRole(SandboxRole.STANDBY);
  expect(roleOf(standby)).toBe('standby');
  expect(processFacts(standby)).toBe('standby · 0.8 % · 24 MB · 24 µs');
  expect(roleOf(sandbox)).toBe('');
});

test('a process that is away says only that', () => {
  expect(processFacts({ ...sandbox, roundTripUs: 0, state: ProcessState.FAILED })).toBe('failed · isolation 11 µs');
});

test('a plugin says what it costs, how late it is and how often it went wrong', () => {
  const plugin = { device: 7, name: 'ZamComp', blockUs: 3.14, latency: 0, incidents: 0 };
  expect(pluginFacts(plugin)).toBe('3.1 µs');
  expect(pluginFacts({ ...plugin, latency: 64, incidents: 1 })).toBe('3.1 µs · 64 samples late · 1 incident');
});

test('those that wait count towards the memory, and not as plugins that run', () => {
  const machine = new Machine();
  const standby = { ...inRole(SandboxRole.STANDBY), state: ProcessState.RUNNING };
  machine.setProcesses([...processes, standby], new Telemetry(), 0);
  expect(machine.sandboxes).toMatchObject({ all: 1, running: 1, standby: 1, warm: 1 });
  expect(sandboxTotals(machine.sandboxes)).toBe('3 sandboxes, 1 standby and 1 warm: 57 MB together');
  expect(sandboxTotals({ all: 1, running: 1, standby: 0, warm: 0, memoryBytes: 2 ** 20 })).toBe(
    '1 sandbox: 1 MB together',
  );
  expect(
    machine.tree.filter(({ process }) => process.kind === ProcessKind.SANDBOX).map(({ process }) => roleOf(process)),
  ).toEqual(['', 'warm', 'standby']);
});
