// Keys as people read them.
const NAMES: Record<string, string> = {
  ArrowUp: '↑',
  ArrowDown: '↓',
  ArrowLeft: '←',
  ArrowRight: '→',
  Delete: 'Del',
  '-': '−',
};

/** "Ctrl ↑" for "Ctrl+ArrowUp". */
export function spokenKey(key: string): string {
  if (key === '+') return '+';
  return key
    .split('+')
    .map((part) => NAMES[part] ?? part)
    .join(' ');
}
