// The field of a dialog that one types into.

/**
 * For `onOpenAutoFocus`: gives the focus to a field in the moment its dialog is there, with its text selected: a dialog by itself waits for the next
 * picture, and keys that were pressed before that are lost.
 */
export function focusAtOnce(selector: string): (event: Event) => void {
  return (event) => {
    event.preventDefault();
    const field = document.querySelector<HTMLInputElement>(selector);
    field?.focus();
    field?.select();
  };
}
