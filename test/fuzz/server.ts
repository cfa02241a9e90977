/** A standalone server in a process of its own for the fuzz to work on, and what it has to say afterwards. */
import { randomBytes } from 'node:crypto';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdtempSync, openSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startSandbox } from '../../demo/sandbox/sandbox.ts';
import { startReceiver } from '../support/receiver.ts';
import type { Places, Secrets } from '../support/leaks.ts';
import { CLI, TYPESCRIPT } from '../support/serve-process.ts';

const START_LIMIT_MS = 60_000;

/** A running server and everything around it. */
export type FuzzServer = {
  url: string;
  origin: string;
  sessionSecret: string;
  /** What it holds and must not tell. */
  secrets: () => Secrets;
  /** Resident memory in bytes. */
  memory: () => Promise<number>;
  /** Ends it; gives its exit code and its files, the log among them. */
  stop: () => Promise<{ code: number | string; places: Places }>;
};

const unique = () => randomBytes(18).toString('hex');

/** Starts one; every setting holds a secret of its own. */
export async function startFuzzServer(): Promise<FuzzServer> {
  const folder = mkdtempSync(join(tmpdir(), 'kelviq-onboarding-fuzz-'));
  const partnerKey = `kvqp_${unique()}`;
  const sessionSecret = unique();
  const webhookSecret = `whsec_${randomBytes(32).toString('base64')}`;
  const sandbox = await startSandbox({ partnerKey });
  const receiver = await startReceiver(webhookSecret);
  const origin = 'https://app.example.com';
  // Into a file: the log of a million requests has no place in memory.
  const file = join(folder, 'log');
  const log = openSync(file, 'a');
  const child = spawn(process.execPath, [...TYPESCRIPT, CLI, 'serve'], {
    env: {
      PATH: process.env['PATH'],
      HOST: '127.0.0.1',
      PORT: '0',
      KELVIQ_PARTNER_KEY: partnerKey,
      KELVIQ_BASE_URL: sandbox.url,
      ALLOWED_ORIGINS: origin,
      WEBHOOK_URL: receiver.url,
      WEBHOOK_SECRET: webhookSecret,
      SESSION_SECRET: sessionSecret,
      OPEN_SIGNUP: 'true',
      RATE_LIMIT: 'off',
      METRICS_PORT: '0',
      DATABASE_URL: `sqlite:${join(folder, 'fuzz.db')}`,
    },
    stdio: ['ignore', log, log],
  });
  closeSync(log);
  const ended = once(child, 'close').then(([code, signal]) => (code ?? signal) as number | string);
  const end = async () => {
    child.kill('SIGTERM');
    const code = await ended;
    await receiver.close();
    await sandbox.close();
    const files = readdirSync(folder).map((name) => [name, readFileSync(join(folder, name))] as const);
    rmSync(folder, { recursive: true });
    return { code, places: Object.fromEntries(files) };
  };
  const addressOf = async (event: string): Promise<string> => {
    const pattern = new RegExp(`"event":"${event}".*?"url":"([^"]+)"`);
    for (const until = Date.now() + START_LIMIT_MS; Date.now() < until; await sleep(20)) {
      const [, found] = pattern.exec(readFileSync(file, 'utf8').slice(0, 10_000)) ?? [];
      if (found) return found;
      if (child.exitCode !== null) break;
    }
    throw new Error(`It did not start:\n${readFileSync(file, 'utf8')}`);
  };
  let url: string;
  let metricsUrl: string;
  try {
    [url, metricsUrl] = [await addressOf('listening'), await addressOf('metrics_listening')];
  } catch (error) {
    await end();
    throw error;
  }
  return {
    url,
    origin,
    sessionSecret,
    secrets: () => ({
      'partner key': partnerKey,
      'session secret': sessionSecret,
      'webhook secret': webhookSecret.slice('whsec_'.length),
      ...Object.fromEntries(
        sandbox.state.organizations
          .slice(0, 50)
          .map((made) => [`serverKey of ${made.externalId}`, made.serverKey]),
      ),
    }),
    memory: async () => {
      const text = await (await fetch(metricsUrl)).text();
      return Number(/^process_resident_memory_bytes (\S+)$/m.exec(text)?.[1]);
    },
    stop: end,
  };
}
