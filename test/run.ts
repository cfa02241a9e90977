/**
 * Runs every test and closes with one line: `N passed, N failed`. Server tests first, then those that
 * kill processes, then the whole journey in a browser, beside the widget's tests inside one; two files
 * at a time, but for what measures how long a busy server lets one wait.
 * Paths of files or folders narrow it: `npm test -- test/server/worker.test.ts`.
 */
import { existsSync, readdirSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runBrowserTests } from './support/browser-tests.ts';
import { runNodeTests } from './support/node-tests.ts';
import { Outcome } from './support/outcome.ts';

/** A run takes less than ten minutes on two quiet cores; this ends one that hangs. */
const TIME_LIMIT_MS = 20 * 60_000;
const ROOT = fileURLToPath(new URL('..', import.meta.url));

/** Files that take longest begin first: none of them is left alone at the end, with a core idle. */
const LONGEST = /(?:demo|xss|looks)\.test\.ts$/;
const longestFirst = (files: readonly string[]) =>
  files.toSorted((one, other) => Number(LONGEST.test(other)) - Number(LONGEST.test(one)));

const wanted = process.argv.slice(2).map((path) => resolve(path));
const outcome = new Outcome((text) => void process.stdout.write(text));
const overtime = new AbortController();

function filesIn(folder: string): string[] {
  const path = join(ROOT, 'test', folder);
  if (!existsSync(path)) return [];
  return readdirSync(path, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.test.ts'))
    .map((name) => join(path, name))
    .filter(
      (file) => wanted.length === 0 || wanted.some((path_) => file === path_ || file.startsWith(`${path_}/`)),
    )
    .toSorted();
}

/** Whether there is a browser; where there is none, that is one failure with its fix. */
async function browserFound(): Promise<boolean> {
  try {
    const specifier = new URL('support/browser.js', import.meta.url).href;
    const { findBrowser } = (await import(specifier)) as { findBrowser: () => Promise<unknown> };
    await findBrowser();
    return true;
  } catch (error) {
    outcome.fail('a browser for the tests', error instanceof Error ? error.message : error);
    return false;
  }
}

function close(): never {
  process.stdout.write(`\n${outcome.toString()}\n`);
  process.exit(outcome.failed === 0 && outcome.passed > 0 ? 0 : 1);
}

setTimeout(() => {
  overtime.abort();
  outcome.fail('time limit', `The tests took longer than ${TIME_LIMIT_MS / 60_000} minutes.`);
  setTimeout(close, 2000);
}, TIME_LIMIT_MS).unref();

const server = filesIn('server');
const crash = filesIn('crash');
const measured = crash.filter((file) => file.endsWith('backlog.test.ts'));
const e2e = longestFirst(filesIn('e2e'));
const browser = filesIn('browser');
if (server.length + crash.length + e2e.length + browser.length === 0) {
  outcome.fail('test files', `None at ${process.argv.slice(2).join(', ') || relative(process.cwd(), ROOT)}.`);
}

try {
  await runNodeTests(server, availableParallelism(), outcome, overtime.signal);
  await runNodeTests(measured, 1, outcome, overtime.signal);
  await runNodeTests(
    crash.filter((file) => !measured.includes(file)),
    2,
    outcome,
    overtime.signal,
  );
  if (e2e.length + browser.length > 0 && (await browserFound())) {
    await Promise.all([
      runNodeTests(e2e, 2, outcome, overtime.signal),
      runBrowserTests(browser, outcome, overtime.signal),
    ]);
  }
} catch (error) {
  outcome.fail('the run itself', error);
}
close();
