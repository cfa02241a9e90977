/** Plays sequences in a real browser on the built element, and makes one that breaks a rule as short as it can. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Page } from 'playwright-core';
import { bundle } from '../support/bundle.ts';
import { type Action, sequence } from './actions.ts';
import type { Played } from './play.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const ORIGIN = 'http://localhost';
const DROP_IN = 'dist/drop-in/kelviq-onboarding.js';
const PAGE = `<!doctype html><meta charset="utf-8"><script src="/play.js"></script>
  <script type="module" src="/kelviq-onboarding.js"></script>`;
/** A page that has seen so many is opened anew. */
const PER_PAGE = 100;

type Play = (actions: readonly Action[]) => Promise<Played>;

/** A sequence that broke a rule; its message says which, and how to play it again. */
export class BrokenSequence extends Error {
  override readonly name = 'BrokenSequence';
  readonly rule: string;

  constructor(seed: number, rule: string, trace: readonly string[]) {
    super(
      `${rule}\nPlay it again: SEQUENCE_SEED=${seed} npm test -- test/e2e/sequences.test.ts\n${trace.join('\n')}`,
    );
    this.rule = rule;
  }
}

/**
 * Plays `count` seeds from `from` on in `page`; `spoil` is code that runs there once the element is defined. Rejects with the
 * first `BrokenSequence`.
 */
export async function playSequences(page: Page, from: number, count: number, spoil = ''): Promise<void> {
  const { code } = await bundle(ROOT, 'test/sequences/index.ts');
  const files: Record<string, readonly [type: string, body: string]> = {
    '/': ['text/html', PAGE],
    '/play.js': ['text/javascript', `{${code}}`],
    '/kelviq-onboarding.js': ['text/javascript', readFileSync(ROOT + DROP_IN, 'utf8')],
  };
  await page.route(`${ORIGIN}/**`, (route) => {
    const [contentType, body] = files[new URL(route.request().url()).pathname] ?? [];
    return route.fulfill(body === undefined ? { status: 404 } : { contentType: contentType!, body });
  });
  let uncaught: string | null = null;
  page.on('pageerror', ({ message }) => (uncaught ??= `an uncaught error: ${message}`));
  const playOne = async (actions: readonly Action[]): Promise<Played> => {
    uncaught = null;
    const played = await page.evaluate((list) => (window as unknown as { play: Play }).play(list), actions);
    return { ...played, broken: played.broken ?? uncaught };
  };

  for (let seed = from; seed < from + count; seed++) {
    if ((seed - from) % PER_PAGE === 0) {
      await page.goto(ORIGIN);
      await page.waitForFunction(() => customElements.get('kelviq-onboarding'));
      await page.evaluate(`{ ${spoil} }`);
    }
    const { broken } = await playOne(sequence(seed));
    if (broken === null) continue;
    const shortest = await shorten(
      sequence(seed),
      async (actions) => (await playOne(actions)).broken === broken,
    );
    throw new BrokenSequence(seed, broken, (await playOne(shortest)).trace);
  }
}

/** Leaves out what `isBroken` does without; the first action stays. */
async function shorten(
  actions: Action[],
  isBroken: (actions: Action[]) => Promise<boolean>,
): Promise<Action[]> {
  let shortest = actions;
  for (let size = Math.ceil(actions.length / 2); ; size = Math.ceil(size / 2)) {
    for (let at = 1; at < shortest.length;) {
      const shorter = shortest.toSpliced(at, size);
      if (await isBroken(shorter)) shortest = shorter;
      else at += size;
    }
    if (size === 1) return shortest;
  }
}
