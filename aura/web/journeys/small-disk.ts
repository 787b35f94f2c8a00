// A real disk that can be filled: a file system in memory in a mount namespace of its own, reached through /proc. It needs the
// right to mount, or to make a user namespace in which one has it. Nothing is left of it when its holder ends.
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { appendFileSync, mkdtempSync, rmSync, statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const BLOCK = new Uint8Array(4096);
const MOUNT = 'mount -t tmpfs -o size="$1" tmpfs "$2" && echo ready && read -r _';
/** Ways to a mount namespace, and what is mounted in it. */
const WAYS: [string[], string][] = [
  [['--mount'], MOUNT],
  [['--mount', '--map-root-user'], MOUNT],
  // Within a chroot the root is no mount whose changes could be kept to oneself: the folder is bound to itself to be one.
  [['--mount', '--propagation', 'unchanged'], `mount --bind "$2" "$2" && mount --make-private "$2" && ${MOUNT}`],
];

export class SmallDisk {
  private constructor(
    readonly folder: string,
    readonly holder: ChildProcess,
    readonly place: string,
  ) {}

  static async make(bytes: number): Promise<SmallDisk> {
    const place = mkdtempSync(join(tmpdir(), 'loophole-disk-'));
    for (const [how, mount] of WAYS) {
      // Alive until its standard input closes, which happens however the journey ends.
      const holder = spawn('unshare', [...how, 'sh', '-c', mount, 'sh', String(bytes), place]);
      const ready = await new Promise((done) => {
        holder.stdout.once('data', () => done(true));
        holder.once('exit', () => done(false));
        holder.once('error', () => done(false));
      });
      if (ready) return new SmallDisk(`/proc/${holder.pid}/root${place}`, holder, place);
    }
    throw new Error(
      'A file system in memory can’t be mounted here: neither as root, nor in a user namespace, nor in a chroot.',
    );
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
    // Others may have seen the binding. Where they have not, there is nothing to take away.
    spawnSync('umount', ['--lazy', this.place], { stdio: 'ignore' });
    rmSync(this.place, { recursive: true, force: true });
  }
}
