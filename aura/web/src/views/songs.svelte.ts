// Songs as the page deals with them: which are there, and opening, beginning and copying one. The song that is open is the
// store's; this knows only where it is.
import type { FileEntry, Incoming, Outgoing, SongEntry } from '../contract/messages';
import { songNameOf } from '../store/song-list';

/** What is asked for in a dialog; empty: nothing. */
export type SongDialog = '' | 'open' | 'new' | 'copy' | 'place';

interface Ties {
  /** Rejects with the reason where it was refused. */
  request(kind: Outgoing): Promise<Incoming>;
  say(text: string): void;
}

export class Songs {
  dialog = $state<SongDialog>('');
  /** The name of the open song is being typed. */
  renaming = $state(false);
  /** Folder of the song that is open. */
  path = $state('');
  /** Folder of the one that is being opened in its place, by this page or another; empty: none is. */
  opening = $state('');
  list = $state.raw<readonly SongEntry[]>([]);
  songsFolder = $state('');
  /** Folders on the way to the one that is browsed; undefined: the list is shown instead. */
  browsed = $state.raw<readonly FileEntry[] | undefined>(undefined);
  entries = $state.raw<readonly FileEntry[]>([]);
  /** A song is being opened, begun or copied: nothing else can be asked for until that is answered. */
  busy = $state(false);
  /** News of what there is are on their way; what is shown can be chosen all the same. */
  looking = $state(false);
  /** Why the last thing asked for was refused. */
  reason = $state('');
  readonly #ties: Ties;
  /** The dialog closed because its song is open. */
  #landed = false;

  constructor(ties: Ties) {
    this.#ties = ties;
  }

  /** Shows a dialog, with fresh news of what there is. */
  show(dialog: SongDialog): void {
    this.dialog = dialog;
    this.reason = '';
    this.browsed = undefined;
    if (dialog && dialog !== 'place') void this.look();
  }

  /** Lets the name be typed, once the menu or palette that asked for it has given the focus back. */
  rename(): void {
    requestAnimationFrame(() => requestAnimationFrame(() => (this.renaming = true)));
  }

  async look(): Promise<void> {
    const answer = await this.#look({ case: 'listSongs', value: {} });
    if (answer?.case !== 'songs') return;
    this.list = answer.value.songs;
    this.songsFolder = answer.value.songsFolder;
  }

  /** Goes into a folder by the way to it; an empty way is the places of this machine. */
  async browse(way: readonly FileEntry[]): Promise<void> {
    this.browsed = way;
    const answer = await this.#look({ case: 'listFiles', value: { folder: way.at(-1)?.path ?? '', search: '' } });
    if (this.browsed === way) this.entries = answer?.case === 'files' ? answer.value.entries : [];
  }

  async open(path: string): Promise<void> {
    if (await this.#ask({ case: 'openSong', value: { path } })) this.#done();
  }

  async begin(name: string, folder: string): Promise<void> {
    if (await this.#ask({ case: 'newSong', value: { name: name.trim(), folder: folder.trim() } })) this.#done();
  }

  async copy(name: string, folder: string, open: boolean): Promise<void> {
    const value = { name: name.trim(), folder: folder.trim(), open };
    const answer = await this.#ask({ case: 'saveSongCopy', value });
    if (answer?.case !== 'songCopied') return;
    if (!open) this.#ties.say(`“${songNameOf(answer.value.path)}” is a copy of this song: ${answer.value.path}`);
    this.#done();
  }

  /** When a dialog has closed: in a song that was just opened the keys are the clips', not those of the menu it came from. */
  closed(event: Event): void {
    if (!this.#landed) return;
    this.#landed = false;
    event.preventDefault();
    document.querySelector<HTMLElement>('[data-region=clips] [role=grid]')?.focus();
  }

  #done(): void {
    this.#landed = true;
    this.dialog = '';
  }

  async #ask(kind: Outgoing): Promise<Incoming | undefined> {
    this.busy = true;
    const answer = await this.#answer(kind);
    this.busy = false;
    return answer;
  }

  async #look(kind: Outgoing): Promise<Incoming | undefined> {
    this.looking = true;
    const answer = await this.#answer(kind);
    this.looking = false;
    return answer;
  }

  /** Undefined where it was refused; the dialog says why. */
  async #answer(kind: Outgoing): Promise<Incoming | undefined> {
    this.reason = '';
    try {
      return await this.#ties.request(kind);
    } catch (error) {
      this.reason = error instanceof Error ? error.message : String(error);
      return undefined;
    }
  }
}
