/** The built standalone server in a process of its own, as a partner runs it. */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const CLI = fileURLToPath(new URL('../dist/proxy/node/cli.js', import.meta.url));
const END_WITH_PARENT = new URL('./end-with-parent.js', import.meta.url).href;
const START_LIMIT_MS = 15_000;
const STOP_LIMIT_MS = 12_000;

/** A running proxy. */
export type ProxyProcess = {
  port: number;
  /** Resolves with a message when the process ends on its own account; never otherwise. */
  failed: Promise<string>;
  /** Lets it finish what is in hand, at most 12 s. Idempotent. */
  stop(): Promise<void>;
};

/** A port that is free now. The proxy takes it a moment later. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/**
 * Starts `kelviq-onboarding serve` with these settings on `port` and waits until it answers. `onLine` gets every
 * line of its log. Rejects with what it wrote when it does not come up.
 */
export async function startProxy(
  port: number,
  settings: Record<string, string>,
  onLine: (line: string) => void,
): Promise<ProxyProcess> {
  if (!existsSync(CLI)) throw new Error('The proxy has not been built. Run: npm run build');
  const child = spawn(process.execPath, ['--import', END_WITH_PARENT, CLI, 'serve'], {
    env: { PATH: process.env['PATH'] ?? '', HOST: '127.0.0.1', PORT: String(port), ...settings },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let written = '';
  let stopping = false;
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream }).on('line', (line) => {
      written = `${written}${line}\n`.slice(-4000);
      onLine(line);
    });
  }
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  const failed = new Promise<string>((resolve) => {
    child.once('close', (code) => stopping || resolve(`The proxy ended (${code ?? 'killed'}).\n${written}`));
  });

  const stop = async () => {
    stopping = true;
    child.kill('SIGTERM');
    const timer = setTimeout(() => child.kill('SIGKILL'), STOP_LIMIT_MS);
    await ended;
    clearTimeout(timer);
  };

  const settled = new AbortController();
  const trouble = await Promise.race([failed, untilHealthy(port, settled.signal)]);
  settled.abort();
  if (trouble === null) return { port, failed, stop };
  await stop();
  throw new Error(trouble);
}

/** Null once the server answers; a message when it takes too long. */
async function untilHealthy(port: number, signal: AbortSignal): Promise<string | null> {
  for (const end = Date.now() + START_LIMIT_MS; Date.now() < end && !signal.aborted; await sleep(40)) {
    const response = await fetch(`http://127.0.0.1:${port}/healthz`).catch(() => null);
    if (response?.ok) return null;
  }
  return `The proxy did not answer within ${START_LIMIT_MS / 1000} s.`;
}
