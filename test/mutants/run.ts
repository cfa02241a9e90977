/**
 * Takes out one mechanism at a time, in a copy of the sources, and proves that the test which is
 * named for it fails, and passes where nothing is taken out. Closes with a table of the pairs.
 * Words narrow it: `npm run test:mutants -- fencing lease`.
 */
import { spawn } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { MUTANTS } from './list.ts';
import type { Mutant } from './mutant.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const COPIED = ['proxy', 'demo', 'widget', 'test', 'package.json', 'tsconfig.json'];
const LINKED = ['node_modules', 'dist'];
const TIME_LIMIT_MS = 240_000;
/** Waiting for ever for what no longer comes is a failure too. */
const TEST_TIMEOUT = '--test-timeout=120000';
/** What is taken out has to show soon. */
const SIMULATION_SCHEDULES = '300';

/** What a test file came to: the titles that failed. */
type Result = { ok: boolean; failed: readonly string[]; output: string };

function copySources(): string {
  const folder = mkdtempSync(join(tmpdir(), 'kelviq-mutants-'));
  for (const name of COPIED) cpSync(join(ROOT, name), join(folder, name), { recursive: true });
  for (const name of LINKED) symlinkSync(join(ROOT, name), join(folder, name));
  return folder;
}

async function runTest(folder: string, test: string): Promise<Result> {
  const child = spawn(
    process.execPath,
    ['--import', 'tsx', '--test', '--test-reporter=tap', TEST_TIMEOUT, test],
    {
      cwd: folder,
      env: { ...process.env, SIMULATION_SCHEDULES },
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => void (output += text));
  const timer = setTimeout(() => {
    // The tests' own processes end with it.
    if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
  }, TIME_LIMIT_MS);
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  clearTimeout(timer);
  const failed = [...output.matchAll(/^\s*not ok \d+ - (.*)$/gm)].map(([, title = '']) => title);
  return { ok: code === 0, failed, output };
}

/** Whether `failed` names the test; a title with places in it counts up to its first one. */
function names({ title }: Mutant, failed: readonly string[]): boolean {
  const [fixed = ''] = title.split('${');
  return failed.some((one) => one.replaceAll('\\#', '#').includes(fixed));
}

const baselines = new Map<string, Promise<Result>>();

async function verdict(folder: string, mutant: Mutant): Promise<string | null> {
  const { file, text, instead, test } = mutant;
  const whole = readFileSync(join(folder, file), 'utf8');
  if (whole.split(text).length !== 2) return 'its text is not there once';
  // Both lanes may want the same one; the first runs it, on sources that are whole in its folder.
  const baseline = baselines.get(test) ?? runTest(folder, test);
  baselines.set(test, baseline);
  const before = await baseline;
  if (!before.ok) return `${test} fails where nothing is taken out:\n${before.output.slice(-3000)}`;
  writeFileSync(
    join(folder, file),
    whole.replace(text, () => instead),
  );
  try {
    const after = await runTest(folder, test);
    if (after.ok) return 'nobody misses it';
    return names(mutant, after.failed)
      ? null
      : `others fail, not its own: ${after.failed.join(', ')}\n${after.output.slice(-2000)}`;
  } finally {
    writeFileSync(join(folder, file), whole);
  }
}

const words = process.argv.slice(2);
const wanted = MUTANTS.filter(
  ({ mechanism }) => words.length === 0 || words.some((word) => mechanism.includes(word)),
);
const left = [...wanted];
const survivors: string[] = [];
const pairs: string[] = [];

async function lane(): Promise<void> {
  const folder = copySources();
  try {
    for (let mutant = left.shift(); mutant; mutant = left.shift()) {
      const problem = await verdict(folder, mutant);
      process.stdout.write(`${problem === null ? 'missed' : 'NOT MISSED'}: ${mutant.mechanism}\n`);
      if (problem === null) pairs.push(`| ${mutant.mechanism} | ${mutant.test}: ${mutant.title} |`);
      else survivors.push(`${mutant.mechanism}: ${problem}`);
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

await Promise.all(Array.from({ length: availableParallelism() }, lane));
process.stdout.write(`\n| taken out | what fails |\n|---|---|\n${pairs.toSorted().join('\n')}\n`);
for (const survivor of survivors) process.stdout.write(`\n${survivor}\n`);
process.stdout.write(`\n${pairs.length} mechanisms missed, ${survivors.length} not\n`);
process.exit(survivors.length === 0 && pairs.length > 0 ? 0 : 1);
