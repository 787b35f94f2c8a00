// What a process and the plugins in it cost, in short words. Pure; knows no view.
import { ProcessState, SandboxRole, type Process, type SandboxPlugin } from '../contract/messages';
import { waits, type Machine } from './machine.svelte';

const STATES: Partial<Record<ProcessState, string>> = {
  [ProcessState.STARTING]: 'starting',
  [ProcessState.RESTARTING]: 'restarting',
  [ProcessState.FAILED]: 'failed',
};
const ROLES: Partial<Record<SandboxRole, string>> = {
  [SandboxRole.LOADING]: 'loading',
  [SandboxRole.STANDBY]: 'standby',
  [SandboxRole.WARM]: 'warm',
};

/** "standby"; empty for what is heard, and for what is no sandbox. */
export function roleOf({ sandbox }: Pick<Process, 'sandbox'>): string {
  return (sandbox && ROLES[sandbox.role]) ?? '';
}

/** "0.8 % · 24 MB · 24 µs · isolation 11 µs · late 2". */
export function processFacts(process: Process): string {
  const { cpuPercent, memoryBytes, roundTripUs, restarts, sandbox } = process;
  const running = process.state === ProcessState.RUNNING;
  const heard = sandbox && !waits(process) ? sandbox : undefined;
  return words([
    STATES[process.state],
    roleOf(process),
    running && `${tenths(cpuPercent)} %`,
    running && megabytes(memoryBytes),
    roundTripUs > 0 && `${roundTripUs.toFixed(0)} µs`,
    heard && heard.overheadUs > 0 && `isolation ${tenths(heard.overheadUs)} µs`,
    heard && heard.lateBlocks > 0 && `late ${heard.lateBlocks}`,
    heard && heard.badBlocks > 0 && `bad ${heard.badBlocks}`,
    restarts > 0 && `↻ ${restarts}`,
  ]);
}

/** "13 µs · 64 samples late · 2 incidents". */
export function pluginFacts({ blockUs, latency, incidents }: SandboxPlugin): string {
  return words([
    `${tenths(blockUs)} µs`,
    latency > 0 && `${latency} samples late`,
    incidents > 0 && `${incidents} ${incidents === 1 ? 'incident' : 'incidents'}`,
  ]);
}

/** "8 sandboxes, 1 standby and 2 warm: 312 MB together". */
export function sandboxTotals({ all, standby, warm, memoryBytes }: Machine['sandboxes']): string {
  const count = all + standby + warm;
  const waiting = [standby && `${standby} standby`, warm && `${warm} warm`].filter(Boolean).join(' and ');
  const them = `${count} ${count === 1 ? 'sandbox' : 'sandboxes'}${waiting && `, ${waiting}`}`;
  return `${them}: ${megabytes(memoryBytes)} together`;
}

/** One after the other; a line ends between two of them, never within one. */
function words(facts: (string | false | undefined)[]): string {
  return facts
    .filter((fact) => typeof fact === 'string' && fact !== '')
    .map((fact) => String(fact).replaceAll(' ', '\u00a0'))
    .join(' · ');
}

function tenths(value: number): string {
  return value.toFixed(value < 10 ? 1 : 0);
}

function megabytes(bytes: number): string {
  return `${Math.round(bytes / 2 ** 20)} MB`;
}
