// A wheel that turns up and down scrolls a row of things sideways.

/** For onwheel of something that only scrolls sideways. */
export function sideways(event: WheelEvent & { currentTarget: HTMLElement }): void {
  if (!event.deltaX && !event.shiftKey && !event.ctrlKey) event.currentTarget.scrollLeft += event.deltaY;
}
