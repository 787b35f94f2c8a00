// The panel below: which tab is open, and how high each may be.
export type BottomTab = 'devices' | 'notes' | 'clip';

/** Heights in pixels, the tabs' own row among them. */
const FIRST_PX: Record<BottomTab, number> = { devices: 262, notes: 348, clip: 262 };
const LEAST_PX = 150;
/** What the rest of the page needs: bars, and a few tracks. */
const OTHERS_PX = 250;

export class Bottom {
  tab = $state<BottomTab>('devices');
  #heights = $state({ ...FIRST_PX });

  get height(): number {
    return this.#heights[this.tab];
  }

  /** Of the window's height. */
  resize(height: number, window: number): void {
    const most = Math.max(window - OTHERS_PX, LEAST_PX);
    this.#heights[this.tab] = Math.min(Math.max(Math.round(height), LEAST_PX), most);
  }
}
