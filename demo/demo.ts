/** The whole story on one machine: Kelviq (or its sandbox), the proxy, a partner's site and its backend. */
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Server } from 'node:http';
import { serve } from '@hono/node-server';
import { Hono } from 'hono';
import { createBackend } from './partner/backend.ts';
import { Feed } from './partner/feed.ts';
import { createSite } from './partner/site.ts';
import { freePort, startProxy } from './proxy-process.ts';
import { startSandbox } from './sandbox/sandbox.ts';

/** A running demo. */
export type Demo = {
  /** The one URL to open. */
  url: string;
  /** Whether the real Kelviq is upstream. */
  real: boolean;
  /** Resolves with a message when a part of it fails; never otherwise. */
  failed: Promise<string>;
  /** Ends every part and frees every port. Idempotent. */
  close(): Promise<void>;
};

/**
 * Starts every part; the site listens on `port` (0: the system chooses). With `KELVIQ_PARTNER_KEY` in `env`
 * the real Kelviq is upstream. `onTrouble` gets the proxy's warnings. Rejects with Node's `EADDRINUSE` error
 * when the port is in use.
 */
export async function startDemo(
  port: number,
  env: Record<string, string | undefined>,
  onTrouble: (line: string) => void,
): Promise<Demo> {
  const feed = new Feed();
  const real = Boolean(env['KELVIQ_PARTNER_KEY'] || env['KELVIQ_PARTNER_KEY_FILE']);
  const endings: (() => unknown)[] = [];
  const close = async () => {
    for (const end of endings.splice(0).toReversed()) await end();
  };

  try {
    // Listens first, so that a taken port is known at once; a tab of an earlier run waits until all is there.
    let begin: ((app: Hono) => void) | undefined;
    const app = new Promise<Hono>((resolve) => (begin = resolve));
    const server = await listen(port, async (request) => (await app).fetch(request));
    endings.push(() => stopServer(server));
    const url = `http://localhost:${portOf(server)}`;

    const upstream = real ? realKelviq(env) : await sandboxed();
    const webhookSecret = `whsec_${randomBytes(32).toString('base64')}`;
    const sessionSecret = randomBytes(32).toString('hex');
    const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const [encryptionKey, decryptionKey] = [publicKey, privateKey].map((key) =>
      JSON.stringify({ ...key.export({ format: 'jwk' }), kid: 'demo' }),
    ) as [string, string];
    const proxy = await startProxy(
      await freePort(),
      {
        ...upstream,
        ALLOWED_ORIGINS: url,
        WEBHOOK_URL: `http://127.0.0.1:${portOf(server)}/webhooks/kelviq`,
        WEBHOOK_SECRET: webhookSecret,
        WEBHOOK_ENCRYPTION_KEY: encryptionKey,
        SESSION_SECRET: sessionSecret,
        OPEN_SIGNUP: 'true',
        RATE_LIMIT: 'off',
      },
      (line) => logged(line, real, feed, onTrouble),
    );
    endings.push(() => proxy.stop());

    begin?.(
      new Hono()
        .route('/', createBackend({ webhookSecret, sessionSecret, decryptionKey, feed }))
        .route('/', createSite({ proxyOrigin: `http://localhost:${proxy.port}`, real, feed })),
    );
    return { url, real, failed: proxy.failed, close };
  } catch (error) {
    await close();
    throw error;
  }

  /** Settings for a sandbox and a database that both end with the demo. */
  async function sandboxed(): Promise<Record<string, string>> {
    const sandbox = await startSandbox({ onRequest: (request) => feed.show({ lane: 'kelviq', request }) });
    const folder = mkdtempSync(join(tmpdir(), 'kelviq-onboarding-demo-'));
    endings.push(() => rmSync(folder, { recursive: true, force: true }));
    endings.push(() => sandbox.close());
    return {
      KELVIQ_PARTNER_KEY: sandbox.partnerKey,
      KELVIQ_BASE_URL: sandbox.url,
      DATABASE_URL: `sqlite:${join(folder, 'demo.db')}`,
    };
  }
}

/** Settings for the real Kelviq; its organizations outlive the demo, and so does the database of each environment. */
function realKelviq(env: Record<string, string | undefined>): Record<string, string> {
  const name = env['KELVIQ_ENV'] === 'production' ? 'demo-production' : 'demo';
  const settings: Record<string, string> = { DATABASE_URL: `sqlite:./data/${name}.db` };
  for (const variable of ['KELVIQ_PARTNER_KEY', 'KELVIQ_PARTNER_KEY_FILE', 'KELVIQ_ENV', 'KELVIQ_BASE_URL']) {
    const value = env[variable];
    if (value) settings[variable] = value;
  }
  return settings;
}

/** Passes warnings on; with the real Kelviq, whose side nobody sees, the proxy's log stands in for it. */
function logged(line: string, real: boolean, feed: Feed, onTrouble: (line: string) => void): void {
  let fields: Record<string, unknown>;
  try {
    fields = JSON.parse(line) as Record<string, unknown>;
  } catch {
    onTrouble(line);
    return;
  }
  if (real) feed.show({ lane: 'proxy', line: fields });
  if (fields['level'] === 'error') onTrouble(line);
}

type Handler = (request: Request) => Promise<Response>;

async function listen(port: number, fetch: Handler): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = serve({ fetch, port, hostname: '127.0.0.1' }, () => resolve(server)) as Server;
    server.once('error', reject);
  });
}

function portOf(server: Server): number {
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}

async function stopServer(server: Server): Promise<void> {
  const closed = new Promise((resolve) => server.close(resolve));
  server.closeAllConnections();
  await closed;
}
