// For dialogs that one types into.

/**
 * Gives the focus to a field in the moment its dialog is there, with its text selected: a dialog by itself waits for the next
 * picture, and keys that were pressed before that are lost.
 */
export function typedInto(selector: string): (event: Event) => void {
  return (event) => {
    event.preventDefault();
    const field = document.querySelector<HTMLInputElement>(selector);
    field?.focus();
    field?.select();
  };
}
