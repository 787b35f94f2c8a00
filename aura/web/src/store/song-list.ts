// Songs as they are listed: which fit what is typed, and how their place and time are told. Asks nobody.
import { FileKind, type FileEntry, type SongEntry } from '../contract/messages';
import { fit } from '../views/browser/fuzzy';

const ENDING = '.loophole';
/** More than any fit counts. */
const ABOVE_ALL = 1e6;

/** A line of the list: a song to open, or a folder to go into. */
export interface SongChoice {
  kind: 'song' | 'folder';
  name: string;
  path: string;
  /** Where it lies, or when it was changed. */
  detail: string;
  /** Why it stands out: "open here". */
  state: string;
}

/** "Low Tide" of "/music/Low Tide.loophole". */
export function songNameOf(path: string): string {
  const last = path.split('/').at(-1) ?? '';
  return last.endsWith(ENDING) ? last.slice(0, -ENDING.length) : last;
}

/** "/music" of "/music/Low Tide.loophole". */
export function folderOf(path: string): string {
  return path.slice(0, Math.max(path.lastIndexOf('/'), 1));
}

/** When something was changed, as one says it: "14:02", "yesterday", "3 May", "3 May 2025". */
export function whenChanged(ms: number, now: Date): string {
  if (!ms) return '';
  const then = new Date(ms);
  const day = (date: Date) => Math.floor((date.getTime() - date.getTimezoneOffset() * 60_000) / 86_400_000);
  const days = day(now) - day(then);
  if (days === 0) return `${then.getHours()}:${String(then.getMinutes()).padStart(2, '0')}`;
  if (days === 1) return 'yesterday';
  const month = then.toLocaleString('en', { month: 'short' });
  const year = then.getFullYear() === now.getFullYear() ? '' : ` ${then.getFullYear()}`;
  return `${then.getDate()} ${month}${year}`;
}

/** Songs that fit what is typed, the best first; without a query in the order they came. */
export function songChoices(songs: readonly SongEntry[], query: string, open: string, now: Date): SongChoice[] {
  const fitting = songs.flatMap((song) => {
    const own = fit(query, song.name);
    // An album is found by its folder, after songs of that name.
    const score = own ?? fit(query, songNameOf(folderOf(song.path)));
    return score === undefined ? [] : [{ song, score: own === undefined ? score - ABOVE_ALL : score }];
  });
  if (query.trim()) fitting.sort((a, b) => b.score - a.score);
  return fitting.map(({ song }) => ({
    kind: 'song',
    name: song.name,
    path: song.path,
    detail: whenChanged(Math.max(song.changedMs, song.openedMs), now),
    state: song.path === open ? 'open here' : song.openByPid ? 'open elsewhere' : '',
  }));
}

/** What of a folder can be opened or gone into. */
export function folderChoices(entries: readonly FileEntry[], query: string, open: string): SongChoice[] {
  // The open song's own folders are among the places; nobody opens a song in them.
  const inside = (path: string) => open !== '' && path.startsWith(`${open}/`);
  const folders = entries.filter(({ kind, path }) => kind === FileKind.FOLDER && !inside(path));
  const choices = folders.map(({ name, path }): SongChoice => {
    const isSong = path.endsWith(ENDING);
    return {
      kind: isSong ? 'song' : 'folder',
      name: isSong ? songNameOf(path) : name,
      path,
      detail: '',
      state: path === open ? 'open here' : '',
    };
  });
  const fitting = choices.filter(({ name }) => fit(query, name) !== undefined);
  return [...fitting.filter(({ kind }) => kind === 'song'), ...fitting.filter(({ kind }) => kind === 'folder')];
}

/** Why no song can be called that; empty: it can. */
export function nameObjection(name: string): string {
  if (name.includes('/')) return 'A name has no slash.';
  if (name.startsWith('.')) return 'A name begins with no dot.';
  if (new TextEncoder().encode(name).length > 120) return 'That is too long for a name.';
  return '';
}

/** A name for a copy: "Low Tide 2", "Low Tide 3". */
export function copyNameOf(name: string, taken: readonly string[]): string {
  const stem = name.replace(/ \d+$/, '');
  let number = 2;
  while (taken.includes(`${stem} ${number}`)) number++;
  return `${stem} ${number}`;
}
