/** Node's HTTP server around a fetch handler, with its time-outs and an orderly end. */
import { once } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createAdaptorServer } from '@hono/node-server';
import type { Hono } from 'hono';

/** Limits of connections, times in milliseconds. Node itself answers 408 and 431, and closes what is over. */
export type ConnectionLimits = {
  /** Until the head is complete, counted from the connection or the answer before. */
  headMs: number;
  /** Until the body is complete too. */
  requestMs: number;
  /** Between an answer and the next request. */
  idleMs: number;
  /** Without a byte either way while a request is in hand: who asked and does not read is let go. */
  stillMs: number;
  /**
   * Open at once, so that files and upstream still get theirs; one more is closed as it comes, and those
   * that are idle between two requests with it.
   */
  connections: number;
};

const LIMITS: ConnectionLimits = {
  headMs: 10_000,
  requestMs: 20_000,
  // Longer than the minute that load balancers keep an idle connection, so that they close first.
  idleMs: 65_000,
  // Longer than any answer takes.
  stillMs: 30_000,
  connections: 16_384,
};
/** Node looks for what is late at most this often; its own 30 s would be added to the limits. */
const CHECK_EVERY_MS = 1000;

const SWEEP_MS = 20;
/** To look for idle connections costs time: not for each one of a crowd that is turned away. */
const ROOM_EVERY_MS = 250;

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
export async function listen(
  app: Hono,
  host: string,
  port: number,
  limits: ConnectionLimits = LIMITS,
): Promise<Listening> {
  const server = createAdaptorServer({
    fetch: app.fetch,
    // For HTTP/1.0, which need not name a host: health checks of load balancers do not.
    hostname: 'localhost',
    serverOptions: {
      headersTimeout: limits.headMs,
      requestTimeout: limits.requestMs,
      keepAliveTimeout: limits.idleMs,
      connectionsCheckingInterval: Math.min(CHECK_EVERY_MS, limits.headMs),
    },
  }) as Server;
  server.maxConnections = limits.connections;
  server.timeout = limits.stillMs;
  server.on('drop', roomMaker(server));
  // Node forgets where a connection came from when it ends, unless it was asked before: who leaves at
  // once would come from nowhere, and no limit would count it.
  server.on('connection', ({ remoteAddress }) => remoteAddress);
  server.listen(port, host);
  await once(server, 'listening');
  return { url: urlOf(server.address() as AddressInfo), close: (signal) => close(server, signal) };
}

/** Makes room: whoever keeps a connection and asks nothing must not keep everybody else out. */
function roomMaker(server: Server): () => void {
  let madeAt = -Infinity;
  return () => {
    const now = performance.now();
    if (now - madeAt < ROOM_EVERY_MS) return;
    madeAt = now;
    server.closeIdleConnections();
  };
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
