/** Processes of a measurement, each on a core of its own where the machine has two, and what they use. */
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const TICKS_PER_SECOND = 100;
const CLI = fileURLToPath(new URL('../../../dist/proxy/node/cli.js', import.meta.url));

/** Which core: the one of the server under test, or the one of everything around it. */
export type Core = 'server' | 'around';

/** CPU in seconds, memory in MiB. */
export type Usage = { cpu: number; rss: number };

/** What a load run saw; latencies in milliseconds. */
export type Load = {
  answered: number;
  perSecond: number;
  failed: number;
  unanswered: number;
  p50: number;
  p99: number;
};

/** Starts a file of this folder, or a command, on a core. */
export function start(core: Core, args: readonly string[], env: Record<string, string> = {}): ChildProcess {
  const pinned = ['-c', core === 'server' ? '0' : '1', process.execPath, ...args];
  return spawn('taskset', pinned, {
    env: { PATH: process.env['PATH'], ...env },
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
  });
}

/** The path of a file of this folder. */
export const here = (file: string): string => fileURLToPath(new URL(file, import.meta.url));

/** Starts our own server on `port`, between the stand-in at `origin` and the database at `address`. */
export function startOwn(origin: string, port: number, address: string): ChildProcess {
  return start('server', [CLI, 'serve'], {
    KELVIQ_PARTNER_KEY: 'kvqp_test_bench',
    KELVIQ_BASE_URL: `${origin}/api/v1`,
    WEBHOOK_URL: `${origin}/hook`,
    WEBHOOK_SECRET: `whsec_${Buffer.from('a secret of the bench, no other').toString('base64')}`,
    ALLOWED_ORIGINS: 'https://bench.example',
    OPEN_SIGNUP: 'true',
    CHALLENGE: 'off',
    RATE_LIMIT: 'off',
    HOST: '127.0.0.1',
    PORT: String(port),
    LOG_LEVEL: 'error',
    DATABASE_URL: address,
  });
}

/** The port that a started file says it listens on. Rejects when it ends without a word. */
export function portOf(child: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    child.once('message', ({ port }: { port: number }) => resolve(port));
    child.once('exit', (code) => reject(new Error(`${child.spawnargs.at(-1)} ended with ${code}`)));
  });
}

/** What a process has used so far, its threads included. */
export function usageOf({ pid }: ChildProcess): Usage {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return {
    cpu: (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND,
    rss: (Number(fields[21]) * 4096) / 1_048_576,
  };
}

/** Sends signups for `seconds`; a `rate` of 0 is as many as are answered. */
export async function load(port: number, seconds: number, rate: number, connections = 32): Promise<Load> {
  const child = start('around', [here('load.js'), ...[port, seconds, rate, connections].map(String)]);
  let text = '';
  child.stdout?.on('data', (chunk) => (text += String(chunk)));
  await once(child, 'close');
  return JSON.parse(text) as Load;
}

/** Ends a process in good order. */
export async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return;
  const closed = once(child, 'close');
  child.kill();
  await closed;
}

/** Why nothing can be measured here; null when it can. */
export function obstacle(): string | null {
  if (process.platform !== 'linux') return 'The bench reads /proc and pins cores: it needs Linux.';
  try {
    execFileSync('taskset', ['-c', '0,1', 'true'], { stdio: 'ignore' });
    return null;
  } catch {
    return 'The bench needs taskset and two cores.';
  }
}
