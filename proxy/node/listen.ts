/** Node's HTTP server around a fetch handler, with its time-outs and an orderly end. */
import { once } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createAdaptorServer } from '@hono/node-server';
import type { Hono } from 'hono';

/** Limits of a connection in milliseconds; Node itself answers 408 and 431. */
const HEAD_TIMEOUT_MS = 10_000;
const REQUEST_TIMEOUT_MS = 20_000;

/** Longer than the minute that load balancers keep an idle connection, so that they close first. */
const KEEP_ALIVE_MS = 65_000;

const SWEEP_MS = 20;

/** A listening server. */
export type Listening = {
  /** With a host that a browser on this machine can open. */
  url: string;
  /**
   * Accepts no more and lets requests in hand finish; when `signal` aborts, ends what is left.
   * True when all of them finished.
   */
  close: (signal: AbortSignal) => Promise<boolean>;
};

/** Listens on `host` and `port` (0: any that is free). Rejects with Node's error, such as `EADDRINUSE`. */
export async function listen(app: Hono, host: string, port: number): Promise<Listening> {
  const server = createAdaptorServer({
    fetch: app.fetch,
    serverOptions: {
      headersTimeout: HEAD_TIMEOUT_MS,
      requestTimeout: REQUEST_TIMEOUT_MS,
      keepAliveTimeout: KEEP_ALIVE_MS,
      // Node looks for late heads at this interval; its 30 s would be added to the limit.
      connectionsCheckingInterval: 1000,
    },
  }) as Server;
  server.listen(port, host);
  await once(server, 'listening');
  return { url: urlOf(server.address() as AddressInfo), close: (signal) => close(server, signal) };
}

function urlOf({ address, port, family }: AddressInfo): string {
  if (address === '0.0.0.0' || address === '::') return `http://localhost:${port}`;
  return `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`;
}

async function close(server: Server, signal: AbortSignal): Promise<boolean> {
  const closed = once(server, 'close');
  server.close();
  // A connection that falls idle after its last answer would keep the server open.
  const sweep = setInterval(() => server.closeIdleConnections(), SWEEP_MS);
  const abandon = () => server.closeAllConnections();
  signal.addEventListener('abort', abandon, { once: true });
  if (signal.aborted) abandon();
  await closed;
  clearInterval(sweep);
  signal.removeEventListener('abort', abandon);
  return !signal.aborted;
}
