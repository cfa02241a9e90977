/** The README as tests see it: its code blocks and its tables. */
import { readFileSync } from 'node:fs';

/** The whole text. */
export const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');

/** A block of code: its language, and the file that its first line names, if any. */
export type Block = { language: string; file: string | null; text: string };

const NAMED = /^(?:<\?php\n)?(?:\/\/|#|<%#|\{#) ([\w./-]+\.\w+)/;

/** Every block of code in a text of Markdown, in order. */
export function blocksOf(markdown: string): Block[] {
  return [...markdown.matchAll(/^```(\w*)\n(.*?)^```$/gms)].map(([, language = '', text = '']) => ({
    language,
    file: NAMED.exec(text)?.[1] ?? null,
    text,
  }));
}

/** The README's blocks of code. */
export const blocks: readonly Block[] = blocksOf(readme);

/** Rows of the table whose first column has this heading, as cells of text. Throws when there is none. */
export function rowsOf(heading: string): string[][] {
  const lines = readme.split('\n');
  const start = lines.findIndex((line) => line.startsWith(`| ${heading} |`));
  if (start < 0) throw new Error(`The README has no table "${heading}".`);
  const rest = lines.slice(start + 2);
  const end = rest.findIndex((line) => !line.startsWith('|'));
  return rest.slice(0, end).map((line) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
}

/** The code in a cell: what stands between the first pair of backticks; null where there is none. */
export function codeIn(cell: string | undefined): string | null {
  return /`([^`]+)`/.exec(cell ?? '')?.[1] ?? null;
}

/** Names in code of a table's first column. */
export function namesOf(heading: string): string[] {
  return rowsOf(heading).map(([cell]) => codeIn(cell) ?? '');
}
