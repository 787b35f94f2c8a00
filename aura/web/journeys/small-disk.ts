// A real disk that can be filled: a file system in memory in a mount namespace of its own, reached through /proc. It needs the
// right to mount, or to make a user namespace in which one has it. Nothing is left of it when its holder ends.
import { spawn, type ChildProcess } from 'node:child_process';
import { appendFileSync, mkdtempSync, rmSync, statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const BLOCK = new Uint8Array(4096);
const MOUNT = 'mount -t tmpfs -o size="$1" tmpfs "$2" && echo ready && read -r _';

export class SmallDisk {
  private constructor(
    readonly folder: string,
    readonly holder: ChildProcess,
    readonly place: string,
  ) {}

  static async make(bytes: number): Promise<SmallDisk> {
    const place = mkdtempSync(join(tmpdir(), 'loophole-disk-'));
    for (const how of [['--mount'], ['--mount', '--map-root-user']]) {
      // Alive until its standard input closes, which happens however the journey ends.
      const holder = spawn('unshare', [...how, 'sh', '-c', MOUNT, 'sh', String(bytes), place]);
      const ready = await new Promise((done) => {
        holder.stdout.once('data', () => done(true));
        holder.once('exit', () => done(false));
        holder.once('error', () => done(false));
      });
      if (ready) return new SmallDisk(`/proc/${holder.pid}/root${place}`, holder, place);
    }
    throw new Error('A file system in memory can’t be mounted here: neither as root nor in a user namespace.');
  }

  /** Takes all but so many bytes. */
  fill(left: number): void {
    const free = () => {
      const { bavail, bsize } = statfsSync(this.folder);
      return bavail * bsize;
    };
    while (free() > left) appendFileSync(join(this.folder, 'ballast'), BLOCK);
  }

  makeRoom(): void {
    rmSync(join(this.folder, 'ballast'));
  }

  end(): void {
    this.holder.kill('SIGKILL');
    rmSync(this.place, { recursive: true, force: true });
  }
}
