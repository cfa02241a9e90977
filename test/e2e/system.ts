/**
 * The product with nothing of the demo but the sandbox: the built server in a process of its own, a
 * partner's page on another origin with headers of the test's choice, and a receiver.
 */
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort, startProxy, type ProxyProcess } from '../../demo/proxy-process.ts';
import { startSandbox, type Sandbox } from '../../demo/sandbox/sandbox.ts';
import { startReceiver, type Receiver } from '../support/receiver.ts';

/** A page of the partner: its HTML with `PROXY` for the proxy's origin, and its response headers. */
export type PartnerPage = { html: string; headers?: Record<string, string> };

/** Everything running. */
export type System = {
  sandbox: Sandbox;
  proxyOrigin: string;
  partnerOrigin: string;
  /** The partner's backend. */
  receiver: Receiver;
  /** Makes `path` of the partner's site answer with that page. */
  serve(path: string, page: PartnerPage): void;
  close(): Promise<void>;
};

/** Starts it all on ports that the system chooses; `settings` go to the proxy besides. */
export async function startSystem(settings: Record<string, string> = {}): Promise<System> {
  const sandbox = await startSandbox();
  const webhookSecret = `whsec_${randomBytes(32).toString('base64')}`;
  const folder = mkdtempSync(join(tmpdir(), 'kelviq-onboarding-e2e-'));
  const pages = new Map<string, PartnerPage>();
  const receiver = await startReceiver(webhookSecret);

  const port = await freePort();
  const proxyOrigin = `http://localhost:${port}`;
  const partner = createServer((request, response) => {
    const page = pages.get(request.url ?? '');
    const headers = { 'content-type': 'text/html; charset=utf-8', ...page?.headers };
    response.writeHead(page ? 200 : 404, headers).end(page?.html.replaceAll('PROXY', proxyOrigin));
  });
  const partnerOrigin = `http://localhost:${await listening(partner)}`;
  const close = async (proxy?: ProxyProcess) => {
    await proxy?.stop();
    partner.closeAllConnections();
    await new Promise((resolve) => partner.close(resolve));
    await receiver.close();
    await sandbox.close();
    rmSync(folder, { recursive: true, force: true });
  };
  const proxy = await startProxy(
    port,
    {
      KELVIQ_PARTNER_KEY: sandbox.partnerKey,
      KELVIQ_BASE_URL: sandbox.url,
      ALLOWED_ORIGINS: partnerOrigin,
      WEBHOOK_URL: receiver.url,
      WEBHOOK_SECRET: webhookSecret,
      DATABASE_URL: `sqlite:${join(folder, 'e2e.db')}`,
      RATE_LIMIT: 'off',
      ...settings,
    },
    () => {},
  ).catch(async (error: unknown) => {
    await close();
    throw error;
  });

  return {
    sandbox,
    proxyOrigin,
    partnerOrigin,
    receiver,
    serve: (path, page) => void pages.set(path, page),
    close: () => close(proxy),
  };
}

async function listening(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}
