/** Puts the text of a field on the clipboard, also where the Clipboard API is missing or forbidden. */

/** Whether it worked; if not, the text is left selected for the customer to copy. */
export async function copyField(field: HTMLInputElement): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(field.value);
    return true;
  } catch {
    field.select();
    // Frames without the clipboard-write permission still allow the old way after a click.
    return document.execCommand('copy');
  }
}
