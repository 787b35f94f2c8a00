// What a file of journeys is played on: one Loophole with one page, from before its first test until after its last.
import type { Browser } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect } from 'vitest';
import type { Loophole } from './loophole';
import { Screen, startBrowser } from './screen';

// Each file has a copy of this module, and so a stage of its own.
export let loophole: Loophole;
export let browser: Browser;
export let screen: Screen;

/** Sets it up. No test may leave trouble on the page, and Loophole has to end well. */
export function stage(start: () => Promise<Loophole>, size?: { width: number; height: number }): void {
  beforeAll(async () => {
    loophole = await start();
    browser = await startBrowser();
    screen = await Screen.open(browser, loophole.url, size);
  });
  afterEach(() => expect(screen.troubles).toEqual([]));
  afterAll(async () => {
    await browser?.close();
    expect(await loophole?.stop()).toBe(0);
  });
}
