/**
 * The widget beside the same form by hand: bytes, work of the main thread, time to a usable form, layout
 * shift, long tasks, and how soon a whole signup's keys and clicks are shown. Ratios are medians over rounds in which both are measured side by side.
 */
import { chromium, type LaunchOptions } from 'playwright-core';
import { inRounds, median, undisturbed, visit, type Conditions, type Sample } from './measure.ts';
import { CANDIDATES, servePages } from './pages.ts';
import { signUp, type Signup } from './signup.ts';

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
  /** The longest task beyond 50 ms of the visits that other programs disturbed least; 0 of none. */
  longestLoadMs: number;
  bareLongestLoadMs: number;
  longestSignupMs: number;
  /** The slowest interaction, likewise: INP. */
  inpMs: number;
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

/** Whole signups, each in a browser of its own. */
async function signups(launch: Awaited<ReturnType<typeof launcher>>, rounds: number, url: string) {
  const all: Signup[] = [];
  for (let round = 0; round < rounds; round++) {
    const browser = await launch();
    all.push(await signUp(browser, url, { cpu: 4, network: 'none' }));
    await browser.close();
  }
  return all;
}

/** Measures it all; takes about `rounds` times 15 seconds. */
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
    const signed = await signups(launch, rounds, `${pages.origin}/signup/`);
    const ours = [...slow.kelviq, ...phone.kelviq];
    return {
      bytes: pages.sizes.kelviq,
      bareBytes: pages.sizes.bare,
      workRatio: ratio(slow.kelviq, slow.bare, ({ work }) => work),
      workMs: median(slow.kelviq.map(({ work }) => work)),
      usableRatio: ratio(phone.kelviq, phone.bare, ({ usable }) => usable),
      usableMs: median(phone.kelviq.map(({ usable }) => usable)),
      shift: Math.max(...ours.map(({ shift }) => shift)),
      longestLoadMs: undisturbed(slow.kelviq.map(({ longest }) => longest)),
      bareLongestLoadMs: undisturbed(slow.bare.map(({ longest }) => longest)),
      longestSignupMs: undisturbed(signed.map(({ longest }) => longest)),
      inpMs: undisturbed(signed.map(({ slowest }) => slowest)),
    };
  } finally {
    await pages.close();
  }
}
