/** Runs the browser tests with web-test-runner and its configuration file. */
import { relative } from 'node:path';
import {
  startTestRunner,
  type TestRunnerConfig,
  type TestSession,
  type TestSuiteResult,
} from '@web/test-runner';
import type { Outcome } from './outcome.ts';

/** Runs `files` in the configured browser and adds what came of them to `outcome`. */
export async function runBrowserTests(
  files: readonly string[],
  outcome: Outcome,
  signal: AbortSignal,
): Promise<void> {
  if (files.length === 0) return;
  const specifier = new URL('../../web-test-runner.config.js', import.meta.url).href;
  const { default: config } = (await import(specifier)) as { default: TestRunnerConfig };
  const runner = await startTestRunner({
    config: { ...config, files: [...files], reporters: [] },
    readCliArgs: false,
    readFileConfig: false,
    autoExitProcess: false,
  });
  if (!runner) throw new Error('web-test-runner did not start.');
  signal.addEventListener('abort', () => void runner.stop(), { once: true });
  const whole = await new Promise<boolean>((resolve) => runner.on('finished', resolve));
  const before = outcome.failed;
  for (const session of runner.sessions.all()) collect(session, outcome);
  await runner.stop();
  if (!whole && outcome.failed === before)
    outcome.fail('browser tests', 'web-test-runner reports a failure.');
}

function collect(session: TestSession, outcome: Outcome): void {
  const file = relative(process.cwd(), session.testFile ?? session.browser.name);
  const before = outcome.failed;
  for (const error of session.errors) outcome.fail(file, error.stack ?? error.message);
  const walk = (suite: TestSuiteResult, path: string): void => {
    for (const test of suite.tests) {
      if (test.skipped) continue;
      if (test.passed) outcome.pass();
      else outcome.fail(`${file}: ${path}${test.name}`, reasonOf(test.error));
    }
    for (const inner of suite.suites) walk(inner, `${path}${inner.name} › `);
  };
  if (session.testResults) walk(session.testResults, '');
  if (outcome.failed > before)
    for (const log of session.logs) outcome.note(`  log: ${log.map(String).join(' ')}`);
}

function reasonOf(
  error: { message?: string; stack?: string; expected?: string; actual?: string } | undefined,
): string {
  if (!error) return 'no reason given';
  const { message = '', stack = '', expected, actual } = error;
  const difference = expected === undefined ? '' : `\nexpected: ${expected}\nactual:   ${actual}`;
  return `${stack.includes(message) ? stack : `${message}\n${stack}`}${difference}`;
}
