// What a plugin was granted, in few words, and what it is to be granted instead. Pure; asks nobody.
import type { Grants } from '../contract/messages';

export const NOTHING: Grants = { places: [], network: false, display: false };

export function isNothing({ places, network, display }: Grants): boolean {
  return !places.length && !network && !display;
}

/** "reads 2 places, writes 1 place, network"; "nothing". What is written is read, too. */
export function summary({ places, network, display }: Grants): string {
  const written = places.filter((place) => place.writable).length;
  const words = [
    counted('reads', places.length - written),
    counted('writes', written),
    network && 'network',
    display && 'display',
  ];
  return words.filter(Boolean).join(', ') || 'nothing';
}

/** The same and a place, or that place granted in the other way. */
export function withPlace(grants: Grants, path: string, writable: boolean): Grants {
  const place = { path, leadsTo: '', writable };
  const isThere = grants.places.some((other) => other.path === path);
  const places = isThere
    ? grants.places.map((other) => (other.path === path ? place : other))
    : [...grants.places, place];
  return { ...grants, places };
}

export function withoutPlace(grants: Grants, path: string): Grants {
  return { ...grants, places: grants.places.filter((place) => place.path !== path) };
}

/** The way to a place, and its name: where there is no room for both, the way is cut. */
export function wayAndName(path: string): [string, string] {
  const end = path.lastIndexOf('/') + 1;
  return [path.slice(0, end), path.slice(end)];
}

function counted(does: string, count: number): string {
  return count ? `${does} ${count} ${count === 1 ? 'place' : 'places'}` : '';
}
