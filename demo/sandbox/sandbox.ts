/**
 * A stand-in for the Kelviq partner API over real HTTP: strict to the published document, with a
 * scenario for every answer that it or experience names. A path without its trailing slash is a
 * 404: a redirect there would lose the body of a POST and hide the mistake.
 */
import { setMaxListeners } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { systemClock, type Clock } from '../../proxy/clock.ts';
import type { Environment } from '../../proxy/limits.ts';
import { Journal, type SandboxRequest } from './journal.ts';
import { Organizations, type SandboxOrganization } from './organizations.ts';
import { route, type Call } from './routes.ts';
import { Script, type Match, type Step } from './script.ts';
import { scenarioOf, type Behaviour } from './scenarios.ts';
import { depart, readBody } from './wire.ts';

/** The key a sandbox takes when none is given; it opens nothing else. */
export const SANDBOX_PARTNER_KEY = 'kvqp_sandbox_0d5b2f7e91c44a38';

const MAX_BODY_BYTES = 1 << 20;

/** How to start a sandbox; every member has a default. */
export type SandboxOptions = {
  /** 0 lets the system choose. */
  port?: number;
  host?: string;
  partnerKey?: string;
  /** `production` issues `ck_live_` and `sk_live_` keys. */
  environment?: Environment;
  clock?: Clock;
  /** Called when a request has arrived and again when it has ended. */
  onRequest?: (request: SandboxRequest) => void;
};

/** A running sandbox. */
export type Sandbox = {
  /** Base URL, `http://127.0.0.1:PORT/api/v1`. */
  url: string;
  partnerKey: string;
  state: {
    /** Every key that is taken now; a test may add and delete to rotate. */
    partnerKeys: Set<string>;
    organizations: readonly SandboxOrganization[];
    /** Every Kelviq user's e-mail in lower case; a test may add one that was there before. */
    users: Set<string>;
    requests: readonly SandboxRequest[];
  };
  /** What the next requests meet, whoever sends them. Refused ones (path, key, shape) take no step. */
  next(...steps: Step[]): void;
  /** What the next requests that match meet. A string matches externalId or e-mail. */
  script(match: Match | string, steps: readonly Step[]): void;
  /** Ends every connection, waiting ones included, and frees the port. Idempotent. */
  close(): Promise<void>;
};

/** Starts a sandbox. Rejects with Node's error (`code: 'EADDRINUSE'`) when the port is in use. */
export async function startSandbox({
  port = 0,
  host = '127.0.0.1',
  partnerKey = SANDBOX_PARTNER_KEY,
  environment = 'sandbox',
  clock = systemClock,
  onRequest,
}: SandboxOptions = {}): Promise<Sandbox> {
  const organizations = new Organizations(environment);
  const partnerKeys = new Set([partnerKey]);
  const journal = new Journal(clock, onRequest);
  const script = new Script();
  const posts = new Map<string, number>();
  const closing = new AbortController();
  // Every answer that is delayed listens to it.
  setMaxListeners(0, closing.signal);

  /** What a call meets: what a test scripted, else what its e-mail address asks for. */
  function behaviourOf(method: string, { externalId, email }: Call): Behaviour {
    const scripted = script.take(method, [externalId, email]);
    if (scripted) return scripted;
    const scenario = email === null ? null : scenarioOf(email);
    if (scenario === null || email === null) return {};
    if (method === 'GET') return scenario.reads ?? {};
    const count = posts.get(email.toLowerCase()) ?? 0;
    posts.set(email.toLowerCase(), count + 1);
    return scenario.posts[scenario.always ? Math.min(count, scenario.posts.length - 1) : count] ?? {};
  }

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = '', url: path = '/', headers } = request;
    const key = [headers['x-kelviq-partner-key']].flat()[0];
    const entry = journal.open(method, path, key);
    response.once('close', () => journal.close(entry));

    const body = await readBody(request, MAX_BODY_BYTES);
    const call = route(
      {
        method,
        url: new URL(path, origin),
        authorized: key !== undefined && partnerKeys.has(key),
        contentType: headers['content-type'] ?? '',
        body: body ?? '',
      },
      organizations,
    );
    if ('status' in call) {
      journal.arrived(entry);
      journal.answer(entry, call, 'whole');
      return depart(response, call, 'whole');
    }

    Object.assign(entry, { externalId: call.externalId, sent: call.sent });
    journal.arrived(entry);
    const { commits = true, keysAfterMs = 0, delayMs = 0, ...behaviour } = behaviourOf(method, call);
    const usual = commits ? call.work(clock.now(), keysAfterMs) : { status: 503, body: null };
    const { answer = usual, leaves = 'whole' } = behaviour;
    const reply = typeof answer === 'function' ? answer(usual, elsewhere) : answer;
    if (delayMs > 0) await clock.sleep(delayMs, closing.signal);
    journal.answer(entry, reply, leaves);
    return depart(response, reply, leaves);
  }

  const server = createServer((request, response) => {
    handle(request, response).catch(() => response.destroy());
  });
  // A connection ends by its client: on a busy machine one that waits would end just as it is used again.
  server.keepAliveTimeout = 0;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, resolve);
  });
  const bound = (server.address() as AddressInfo).port;
  const origin = `http://${host}:${bound}`;
  const elsewhere = `http://localhost:${bound}/elsewhere/`;

  return {
    url: `${origin}/api/v1`,
    partnerKey,
    state: {
      partnerKeys,
      organizations: organizations.all,
      users: organizations.users,
      requests: journal.requests,
    },
    next: (...steps) => script.add({}, steps),
    script: (match, steps) => script.add(typeof match === 'string' ? { subject: match } : match, steps),
    async close() {
      closing.abort();
      server.closeAllConnections();
      if (server.listening) await new Promise((resolve) => server.close(resolve));
    },
  };
}
