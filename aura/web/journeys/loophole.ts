// A real Loophole for a journey: a home of its own, a song made through `loophole edit`, all processes, no browser.
//
// LOOPHOLE_BIN names the program; otherwise target/debug, then target/release. The page is the built one.
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';

const WEB = resolve(import.meta.dirname, '..');
const TARGET = resolve(WEB, '../../target');
/** How long anything may take before a journey gives up. */
export const PATIENCE_MS = 60_000;
/** The bundle of the plugins in tests/test-plugin. */
export const TEST_PLUGINS = 'test.clap';

export interface Loophole {
  /** With the token. */
  url: string;
  /** Its home folder. */
  home: string;
  /** Runs a command of the command line beside it; what it printed. */
  run(...args: string[]): string;
  /** What it printed so far. */
  output(): string;
  /** As Ctrl-C does; resolves with its status. */
  stop(): Promise<number | null>;
}

/** Makes a song of `script` and of `sounds` (WAV files to import), and opens it. */
export async function startLoophole(
  script: readonly object[],
  sounds: Record<string, Uint8Array> = {},
  preferences: Record<string, string> = { tour: 'seen' },
  /** Not in its home; not on the virtual device of two channels; with plugins that misbehave when told to. */
  where: { folder?: string; device?: string; testPlugins?: boolean } = {},
): Promise<Loophole> {
  const { home, env } = makeHome(preferences);
  const { folder = home, device, testPlugins } = where;
  if (testPlugins) {
    mkdirSync(join(home, '.clap'));
    copyFileSync(join(dirname(program()), 'libtest_plugin.so'), join(home, '.clap', TEST_PLUGINS));
  }
  if (device) writeFileSync(join(home, 'config/loophole/audio.json'), JSON.stringify({ device }));
  const song = join(folder, 'Journey.loophole');
  const run = (...args: string[]) => execFileSync(program(), args, { env, stdio: ['pipe', 'pipe', 'inherit'] });
  writeFileSync(join(home, 'script'), script.map((line) => JSON.stringify(line)).join('\n'));
  run('edit', song, join(home, 'script'), '--new');
  for (const [name, bytes] of Object.entries(sounds)) {
    writeFileSync(join(home, name), bytes);
    run('import', join(home, name), '-o', song);
  }
  return start([song], home, env);
}

/** Begins a song: NAME.loophole in its home folder. */
export function startNew(name: string): Promise<Loophole> {
  const { home, env } = makeHome({ tour: 'seen' });
  return start([join(home, `${name}.loophole`), '--new'], home, env);
}

/** Opens the demo song. */
export function startDemo(preferences: Record<string, string> = { tour: 'seen' }): Promise<Loophole> {
  const { home, env } = makeHome(preferences);
  return start(['demo'], home, env);
}

function makeHome(preferences: Record<string, string>): { home: string; env: NodeJS.ProcessEnv } {
  const home = mkdtempSync(join(tmpdir(), 'loophole-journey-'));
  mkdirSync(join(home, 'config/loophole'), { recursive: true });
  writeFileSync(join(home, 'config/loophole/page.json'), JSON.stringify(preferences));
  const env = {
    ...process.env,
    HOME: home,
    XDG_RUNTIME_DIR: home,
    XDG_DATA_HOME: join(home, 'data'),
    XDG_STATE_HOME: join(home, 'state'),
    XDG_CACHE_HOME: join(home, 'cache'),
    XDG_CONFIG_HOME: join(home, 'config'),
  };
  return { home, env };
}

async function start(args: string[], home: string, env: NodeJS.ProcessEnv): Promise<Loophole> {
  const child = spawn(program(), [...args, '--no-browser', '--page-folder', join(WEB, 'dist')], {
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  child.stdout.on('data', (data) => (output += data));
  child.stderr.on('data', (data) => (output += data));
  try {
    return {
      url: await address(child, () => output),
      home,
      run: (...line) => execFileSync(program(), line, { env, stdio: ['pipe', 'pipe', 'inherit'] }).toString(),
      output: () => output,
      stop: () => stop(child, home),
    };
  } catch (error) {
    await stop(child, home);
    throw error;
  }
}

/** A command of a song's script: a plugin that passes the sound on and checks its host. A break of CLAP's rules fails `stop`. */
export function hostCheck(id: number, track: number): object {
  const bundle = join(dirname(program()), 'libhost_check.so');
  if (!existsSync(bundle)) throw new Error(`There is no ${bundle}: build it with cargo build --workspace`);
  return { add_device: { id, track, name: 'Host check', clap: { plugin_id: 'test.host-check', bundle } } };
}

function program(): string {
  const named = process.env['LOOPHOLE_BIN'];
  const found = [named, join(TARGET, 'debug/loophole'), join(TARGET, 'release/loophole')].find(
    (path) => path && existsSync(path),
  );
  if (!found)
    throw new Error(`There is no loophole to run: build it, or name it in LOOPHOLE_BIN (${named ?? 'not set'})`);
  return found;
}

async function address(child: ChildProcess, output: () => string): Promise<string> {
  const end = Date.now() + PATIENCE_MS;
  while (Date.now() < end) {
    const url = /http:\/\/\S+#\S+/.exec(output())?.[0];
    if (url) return url;
    if (child.exitCode !== null) break;
    await new Promise((done) => setTimeout(done, 50));
  }
  throw new Error(`Loophole printed no address:\n${output()}`);
}

async function stop(child: ChildProcess, home: string): Promise<number | null> {
  if (child.exitCode === null) {
    const ended = new Promise((done) => child.once('exit', done));
    child.kill('SIGINT');
    const late = setTimeout(() => child.kill('SIGKILL'), PATIENCE_MS);
    await ended;
    clearTimeout(late);
  }
  const log = join(home, 'state/loophole/loophole.log');
  const lines = existsSync(log) ? readFileSync(log, 'utf8').split('\n') : [];
  rmSync(home, { recursive: true, force: true });
  const misbehaved = lines.filter((line) => line.includes('HOST_MISBEHAVING'));
  if (misbehaved.length > 0) throw new Error(`The host of plugins broke rules:\n${misbehaved.join('\n')}`);
  return child.exitCode;
}
