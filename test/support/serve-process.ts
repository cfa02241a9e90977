import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';

/** What Node takes to run TypeScript as this run does. */
export const TYPESCRIPT = ['--import', new URL('./typescript.js', import.meta.url).href] as const;

/** The bin's entry, as its source. */
export const CLI = fileURLToPath(new URL('../../proxy/node/cli.ts', import.meta.url));

/** `kelviq-onboarding serve` in a process of its own. */
export type ServeProcess = {
  /** Where it listens; rejects with what it wrote when it ended instead. */
  url: Promise<string>;
  stdout: Readable;
  /** Everything on standard output and error so far. */
  output: () => { out: string; err: string };
  signal: (name: NodeJS.Signals) => void;
  /** Exit code, or the signal that ended it; its output has been read by then. */
  ended: Promise<number | string>;
  /** The same, whether anybody reads its output or not. */
  exited: Promise<number | string>;
};

/** Starts it, or the one that Node is told of, on these settings alone; the caller ends it. */
export function serveProcess(
  settings: Readonly<Record<string, string | undefined>>,
  program: readonly string[] = [...TYPESCRIPT, CLI],
): ServeProcess {
  const child = spawn(process.execPath, [...program, 'serve'], {
    env: { PATH: process.env['PATH'], HOST: '127.0.0.1', PORT: '0', ...settings },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let out = '';
  let err = '';
  const [ended, exited] = (['close', 'exit'] as const).map((event) =>
    once(child, event).then(([code, signal]) => (code ?? signal) as number | string),
  ) as [Promise<number | string>, Promise<number | string>];
  const url = new Promise<string>((resolve, reject) => {
    child.stdout.on('data', (chunk) => {
      out += String(chunk);
      const [, found] = /"event":"listening".*?"url":"([^"]+)"/.exec(out) ?? [];
      if (found) resolve(found);
    });
    child.stderr.on('data', (chunk) => (err += String(chunk)));
    void ended.then(() => reject(new Error(`It ended.\n${out}${err}`)));
  });
  url.catch(() => undefined);
  return {
    url,
    stdout: child.stdout,
    output: () => ({ out, err }),
    signal: (name) => void child.kill(name),
    ended,
    exited,
  };
}
