// The page in Chromium, as a musician's hands and eyes have it: what is shown, what can be pressed, and what went wrong.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { chromium, type Browser, type Locator, type Page } from 'playwright-core';
import { expect } from 'vitest';
import { PATIENCE_MS } from './loophole';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const FLAGS = [
  '--no-sandbox',
  '--disable-quic',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--no-first-run',
];

export async function startBrowser(): Promise<Browser> {
  const executablePath = process.env['CHROMIUM'] ?? '/usr/bin/chromium';
  return chromium.launch({ executablePath, headless: true, args: FLAGS });
}

export class Screen {
  /** Console errors, thrown errors, violated policies, requests to other machines: all must stay empty. */
  readonly troubles: string[] = [];

  private constructor(readonly page: Page) {}

  static async open(browser: Browser, url: string, size = { width: 1600, height: 1000 }): Promise<Screen> {
    const context = await browser.newContext({ viewport: size });
    const page = await context.newPage();
    page.setDefaultTimeout(PATIENCE_MS);
    const screen = new Screen(page);
    await screen.#listen(url);
    await page.goto(url);
    await screen.songIsThere();
    // A narrow window begins without the panel.
    if (await page.locator('[data-region=browser]').count()) await screen.browse('Processes');
    await page.evaluate(() => (document.activeElement as HTMLElement | null)?.blur());
    return screen;
  }

  /** Waits until the song is drawn. */
  async songIsThere(): Promise<void> {
    // Until there is a song, Loophole's own name stands there.
    await this.page.getByRole('heading', { level: 1, name: /^(?!Loophole$)/ }).waitFor();
    await this.page.locator('.full').waitFor({ state: 'detached' });
  }

  /** Opens a tab of the browser panel. */
  async browse(tab: 'Plugins' | 'Files' | 'Processes'): Promise<void> {
    await this.page.getByRole('tab', { name: tab, exact: true }).click();
  }

  /** Waits until every device of the song runs. */
  async devicesRun(): Promise<void> {
    await this.until('Signal and its sandbox run', async () => {
      const kills = await this.kill('ZamComp').count();
      return kills > 0 && (await this.kill('ZamComp').first().isEnabled());
    });
  }

  /** Presses keys, one after the other. */
  async press(...keys: string[]): Promise<void> {
    for (const key of keys) await this.page.keyboard.press(key);
  }

  /** Draws the pointer along, with keys held; in pixels of the page. */
  async drag(from: [number, number], to: [number, number], held: string[] = []): Promise<void> {
    const { mouse, keyboard } = this.page;
    for (const key of held) await keyboard.down(key);
    await mouse.move(...from);
    await mouse.down();
    await mouse.move((from[0] + to[0]) / 2, (from[1] + to[1]) / 2, { steps: 3 });
    await mouse.move(...to, { steps: 3 });
    await mouse.up();
    for (const key of held) await keyboard.up(key);
  }

  /** What has the focus is called so. */
  focused(): Promise<string> {
    return this.page.evaluate(
      () => document.activeElement?.getAttribute('aria-label') ?? document.activeElement?.textContent?.trim() ?? '',
    );
  }

  /** Tabs on until what has the focus is called so. */
  async tabTo(name: RegExp): Promise<void> {
    for (let i = 0; i < 300; i++) {
      if (name.test(await this.focused())) return;
      await this.press('Tab');
    }
    throw new Error(`Tab does not reach ${name}`);
  }

  /** The notes of the piano roll. */
  notes(): Locator {
    return this.page.getByTestId('note-grid').locator('[role=gridcell]:not(#note-cursor)');
  }

  async noteTexts(): Promise<string[]> {
    return (await this.notes().allTextContents()).map((text) => text.trim());
  }

  /** A track's strip in the mixer. */
  strip(name: string): Locator {
    return this.page.getByRole('region', { name: `${name} strip` });
  }

  /** The names of a track's devices, in their order. */
  inserts(track: string): Promise<string[]> {
    return this.strip(track).locator('.chain li .name').allTextContents();
  }

  button(name: string | RegExp): Locator {
    return this.page.getByRole('button', { name, exact: typeof name === 'string' });
  }

  slider(name: string): Locator {
    return this.page.getByRole('slider', { name, exact: true });
  }

  /** The kill button of the process whose name holds a text. */
  kill(name: string): Locator {
    return this.button(new RegExp(`^Kill .*${name}`, 'i'));
  }

  /** The sentence beside a process after its kill. */
  outcome(name: string): Locator {
    return this.page.locator('li', { has: this.kill(name) }).locator('.outcome.over');
  }

  /** A clip in the grid that mirrors the canvas. */
  clips(name: string): Locator {
    return this.page.locator('[role=gridcell]', { hasText: name });
  }

  /** The names of all clips of the track that is looked at. */
  async clipCount(name: string): Promise<number> {
    return this.clips(name).count();
  }

  async playhead(): Promise<string> {
    return (await this.page.locator('.position .bars').textContent()) ?? '';
  }

  /** Height of a strip's meter, 0 to 1. */
  async meter(track: string): Promise<number> {
    const cover = this.strip(track).locator('.cover').first();
    const scale = await cover.evaluate((element: HTMLElement) => element.style.transform);
    return 1 - Number(/scaleY\((.*)\)/.exec(scale)?.[1] ?? 1);
  }

  /** Positions of the playhead in bars, read as often as possible while something is done. */
  async barsWhile(act: () => Promise<void>): Promise<number[]> {
    let done = false;
    const acting = act().finally(() => (done = true));
    acting.catch(() => undefined);
    const bars: number[] = [];
    while (!done) {
      const [bar = '0', beat = '0', ticks = '0'] = (await this.playhead()).split('.');
      bars.push(Number(bar) + (Number(beat) - 1 + Number(ticks) / 960) / 4);
      await this.page.waitForTimeout(20);
    }
    await acting;
    return bars;
  }

  /** Waits until the position moves and the master sounds. */
  async sounds(): Promise<void> {
    const before = await this.playhead();
    await this.until('the playhead moves', async () => (await this.playhead()) !== before);
    await this.until('the master sounds', async () => (await this.meter('Master')) > 0.3);
  }

  /** Waits for an outcome, however long it takes within reason. */
  async until(what: string, holds: () => Promise<boolean>): Promise<void> {
    const end = Date.now() + PATIENCE_MS;
    while (!(await holds())) {
      if (Date.now() > end) throw new Error(`Waited in vain until ${what}`);
      await this.page.waitForTimeout(30);
    }
  }

  /** What undo would do, from the line below. */
  async undoLabel(): Promise<string> {
    return (await this.page.locator('footer span', { hasText: 'Undo:' }).locator('b').textContent()) ?? '';
  }

  async hasNoAccessibilityViolation(): Promise<void> {
    // Through the inspector, since the page's own policy rightly allows no script of others.
    await this.page.evaluate(AXE);
    const violations = await this.page.evaluate(async () => {
      const { axe } = globalThis as unknown as {
        axe: { run(): Promise<{ violations: { id: string; nodes: { html: string; failureSummary: string }[] }[] }> };
      };
      const result = await axe.run();
      return result.violations.map(
        ({ id, nodes }) => `${id}: ${nodes.map((node) => `${node.html} ${node.failureSummary}`).join('\n')}`,
      );
    });
    expect(violations).toEqual([]);
  }

  /** A picture of the screen has many colours: it is not blank, and neither are its clips. */
  async isNotBlank(): Promise<void> {
    expect(await this.#colors((await this.page.screenshot()).toString('base64'))).toBeGreaterThan(200);
    const clips = await this.page.getByTestId('clips').screenshot();
    expect(await this.#colors(clips.toString('base64'))).toBeGreaterThan(20);
  }

  #colors(png: string): Promise<number> {
    return this.page.evaluate(async (data) => {
      const image = new Image();
      image.src = `data:image/png;base64,${data}`;
      await image.decode();
      const canvas = new OffscreenCanvas(image.width, image.height);
      const g = canvas.getContext('2d');
      g?.drawImage(image, 0, 0);
      const pixels = g?.getImageData(0, 0, image.width, image.height).data.buffer;
      return new Set(new Uint32Array(pixels ?? new ArrayBuffer(0))).size;
    }, png);
  }

  async #listen(url: string): Promise<void> {
    const origin = new URL(url).origin;
    const { page, troubles } = this;
    page.on('pageerror', (error) => troubles.push(`thrown: ${error.message}`));
    page.on('console', (message) => {
      // While Aura is away, the browser itself reports each try to connect.
      const expected = message.text().includes('WebSocket connection to');
      if (message.type() === 'error' && !expected) troubles.push(`console: ${message.text()}`);
    });
    page.on('request', (request) => {
      if (!request.url().startsWith(origin) && !request.url().startsWith('data:'))
        troubles.push(`left the machine: ${request.url()}`);
    });
    await page.addInitScript(() => {
      document.addEventListener('securitypolicyviolation', (event) =>
        console.error(`policy: ${event.violatedDirective} ${event.blockedURI}`),
      );
    });
  }
}

/** Where something is on the page. */
export async function boxOf(locator: Locator) {
  const box = await locator.boundingBox();
  if (!box) throw new Error('it is not on the screen');
  return box;
}
