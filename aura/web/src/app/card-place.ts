// Where a card stands beside what it speaks of. Pure geometry, in CSS pixels.
export interface Box {
  left: number;
  top: number;
  width: number;
  height: number;
}

const GAP = 14;
const MARGIN = 12;

/** Right of the target, else left, below, above, wherever there is room; over its middle where there is none. */
export function cardPlace(
  target: Box | undefined,
  width: number,
  height: number,
  screenWidth: number,
  screenHeight: number,
): { left: number; top: number } {
  const middle = { left: (screenWidth - width) / 2, top: (screenHeight - height) / 2 };
  if (!target) return middle;
  const centred = {
    left: within(target.left + (target.width - width) / 2, screenWidth - width),
    top: within(target.top + (target.height - height) / 2, screenHeight - height),
  };
  const right = target.left + target.width + GAP;
  if (right + width + MARGIN <= screenWidth) return { left: right, top: centred.top };
  const left = target.left - GAP - width;
  if (left >= MARGIN) return { left, top: centred.top };
  const below = target.top + target.height + GAP;
  if (below + height + MARGIN <= screenHeight) return { left: centred.left, top: below };
  const above = target.top - GAP - height;
  if (above >= MARGIN) return { left: centred.left, top: above };
  return centred;
}

function within(value: number, most: number): number {
  return Math.min(Math.max(value, MARGIN), Math.max(most - MARGIN, MARGIN));
}
