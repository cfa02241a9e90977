/** Sequences for hours: seeds that nobody has played yet. */
import { randomInt } from 'node:crypto';
import { launchChromium } from '../e2e/chromium.ts';
import { playSequences } from './run.ts';

const SEQUENCES = 20_000;
const SAY_EVERY = 1000;
const NEW_SEEDS_BELOW = 2 ** 31;

/** Plays 20,000 new seeds; gives in one line how many. Rejects with a `BrokenSequence`. */
export async function soakSequences(say: (line: string) => void): Promise<string> {
  const from = randomInt(10_000, NEW_SEEDS_BELOW);
  say(`seeds from ${from} on`);
  const browser = await launchChromium();
  try {
    for (let played = 0; played < SEQUENCES; played += SAY_EVERY) {
      const page = await browser.newPage();
      await playSequences(page, from + played, SAY_EVERY);
      await page.close();
      say(`${played + SAY_EVERY} sequences`);
    }
  } finally {
    await browser.close();
  }
  return `${SEQUENCES} sequences`;
}
