/** Times a form's way onto a page in Chromium, by the browser's own counters. */
import { fileURLToPath } from 'node:url';
import type { Browser } from 'playwright-core';
import type { Candidate } from './pages.ts';

/** How slow the device is: CPU times this factor, and a network as of a phone. */
export type Conditions = { cpu: number; network: 'none' | 'slow 4G' };

/** One visit. Times in milliseconds. */
export type Sample = {
  /** From navigation until both inputs and the button have boxes. */
  usable: number;
  /** Work of the main thread until it has come to rest: script, style, layout, paint. */
  work: number;
  /** Cumulative layout shift. */
  shift: number;
  /** Tasks beyond 50 ms, in the browser's own count. */
  longTasks: number[];
};

const SLOW_4G = { offline: false, latency: 150, downloadThroughput: 1.6e6 / 8, uploadThroughput: 0.75e6 / 8 };
/** After the form has been painted, for what a page does a little later. */
const REST_MS = 400;

/** Runs in the page before anything else. */
const WATCH = fileURLToPath(new URL('watch.js', import.meta.url));

/** Visits `url` once, in a profile and a renderer of its own. */
export async function visit(browser: Browser, url: string, { cpu, network }: Conditions): Promise<Sample> {
  const context = await browser.newContext({ viewport: { width: 412, height: 823 } });
  try {
    const page = await context.newPage();
    const devtools = await context.newCDPSession(page);
    await page.addInitScript({ path: WATCH });
    await devtools.send('Performance.enable');
    await devtools.send('Emulation.setCPUThrottlingRate', { rate: cpu });
    if (network === 'slow 4G') {
      await devtools.send('Network.enable');
      await devtools.send('Network.emulateNetworkConditions', SLOW_4G);
    }
    const busy = async () => {
      const { metrics } = await devtools.send('Performance.getMetrics');
      return (metrics.find(({ name }) => name === 'TaskDuration')?.value ?? 0) * 1000;
    };
    const before = await busy();
    await page.goto(url);
    await page.waitForFunction(() => (globalThis as unknown as { seen: { painted: boolean } }).seen.painted);
    await page.waitForTimeout(REST_MS);
    const work = (await busy()) - before;
    const { usable, shift, longTasks } = await page.evaluate(
      () => (globalThis as unknown as { seen: Omit<Sample, 'work'> }).seen,
    );
    return { usable, work, shift, longTasks };
  } finally {
    await context.close();
  }
}

/** The middle value; 0 of none. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}

/** All candidates in turn, again and again; the order rotates, and every round has a browser of its own. */
export async function inRounds(
  launch: () => Promise<Browser>,
  rounds: number,
  candidates: readonly Candidate[],
  visitOne: (browser: Browser, candidate: Candidate) => Promise<Sample>,
): Promise<Record<Candidate, Sample[]>> {
  const samples: Record<Candidate, Sample[]> = { kelviq: [], bare: [] };
  for (let round = 0; round < rounds; round++) {
    const browser = await launch();
    for (let turn = 0; turn < candidates.length; turn++) {
      const candidate = candidates[(turn + round) % candidates.length];
      if (candidate) samples[candidate].push(await visitOne(browser, candidate));
    }
    await browser.close();
  }
  return samples;
}
