/** The fuzz at length: a million hostile requests, and a hundred thousand hostile answers. */
import { randomInt } from 'node:crypto';
import { fuzzBrowserSide } from './browser-side.ts';
import { fuzzUpstreamSide } from './upstream-side.ts';

const REQUESTS = 800_000;
const RAW = 200_000;
const ANSWERS = 100_000;

/** Plays it from `FUZZ_SEED`, or a seed of its own. Rejects when something broke. */
export async function soakFuzz(say: (line: string) => void): Promise<string> {
  const seed = Number(process.env['FUZZ_SEED'] ?? randomInt(2 ** 31));
  say(`FUZZ_SEED=${seed}`);
  const answers = await fuzzUpstreamSide(ANSWERS, seed);
  say(`${ANSWERS} answers: ${JSON.stringify(answers)}`);
  const { sent, statuses, warm, end, leaks, code, defects } = await fuzzBrowserSide({
    requests: REQUESTS,
    raw: RAW,
    seed,
    progress: say,
  });
  const faults = [...leaks, ...defects, ...(code === 0 ? [] : [`it ended with ${code}`])];
  if (end > 2 * warm) faults.push(`memory grew from ${warm} to ${end} bytes`);
  if (faults.length > 0) throw new Error(faults.join('\n'));
  return `${sent} requests, ${JSON.stringify(statuses)}, ${warm >> 20} to ${end >> 20} MiB`;
}
