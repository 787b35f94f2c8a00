// What actions of the table do that concern the screen alone: zoom, bars, regions, tabs.
import { flushSync } from 'svelte';
import { fitted, zoomed } from '../scene/view';
import type { BottomTab } from '../views/bottom.svelte';
import type { BrowserTab } from '../views/browser/browser.svelte';
import type { Studio } from '../views/studio.svelte';

export const ZOOM_STEP = 1.5;

/** Zooms at the playhead where it is seen; in the piano roll, that. */
export function zoom(studio: Studio, factor: number): void {
  const inRoll = studio.context === 'notes';
  const view = inRoll ? studio.roll.view : studio.timeline.view;
  const playhead = (studio.positionAt(performance.now()) - view.scroll) / view.ticksPerPx;
  const anchor = playhead >= 0 && playhead <= view.width ? playhead : view.width / 2;
  if (inRoll) studio.roll.view = zoomed(studio.roll.view, factor, anchor);
  else studio.timeline.view = zoomed(studio.timeline.view, factor, anchor);
}

/** Shows the selected clips, or everything. */
export function zoomToSelection(studio: Studio): void {
  if (studio.context === 'notes') return studio.roll.frame();
  const clips = [...studio.selection.clips].map((id) => studio.song.clip(id)).filter((clip) => clip !== undefined);
  const from = clips.length ? Math.min(...clips.map((clip) => clip.start)) : 0;
  const to = clips.length ? Math.max(...clips.map((clip) => clip.start + clip.length)) : studio.song.end;
  studio.timeline.view = fitted(studio.timeline.view, from, to || studio.song.signatures.barStart(33));
}

export function stepBar(studio: Studio, direction: 1 | -1): void {
  const { signatures } = studio.song;
  const position = studio.cueAt(performance.now());
  const at = signatures.barBeat(position);
  const within = at.beat > 1 || at.tick > 0;
  const bar = direction === 1 ? at.bar + 1 : within ? at.bar : at.bar - 1;
  void studio.locate(signatures.barStart(Math.max(bar, 1)));
}

/** Regions in the order of the screen; focus goes to the first thing in them that takes it. */
export function stepRegion(direction: 1 | -1): void {
  const regions = [...document.querySelectorAll<HTMLElement>('[data-region]')].filter(
    (region) => region.offsetWidth > 0,
  );
  const at = regions.findIndex((region) => region.contains(document.activeElement));
  for (let i = 1; i <= regions.length; i++) {
    const from = at < 0 ? (direction === 1 ? -1 : 0) : at;
    const region = regions[(from + direction * i + regions.length * 2) % regions.length];
    const target = region?.querySelector<HTMLElement>('[tabindex="0"], button:not(:disabled)');
    if (target) return target.focus();
  }
}

/** Opens a tab below and goes into it. */
export function showTab(studio: Studio, tab: BottomTab): void {
  studio.bottom.tab = tab;
  requestAnimationFrame(() =>
    document.querySelector<HTMLElement>('.bottom [data-region] :is([tabindex="0"], input)')?.focus(),
  );
}

/** Opens a tab of the browser panel, its search ready to be typed in; closes the panel if that tab is open. */
export function browse(studio: Studio, tab: BrowserTab): void {
  const { browser } = studio;
  if (tab === 'processes' && studio.sidePanel && browser.tab === tab) {
    studio.sidePanel = false;
    return;
  }
  studio.sidePanel = true;
  browser.tab = tab;
  flushSync();
  const target = tab === 'processes' ? '[role=tab][aria-selected=true]' : 'input';
  document.querySelector<HTMLElement>(`[data-region=browser] :is(${target})`)?.focus();
}
