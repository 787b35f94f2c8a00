// What went wrong with a plugin, as it is told to a musician. Pure: incidents in, sentences out.
import { IncidentKind, Remedy, type Incident } from '../contract/messages';

const HAPPENED: Record<IncidentKind, string> = {
  [IncidentKind.UNSPECIFIED]: 'went wrong',
  [IncidentKind.CRASH]: 'crashed',
  [IncidentKind.HANG]: 'hung',
  [IncidentKind.CRASH_ON_LOAD]: 'crashed while it was loaded',
  [IncidentKind.HANG_ON_LOAD]: 'was not loaded in time',
  [IncidentKind.BAD_SOUND]: 'gave sound that is none',
  [IncidentKind.BAD_MESSAGE]: 'sent what no plugin sends',
  [IncidentKind.FLOOD]: 'gave too many events',
};
const DONE: Record<Remedy, string> = {
  [Remedy.UNSPECIFIED]: '',
  [Remedy.NONE]: ': that was left out',
  [Remedy.RESTARTED]: ' and was started again',
  [Remedy.ALONE]: ' and was started again, in a process of its own',
  [Remedy.LEFT_OUT]: ' and was taken out',
};
/** Signals of Linux that end a process that did something wrong. */
const SIGNALS: Record<number, string> = {
  4: 'illegal instruction',
  6: 'abort',
  7: 'bus error',
  8: 'arithmetic error',
  9: 'killed',
  11: 'segmentation fault',
  24: 'used up its processor time',
  31: 'forbidden system call',
};

/** "crashed", "hung": what stands after the plugin's name. */
export function whatHappened(incident: Incident): string {
  return HAPPENED[incident.kind] ?? HAPPENED[IncidentKind.UNSPECIFIED];
}

/** "It crashed at bar 17 and was started again." `bar`: where the song was. */
export function sentence(incident: Incident, bar: number): string {
  const who = incident.certain ? 'It' : 'It, or a plugin beside it,';
  // Plugins are loaded wherever the song is: that says nothing.
  const loading = incident.kind === IncidentKind.CRASH_ON_LOAD || incident.kind === IncidentKind.HANG_ON_LOAD;
  const where = loading ? '' : ` at bar ${bar}`;
  return `${who} ${whatHappened(incident)}${where}${DONE[incident.remedy] ?? ''}.`;
}

/** "segmentation fault", or what Signal says itself. */
export function cause(incident: Incident): string {
  return SIGNALS[incident.signal] ?? incident.reason;
}

/** "3rd time in version 1.2"; empty for the first time. */
export function howOften(times: number, version: string): string {
  if (times < 2) return '';
  const suffix = { one: 'st', two: 'nd', few: 'rd', other: 'th', zero: 'th', many: 'th' }[ORDINAL.select(times)];
  return `${times}${suffix} time${version ? ` in version ${version}` : ''}`;
}

const ORDINAL = new Intl.PluralRules('en', { type: 'ordinal' });
