/** Runs the browser tests with web-test-runner and its configuration file, in all browsers that are here, two at a time. */
import { relative } from 'node:path';
import {
  startTestRunner,
  type BrowserLauncher,
  type TestRunnerConfig,
  type TestSession,
  type TestSuiteResult,
} from '@web/test-runner';
import type { Outcome } from './outcome.ts';

type Engine = {
  name: string;
  launcher: () => BrowserLauncher | null | Promise<BrowserLauncher | null>;
  install: string;
};

const load = (path: string): Promise<unknown> => import(new URL(path, import.meta.url).href);

/**
 * Runs `files` in Chromium, Firefox and WebKit, and adds what came of them to `outcome`. An engine that
 * is missing is said and skipped, unless `ALL_ENGINES` is set: then it is a failure.
 */
export async function runBrowserTests(
  files: readonly string[],
  outcome: Outcome,
  signal: AbortSignal,
): Promise<void> {
  if (files.length === 0) return;
  const { ENGINES } = (await load('engines.js')) as { ENGINES: readonly Engine[] };
  const { default: config } = (await load('../../web-test-runner.config.js')) as {
    default: TestRunnerConfig;
  };
  const names = new Map<BrowserLauncher, string>();
  for (const { name, launcher, install } of ENGINES) {
    const browser = await launcher();
    if (browser) names.set(browser, name);
    else if (process.env['ALL_ENGINES']) outcome.fail(`${name} for the tests`, `Not here: ${install}.`);
    else outcome.note(`Skipped in ${name}, which is not here: ${install}.`);
  }
  const runner = await startTestRunner({
    config: {
      ...config,
      files: [...files],
      browsers: [...names.keys()],
      concurrentBrowsers: 2,
      reporters: [],
    },
    readCliArgs: false,
    readFileConfig: false,
    autoExitProcess: false,
  });
  if (!runner) throw new Error('web-test-runner did not start.');
  signal.addEventListener('abort', () => void runner.stop(), { once: true });
  const whole = await new Promise<boolean>((resolve) => runner.on('finished', resolve));
  const before = outcome.failed;
  const skipped = new Map<string, number>();
  for (const session of runner.sessions.all()) {
    const engine = names.get(session.browser) ?? session.browser.name;
    skipped.set(engine, (skipped.get(engine) ?? 0) + collect(engine, session, outcome));
  }
  await runner.stop();
  for (const [engine, count] of skipped)
    if (count > 0) outcome.note(`Skipped in ${engine}: ${count} tests of what it cannot be made to do.`);
  if (!whole && outcome.failed === before)
    outcome.fail('browser tests', 'web-test-runner reports a failure.');
}

/** Adds a session's results; gives how many tests were skipped. */
function collect(engine: string, session: TestSession, outcome: Outcome): number {
  const file = `${relative(process.cwd(), session.testFile ?? '')} in ${engine}`;
  const before = outcome.failed;
  let skipped = 0;
  for (const error of session.errors) outcome.fail(file, error.stack ?? error.message);
  const walk = (suite: TestSuiteResult, path: string): void => {
    for (const test of suite.tests) {
      if (test.skipped) skipped++;
      else if (test.passed) outcome.pass();
      else outcome.fail(`${file}: ${path}${test.name}`, reasonOf(test.error));
    }
    for (const inner of suite.suites) walk(inner, `${path}${inner.name} › `);
  };
  if (session.testResults) walk(session.testResults, '');
  if (outcome.failed > before)
    for (const log of session.logs) outcome.note(`  log: ${log.map(String).join(' ')}`);
  return skipped;
}

function reasonOf(
  error: { message?: string; stack?: string; expected?: string; actual?: string } | undefined,
): string {
  if (!error) return 'no reason given';
  const { message = '', stack = '', expected, actual } = error;
  const difference = expected === undefined ? '' : `\nexpected: ${expected}\nactual:   ${actual}`;
  return `${stack.includes(message) ? stack : `${message}\n${stack}`}${difference}`;
}
