/** Runs node:test files, each in a process of its own. */
import { setMaxListeners } from 'node:events';
import { relative } from 'node:path';
import { run } from 'node:test';
import type { Outcome } from './outcome.ts';

const FILE_TIME_LIMIT_MS = 10 * 60_000;

/** The runner's own sums, which come as diagnostics beside warnings that matter. */
const TALLY = /^(?:tests|suites|pass|fail|cancelled|skipped|todo|duration_ms) [\d.]+$/;

type Report = {
  name: string;
  file?: string;
  skip?: string | boolean;
  details: { type?: string; error?: Error & { failureType?: string; cause?: unknown } };
};

/** Runs `files`, `concurrency` at a time, and adds what came of them to `outcome`. */
export async function runNodeTests(
  files: readonly string[],
  concurrency: number,
  outcome: Outcome,
  signal: AbortSignal,
): Promise<void> {
  if (files.length === 0) return;
  // Each file listens to it from the start; Node takes more than ten for a leak, and warns.
  setMaxListeners(0, signal);
  const stream = run({ files: [...files], concurrency, signal, timeout: FILE_TIME_LIMIT_MS });
  const failedFiles = new Set<string>();
  stream.on('test:pass', (report: Report) => {
    if (report.details.type === 'suite') return;
    if (!report.skip) return outcome.pass();
    const why = typeof report.skip === 'string' ? `: ${report.skip}` : '';
    outcome.note(`Skipped ${report.name}${why}`);
  });
  stream.on('test:fail', (report: Report) => {
    const error = report.details.error;
    // A suite fails with its tests, which have been counted; on its own account only when a hook throws.
    if (error?.failureType === 'subtestsFailed') return;
    const where = report.file ? `${relative(process.cwd(), report.file)}: ` : '';
    outcome.fail(where + report.name, error?.cause ?? error);
    failedFiles.add(report.file ?? report.name);
  });
  const aside = new Map<string, string>();
  const keep = ({ file = '', message }: { file?: string; message: string }) => {
    if (!TALLY.test(message)) aside.set(file, `${aside.get(file) ?? ''}${message.trimEnd()}\n`);
  };
  stream.on('test:stderr', keep);
  stream.on('test:diagnostic', keep);
  await new Promise<void>((resolve) => {
    stream.once('end', resolve);
    stream.resume();
  });
  for (const file of failedFiles.size > 0 ? [...failedFiles, ''] : []) {
    const text = aside.get(file);
    if (text) outcome.note(`\n${file ? relative(process.cwd(), file) : 'Aside'}:\n${text}`);
  }
}
