/**
 * The widget beside the same form by hand: bytes, work of the main thread, time to a usable form, layout
 * shift and long tasks. Ratios are medians over rounds in which both are measured side by side.
 */
import { chromium, type LaunchOptions } from 'playwright-core';
import { inRounds, median, visit, type Conditions, type Sample } from './measure.ts';
import { CANDIDATES, servePages } from './pages.ts';

const ROUNDS = Number(process.env['ROUNDS'] ?? 15);

/** The figures, ready to be shown; ratios are to the form by hand. */
export type WidgetFigures = {
  bytes: number;
  bareBytes: number;
  workRatio: number;
  workMs: number;
  usableRatio: number;
  usableMs: number;
  shift: number;
  longestTaskMs: number;
};

async function launcher(): Promise<() => ReturnType<typeof chromium.launch>> {
  const specifier = new URL('../../support/browser.js', import.meta.url).href;
  const { findBrowser } = (await import(specifier)) as { findBrowser: () => Promise<LaunchOptions> };
  const { executablePath = '', args = [], env = {} } = await findBrowser();
  return () => chromium.launch({ executablePath, args, env });
}

function ratio(ours: readonly Sample[], bare: readonly Sample[], of: (sample: Sample) => number): number {
  return median(ours.map((sample, round) => of(sample) / of(bare[round] ?? sample)));
}

/** Measures it all; takes about `rounds` times 7 seconds. */
export async function measureWidget(rounds = ROUNDS): Promise<WidgetFigures> {
  const pages = await servePages();
  const launch = await launcher();
  const under = (conditions: Conditions) =>
    inRounds(launch, rounds, CANDIDATES, (browser, candidate) =>
      visit(browser, `${pages.origin}/${candidate}`, conditions),
    );
  try {
    const slow = await under({ cpu: 4, network: 'none' });
    const phone = await under({ cpu: 1, network: 'slow 4G' });
    const ours = [...slow.kelviq, ...phone.kelviq];
    return {
      bytes: pages.sizes.kelviq,
      bareBytes: pages.sizes.bare,
      workRatio: ratio(slow.kelviq, slow.bare, ({ work }) => work),
      workMs: median(slow.kelviq.map(({ work }) => work)),
      usableRatio: ratio(phone.kelviq, phone.bare, ({ usable }) => usable),
      usableMs: median(phone.kelviq.map(({ usable }) => usable)),
      shift: Math.max(...ours.map(({ shift }) => shift)),
      longestTaskMs: Math.max(0, ...slow.kelviq.flatMap(({ longTasks }) => longTasks)),
    };
  } finally {
    await pages.close();
  }
}
