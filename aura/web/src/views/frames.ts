// One requestAnimationFrame for everything that moves: meters, position, playhead, canvases.
export type FrameCallback = (now: number) => void;

const callbacks = new Set<FrameCallback>();
let running = false;

/** Calls back once a picture; returns how to end it. */
export function everyFrame(callback: FrameCallback): () => void {
  callbacks.add(callback);
  if (!running) {
    running = true;
    requestAnimationFrame(turn);
  }
  return () => callbacks.delete(callback);
}

function turn(): void {
  const now = performance.now();
  for (const callback of callbacks) callback(now);
  running = callbacks.size > 0;
  if (running) requestAnimationFrame(turn);
}
