// What runs: processes, the devices of the graph, the audio device; and what a kill did, as seen from here.
import {
  DeviceState,
  ProcessKind,
  ProcessState,
  SandboxRole,
  type AudioDevice,
  type DeviceReport,
  type DeviceStatus,
  type Process,
  type Services,
} from '../contract/messages';
import type { Telemetry } from './telemetry';

/** After this long a process that is not back is no longer waited for. */
const WATCH_MS = 30_000;
/** A song that does not move so long after its process is back is said to stand. */
const RESUME_MS = 10_000;
/** The page cannot tell a shorter pause from news that come late. */
const GAP_MS = 120;

/** What happened after a kill button was pressed, in a sentence; `over` when it is back. */
export interface Outcome {
  name: string;
  text: string;
  over: boolean;
}

interface Watch {
  pid: number;
  kind: ProcessKind;
  name: string;
  sandbox: Process['sandbox'];
  at: number;
  wasPlaying: boolean;
  lateBlocks: number;
  movedAt: number;
  position: number;
  longestGapMs: number;
  /** When the process was seen again; until then undefined. */
  backAt: number | undefined;
  /** The page itself was cut off meanwhile, and can say nothing of the song. */
  blind: boolean;
}

export class Machine {
  processes = $state.raw<Process[]>([]);
  devices = $state.raw<ReadonlyMap<number, DeviceStatus>>(new Map());
  audioDevice = $state.raw<AudioDevice | undefined>(undefined);
  services = $state.raw<{ pulse: boolean; signal: boolean }>({ pulse: false, signal: false });
  outcomes = $state.raw<ReadonlyMap<string, Outcome>>(new Map());
  readonly #watches = new Map<string, Watch>();

  /** Processes by parent, each with its depth, as the tree shows them. */
  readonly tree: { process: Process; depth: number }[] = $derived.by(() => {
    const known = new Set(this.processes.map((process) => process.pid));
    const roots = this.processes.filter((process) => !known.has(process.parentPid));
    const below = (process: Process, depth: number): { process: Process; depth: number }[] => [
      { process, depth },
      ...this.processes
        .filter((child) => child.parentPid === process.pid && child.pid !== process.pid)
        .sort((a, b) => a.kind - b.kind || Number(waits(a)) - Number(waits(b)) || a.name.localeCompare(b.name))
        .flatMap((child) => below(child, depth + 1)),
    ];
    return roots.flatMap((root) => below(root, 0));
  });

  /** How many sandboxes are heard, and how many of these run; how many wait to be; what all of them need. */
  readonly sandboxes = $derived.by(() => {
    const sandboxes = this.processes.filter((process) => process.kind === ProcessKind.SANDBOX);
    const inRole = (role: SandboxRole) => sandboxes.filter(({ sandbox }) => sandbox?.role === role).length;
    const [standby, warm] = [inRole(SandboxRole.STANDBY), inRole(SandboxRole.WARM)];
    const heard = sandboxes.filter((process) => !waits(process));
    return {
      all: heard.length,
      running: heard.filter((process) => process.state === ProcessState.RUNNING).length,
      standby,
      warm,
      memoryBytes: sandboxes.reduce((sum, { memoryBytes }) => sum + memoryBytes, 0),
    };
  });

  setServices({ pulse, signal, audioDevice }: Services): void {
    this.services = { pulse, signal };
    if (audioDevice) this.audioDevice = audioDevice;
  }

  /** Nothing is known any more: the connection is lost. */
  forget(): void {
    for (const watch of this.#watches.values()) watch.blind = true;
    this.services = { pulse: false, signal: false };
  }

  report({ status, removed }: DeviceReport): void {
    if (!status) return;
    const devices = new Map(this.devices);
    if (removed) devices.delete(status.device);
    else devices.set(status.device, { ...status, parameters: this.#parameters(status) });
    this.devices = devices;
  }

  /** The process a device runs in; undefined for built-ins, and while there is none. */
  sandboxOf(device: number): Process | undefined {
    const pid = this.devices.get(device)?.pid;
    return pid ? this.processes.find((process) => process.pid === pid) : undefined;
  }

  /** Starts to watch what a kill does. */
  watch(process: Process, telemetry: Telemetry, now: number): void {
    this.#watches.set(keyOf(process), {
      pid: process.pid,
      kind: process.kind,
      name: process.name,
      sandbox: process.sandbox,
      at: now,
      wasPlaying: telemetry.playing,
      lateBlocks: telemetry.lateBlocks,
      movedAt: now,
      position: telemetry.positionAt(telemetry.receivedAt),
      longestGapMs: 0,
      backAt: undefined,
      blind: false,
    });
    this.#say(process, 'Killed. Waiting for its return.', false);
  }

  /** Notes whether the song moves on while a watched process is away. */
  observe(telemetry: Telemetry, now: number): void {
    const position = telemetry.positionAt(telemetry.receivedAt);
    for (const [key, watch] of this.#watches) {
      if (position !== watch.position) {
        // News may come late while the song goes on: only time in which it did not advance is a gap. Back is a loop's end.
        const advancedMs = ((position - watch.position) / telemetry.sampleRate) * 1000;
        const gapMs = advancedMs < 0 ? 0 : now - watch.movedAt - advancedMs;
        watch.longestGapMs = Math.max(watch.longestGapMs, gapMs);
        watch.movedAt = now;
        watch.position = position;
      }
      this.#settle(key, watch, telemetry, now);
    }
  }

  setProcesses(processes: Process[], telemetry: Telemetry, now: number): void {
    this.processes = processes;
    for (const [key, watch] of this.#watches) {
      const back = processes.some(
        (process) => keyOf(process) === key && process.pid !== watch.pid && process.state === ProcessState.RUNNING,
      );
      if (back) watch.backAt ??= now;
      this.#settle(key, watch, telemetry, now);
    }
  }

  /** Says how it went, once that is known. */
  #settle(key: string, watch: Watch, telemetry: Telemetry, now: number): void {
    const moves = !watch.wasPlaying || watch.blind || now - watch.movedAt < GAP_MS;
    const { backAt } = watch;
    if (backAt === undefined ? now - watch.at < WATCH_MS : !moves && now - backAt < RESUME_MS) return;
    this.#watches.delete(key);
    const text = backAt === undefined ? 'Not back after 30 s. See the log.' : outcome(watch, backAt, moves, telemetry);
    this.#say(watch, text, true);
  }

  #say(process: Pick<Process, 'kind' | 'name' | 'sandbox'>, text: string, over: boolean): void {
    this.outcomes = new Map(this.outcomes).set(keyOf(process), { name: process.name, text, over });
  }

  /** Descriptions come with RUNNING only; through a restart the last ones stay. */
  #parameters(status: DeviceStatus) {
    if (status.state === DeviceState.RUNNING || status.parameters.length) return status.parameters;
    return this.devices.get(status.device)?.parameters ?? [];
  }
}

/** What stays the same when a process is started again. */
export function keyOf(process: Pick<Process, 'kind' | 'name' | 'sandbox'>): string {
  return `${process.kind}:${process.name}${waits(process) ? ' waits' : ''}`;
}

/** Whether it is a sandbox that is not heard: a standby, or one without a plugin yet. */
export function waits({ sandbox }: Pick<Process, 'sandbox'>): boolean {
  return sandbox?.role === SandboxRole.STANDBY || sandbox?.role === SandboxRole.WARM;
}

function outcome(watch: Watch, backAt: number, moves: boolean, telemetry: Telemetry): string {
  const back = `Back after ${((backAt - watch.at) / 1000).toFixed(1)} s.`;
  if (!watch.wasPlaying || watch.blind) return back;
  if (!moves) return `${back} The song stands.`;
  if (watch.longestGapMs > GAP_MS) return `${back} The song stood for ${(watch.longestGapMs / 1000).toFixed(1)} s.`;
  const late = telemetry.lateBlocks - watch.lateBlocks;
  const blocks = late > 0 ? `, ${late} late ${late === 1 ? 'block' : 'blocks'}` : ', no late block';
  return `${back} The song went on${blocks}.`;
}
