/**
 * `HttpSend` for Node: undici's dispatcher without streams, which costs a fraction of `fetch`. One
 * keep-alive pool for each origin; no redirects; one clock over connecting, waiting and reading.
 */
import { lookup as systemLookup, type LookupAddress, type LookupOptions } from 'node:dns';
import type { LookupFunction } from 'node:net';
import type { Dispatcher, buildConnector as connectors } from 'undici';
import { HttpFailure, type HttpSend, type IncomingAnswer, type OutgoingRequest } from '../http.ts';
import { isInternal, isRefused } from './internal-address.ts';
import { Pool, buildConnector } from './undici.ts';

/** Finds all addresses of a name, as `dns.lookup` with `all`. */
export type ResolveAll = (
  hostname: string,
  options: LookupOptions & { all: true },
  callback: (error: Error | null, addresses: LookupAddress[]) => void,
) => void;

/** How connections are made and kept; times in milliseconds. */
export type NodeSendOptions = {
  connectTimeoutMs?: number;
  /**
   * How long an idle connection is used again. Short, because a server that closes it just then
   * leaves the outcome of a request unknown.
   */
  keepAliveTimeoutMs?: number;
  /** Connections to one origin at a time; more requests wait for one. */
  maxConnections?: number;
  /**
   * Refuses private, link-local and other internal addresses when connecting, whatever name led there,
   * and this machine unless the URL names it.
   */
  publicOnly?: boolean;
  resolve?: ResolveAll;
};

/** A `send` and the end of its connections: `close` waits for requests in hand. */
export type NodeSend = { send: HttpSend; close: () => Promise<void> };

/** Makes an `HttpSend` with connections of its own. Failure code of a refused address: `internal_address`. */
export function createNodeSend(options: NodeSendOptions = {}): NodeSend {
  const { keepAliveTimeoutMs = 4000, maxConnections = 256 } = options;
  const pools = new Map<string, InstanceType<typeof Pool>>();
  const connect = connector(options);

  const poolOf = (origin: string) => {
    let pool = pools.get(origin);
    if (!pool) {
      pool = new Pool(origin, {
        connect,
        connections: maxConnections,
        pipelining: 1,
        keepAliveTimeout: keepAliveTimeoutMs,
        keepAliveMaxTimeout: keepAliveTimeoutMs,
        headersTimeout: 0,
        bodyTimeout: 0,
      });
      pools.set(origin, pool);
    }
    return pool;
  };

  return {
    send: (request) =>
      new Promise((resolve, reject) => {
        const { origin, path } = splitUrl(request.url);
        const { method, headers, body = null } = request;
        poolOf(origin).dispatch({ method, path, headers, body }, new Exchange(request, resolve, reject));
      }),
    close: async () => {
      await Promise.all([...pools.values()].map((pool) => pool.close()));
    },
  };
}

/** Parsing costs more than finding the slash; a URL without a path is parsed. */
function splitUrl(url: string): { origin: string; path: string } {
  const slash = url.indexOf('/', url.indexOf('://') + 3);
  if (slash > 0 && !url.includes('#')) return { origin: url.slice(0, slash), path: url.slice(slash) };
  const { origin, pathname, search } = new URL(url);
  return { origin, path: pathname + search };
}

/**
 * One request and its answer, as the handler that undici itself works with: the newer kind is wrapped
 * in two objects and its headers are read twice. undici calls `onConnect` when a connected socket takes
 * the request, just before its first byte is written: an error before that proves that nothing was sent.
 */
class Exchange implements Dispatcher.DispatchHandler {
  readonly #request: OutgoingRequest;
  readonly #resolve: (answer: IncomingAnswer) => void;
  readonly #reject: (failure: HttpFailure) => void;
  readonly #timer: NodeJS.Timeout;
  #abort: ((reason: Error) => void) | null = null;
  #expired = false;
  #status = 0;
  #headers: readonly Buffer[] = [];
  #first: Buffer | null = null;
  #others: Buffer[] | null = null;
  #bytes = 0;

  constructor(
    request: OutgoingRequest,
    resolve: (answer: IncomingAnswer) => void,
    reject: (failure: HttpFailure) => void,
  ) {
    this.#request = request;
    this.#resolve = resolve;
    this.#reject = reject;
    this.#timer = setTimeout(expire, request.timeoutMs, this);
  }

  onConnect(abort: (reason: Error) => void): void {
    // Its caller has been told that nothing was sent, so nothing may be.
    if (this.#expired) abort(new HttpFailure('ETIMEDOUT', false));
    // After a stall this comes before any timer.
    else if (this.#request.mayStart?.() === false) abort(new HttpFailure('too_late', false));
    else this.#abort = abort;
  }

  onHeaders(status: number, raw: readonly Buffer[]): boolean {
    if (status < 200) return true;
    this.#status = status;
    this.#headers = raw;
    if (this.#request.statusOnly) this.#resolve(new Answer(status, raw, ''));
    return true;
  }

  onData(chunk: Buffer): boolean {
    this.#bytes += chunk.length;
    if (this.#bytes > this.#request.maxBytes) this.#fail('body_too_large');
    else if (this.#request.statusOnly) return true;
    else if (this.#first === null) this.#first = chunk;
    else (this.#others ??= []).push(chunk);
    return true;
  }

  onComplete(): void {
    clearTimeout(this.#timer);
    if (this.#request.statusOnly) return;
    const first = this.#first;
    const whole = first && this.#others ? Buffer.concat([first, ...this.#others]) : first;
    this.#resolve(new Answer(this.#status, this.#headers, whole?.toString('utf8') ?? ''));
  }

  onError(error: Error): void {
    this.#fail(codeOf(error));
  }

  expire(): void {
    this.#expired = true;
    this.#fail('ETIMEDOUT');
  }

  #fail(code: string): void {
    clearTimeout(this.#timer);
    const failure = new HttpFailure(code, this.#abort !== null);
    this.#reject(failure);
    this.#abort?.(failure);
  }
}

/** An answer whose headers are read when somebody wants them, which most answers never see. */
class Answer implements IncomingAnswer {
  readonly status: number;
  readonly body: string;
  readonly #raw: readonly Buffer[];

  constructor(status: number, raw: readonly Buffer[], body: string) {
    this.status = status;
    this.#raw = raw;
    this.body = body;
  }

  get headers(): Record<string, string> {
    return headersOf(this.#raw);
  }
}

function expire(exchange: Exchange): void {
  exchange.expire();
}

function headersOf(raw: readonly Buffer[]): Record<string, string> {
  const headers: Record<string, string> = {};
  for (let at = 0; at + 1 < raw.length; at += 2) {
    const name = (raw[at]?.toString('latin1') ?? '').toLowerCase();
    if (!Object.hasOwn(headers, name)) headers[name] = raw[at + 1]?.toString('latin1') ?? '';
  }
  return headers;
}

function codeOf(error: Error & { code?: unknown }): string {
  return typeof error.code === 'string' ? error.code : error.name;
}

class InternalAddress extends Error {
  readonly code = 'internal_address';
}

function connector({
  connectTimeoutMs = 3000,
  publicOnly = false,
  resolve = systemLookup,
}: NodeSendOptions): connectors.connector {
  const lookup: LookupFunction = (hostname, options, callback) => {
    resolve(hostname, { ...options, all: true }, (error, addresses) => {
      const usable =
        publicOnly && !error ? addresses.filter(({ address }) => !isRefused(hostname, address)) : addresses;
      const [first] = usable ?? [];
      if (error || !first) callback(error ?? new InternalAddress(), []);
      else if (options.all) callback(null, usable);
      else callback(null, first.address, first.family);
    });
  };
  const connect = buildConnector({
    timeout: connectTimeoutMs,
    lookup,
    // Node's 250 ms between address families gives up on hosts that are merely far away.
    autoSelectFamily: true,
    autoSelectFamilyAttemptTimeout: Math.min(1000, connectTimeoutMs),
  });
  return (target, callback) => {
    // A literal address is never looked up.
    if (publicOnly && isInternal(target.hostname))
      queueMicrotask(() => callback(new InternalAddress(), null));
    else connect(target, callback);
  };
}
