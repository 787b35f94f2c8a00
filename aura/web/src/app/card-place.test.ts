// Where the card of the tour stands: on the screen, and beside what it speaks of.
import { describe, expect, it } from 'vitest';
import { cardPlace, type Box } from './card-place';

const [WIDTH, HEIGHT, SCREEN_WIDTH, SCREEN_HEIGHT] = [330, 180, 1280, 800];
const placed = (target?: Box) => cardPlace(target, WIDTH, HEIGHT, SCREEN_WIDTH, SCREEN_HEIGHT);

describe('a card of the tour', () => {
  it('stands in the middle when it speaks of nothing on the screen', () => {
    expect(placed()).toEqual({ left: 475, top: 310 });
  });

  it('never leaves the screen and covers its target only when that fills the screen', () => {
    for (let left = 0; left <= 1200; left += 100) {
      for (let top = 0; top <= 780; top += 60) {
        for (const [width, height] of [
          [20, 20],
          [300, 200],
          [1280, 48],
          [1280, 236],
        ] as const) {
          const target = {
            left: Math.min(left, SCREEN_WIDTH - width),
            top: Math.min(top, SCREEN_HEIGHT - height),
            width,
            height,
          };
          const at = placed(target);
          expect(at.left).toBeGreaterThanOrEqual(0);
          expect(at.top).toBeGreaterThanOrEqual(0);
          expect(at.left + WIDTH).toBeLessThanOrEqual(SCREEN_WIDTH);
          expect(at.top + HEIGHT).toBeLessThanOrEqual(SCREEN_HEIGHT);
          const apart =
            at.left >= target.left + width ||
            at.left + WIDTH <= target.left ||
            at.top >= target.top + height ||
            at.top + HEIGHT <= target.top;
          expect(apart, JSON.stringify(target)).toBe(true);
        }
      }
    }
  });
});
