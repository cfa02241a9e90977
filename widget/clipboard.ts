/** The clipboard, by either of the platform's ways. */

/** Copies an input's value or an element's text; false where both ways are forbidden: it is then left selected. */
export const copyFrom = (source: HTMLInputElement): Promise<boolean> =>
  navigator.clipboard.writeText(source.value || source.textContent).then(
    () => true,
    () => {
      if (source.select) source.select();
      else getSelection()!.selectAllChildren(source);
      return document.execCommand('copy');
    },
  );
