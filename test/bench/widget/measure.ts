/** Times a form's way onto a page in Chromium, by the browser's own counters. */
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Browser, CDPSession, Page } from 'playwright-core';
import type { Candidate } from './pages.ts';

/** How slow the device is: CPU times this factor, and a network as of a phone. */
export type Conditions = { cpu: number; network: 'none' | 'slow 4G' };

/** One visit. Times in milliseconds. */
export type Sample = {
  /** From navigation until both inputs and the button have boxes. */
  usable: number;
  /** Time on the main thread until it has come to rest: script, style, layout, paint. */
  work: number;
  /** Cumulative layout shift. */
  shift: number;
  /** The longest task beyond 50 ms since the script has come, in the browser's own count; 0 of none. */
  longest: number;
};

const SLOW_4G = { offline: false, latency: 150, downloadThroughput: 1.6e6 / 8, uploadThroughput: 0.75e6 / 8 };
/** After the form has been painted, for what a page does a little later. */
const REST_MS = 400;

/** Runs in the page before anything else. */
const WATCH = fileURLToPath(new URL('watch.js', import.meta.url));

/** The value of `expression` in the page, awaited. Playwright's own way would put 50 ms of its code into the page. */
export async function valueOf(devtools: CDPSession, expression: string): Promise<unknown> {
  const { result } = await devtools.send('Runtime.evaluate', {
    expression,
    awaitPromise: true,
    returnByValue: true,
  });
  return result.value;
}

/** Opens `url` in a profile and a renderer of its own, and has `act` do something there once the form is painted. */
export async function open<Result>(
  browser: Browser,
  url: string,
  { cpu, network }: Conditions,
  act: (page: Page, devtools: CDPSession) => Promise<Result>,
): Promise<Result & { work: number }> {
  const context = await browser.newContext({ viewport: { width: 412, height: 823 } });
  try {
    const page = await context.newPage();
    const devtools = await context.newCDPSession(page);
    await page.addInitScript({ path: WATCH });
    await devtools.send('Performance.enable', { timeDomain: 'threadTicks' });
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
    await valueOf(devtools, 'seen.painted');
    await setTimeout(REST_MS);
    const work = (await busy()) - before;
    return { ...(await act(page, devtools)), work };
  } finally {
    await context.close();
  }
}

/** Visits `url` once, and only looks. */
export const visit = (browser: Browser, url: string, conditions: Conditions): Promise<Sample> =>
  open(
    browser,
    url,
    conditions,
    async (_page, devtools) =>
      (await valueOf(devtools, '({ ...seen, painted: 0, longest: seen.longest() })')) as Omit<Sample, 'work'>,
  );

const quantile = (values: readonly number[], share: number): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length * share)] ?? 0;

/** The middle value; 0 of none. */
export const median = (values: readonly number[]): number => quantile(values, 0.5);

/** The lower quartile; 0 of none. For single waits: whatever else the machine does only makes them longer. */
export const undisturbed = (values: readonly number[]): number => quantile(values, 0.25);

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
