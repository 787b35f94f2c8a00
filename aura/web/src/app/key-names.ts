// Keys as text: as the table writes them, and as people read them.
const NAMES: Record<string, string> = {
  ArrowUp: '↑',
  ArrowDown: '↓',
  ArrowLeft: '←',
  ArrowRight: '→',
  Delete: 'Del',
  Escape: 'Esc',
  '-': '−',
};

/** One key press as text: "Ctrl+Shift+Z", "Space", "s" with Shift is "Shift+S". */
export function keyOf(event: KeyboardEvent): string {
  const parts = [];
  if (event.ctrlKey || event.metaKey) parts.push('Ctrl');
  if (event.altKey) parts.push('Alt');
  const letter = /^[a-z]$/i.test(event.key);
  if (event.shiftKey && (letter || event.key.length > 1)) parts.push('Shift');
  if (event.key === ' ') parts.push('Space');
  else parts.push(letter ? event.key.toUpperCase() : event.key);
  return parts.join('+');
}

/** "Control+ArrowUp", as screen readers are told of keys; undefined for none. */
export function heardKey(key: string): string | undefined {
  return key ? key.replace('Ctrl', 'Control') : undefined;
}

/** "Ctrl ↑" for "Ctrl+ArrowUp". */
export function spokenKey(key: string): string {
  if (key === '+') return '+';
  return key
    .split('+')
    .map((part) => NAMES[part] ?? part)
    .join(' ');
}
