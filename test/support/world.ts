/** The whole product for one test: onboarding on a real file, a sandbox, a backend, and one clock. */
import assert from './assert.ts';
import { createHash, createHmac } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import type { TestContext } from 'node:test';
import { startSandbox, type Sandbox } from '../../demo/sandbox/sandbox.ts';
import type { DeliveryEvent, Organization, Problem } from '../../proxy/contract.ts';
import { HttpFailure, fetchSend, type HttpSend } from '../../proxy/http.ts';
import type { Hashing } from '../../proxy/keys.ts';
import type { LogFields } from '../../proxy/log.ts';
import { createOnboarding, type Onboarding } from '../../proxy/onboarding.ts';
import type { OnboardingOptions } from '../../proxy/options.ts';
import type { Row } from '../../proxy/row.ts';
import { sqliteStore } from '../../proxy/store.sqlite.ts';
import type { Store } from '../../proxy/store.ts';
import { conforms } from './conforms.ts';
import { FakeClock } from './fake-clock.ts';
import { databasePath } from './store.ts';

/** The one page that may use the proxy. */
export const ORIGIN = 'https://app.example.com';

const hashing: Hashing = {
  sha256: (text) => createHash('sha256').update(text).digest(),
  hmac: (key, data) => createHmac('sha256', key).update(data).digest(),
};

/** An app that knows its customers: the header `x-customer` says who it is. */
export const byHeader: NonNullable<OnboardingOptions['identify']> = (c) => ({
  externalId: c.req.header('x-customer') ?? '',
});

/** An answer as a browser gets it. */
export type Reply = {
  status: number;
  headers: Headers;
  body: Partial<Organization> & Partial<Pick<Problem, 'code' | 'errors'>> & Record<string, unknown>;
};

/** One try of a delivery. */
export type Try = { event: DeliveryEvent; id: string; attempt: number; at: number };

/** One onboarding and what a browser does with it. */
export type Proxy = Onboarding & {
  store: Store;
  /** What was logged, in order. */
  lines: (LogFields & { level: string; event: string })[];
  post: (customer: string, email: string, init?: RequestInit) => Promise<Reply>;
  session: (customer: string) => Promise<Reply>;
  row: (customer: string) => Promise<Row>;
};

/** Everything around it. */
export type World = {
  clock: FakeClock;
  /** Sends over HTTP with time-outs that follow the clock. */
  send: HttpSend;
  sandbox: Sandbox;
  path: string;
  /** A store on the file; what it is at counts as under way. */
  storeOn: () => Store;
  /** Tries in the order of their arrival; the backend fails with what stands first in `failures`. */
  tries: Try[];
  failures: Error[];
  /** Another onboarding on the same file, its store changed by `wrap`. */
  open: (options?: Partial<OnboardingOptions>, wrap?: (store: Store) => Store) => Promise<Proxy>;
  /** POSTs that reached the sandbox for a customer. */
  posts: (customer?: string) => number;
  /** Every byte of the database and its siblings. */
  disk: () => string;
};

/** A sandbox, a clock and a file; everything ends with the test. */
export async function world(t: TestContext, clock = new FakeClock()): Promise<World> {
  const sandbox = await startSandbox({ clock: clock.peer });
  t.after(() => sandbox.close());
  const path = await databasePath(t);
  const tries: Try[] = [];
  const failures: Error[] = [];

  clock.hung = () =>
    sandbox.state.requests.filter(({ leaves, durationMs }) => leaves === 'never' && durationMs === null)
      .length;

  /** `fetchSend`, but its time-out follows the clock. */
  const send: HttpSend = async (request) => {
    const over = new AbortController();
    const answer = fetchSend(request);
    answer.catch(() => undefined);
    const timedOut = clock.sleep(request.timeoutMs, over.signal).then((): never => {
      throw new HttpFailure('ETIMEDOUT', true);
    });
    timedOut.catch(() => undefined);
    try {
      return await Promise.race([clock.hold(answer), timedOut]);
    } finally {
      over.abort();
    }
  };

  function storeOn(): Store {
    const methods = Object.entries(sqliteStore(path)).map(([name, method]) => [
      name,
      (...args: never[]) => clock.hold((method as (...args: never[]) => Promise<unknown>)(...args)),
    ]);
    return Object.fromEntries(methods) as Store;
  }

  async function open(
    options: Partial<OnboardingOptions> = {},
    wrap = (store: Store): Store => store,
  ): Promise<Proxy> {
    const store = wrap(storeOn());
    const lines: Proxy['lines'] = [];
    const onboarding = createOnboarding({
      partnerKey: sandbox.partnerKey,
      baseUrl: sandbox.url,
      allowedOrigins: [ORIGIN],
      ...(!options.openSignup && { identify: byHeader }),
      deliver: async (event, { id, attempt }) => {
        tries.push({ event, id, attempt, at: clock.now() });
        const failure = failures.shift();
        if (failure) throw failure;
      },
      hashing,
      clock,
      send,
      random: () => 0.5,
      challenge: 'nobody',
      rateLimit: null,
      rateLimitEmail: null,
      log: (level, event, fields = {}) => lines.push({ level, event, ...fields }),
      ...options,
      store,
    });
    t.after(async () => {
      const stopped = onboarding.stop();
      await clock.run(stopped);
      await store.close();
    });
    await onboarding.state();
    return {
      ...onboarding,
      store,
      lines,
      post: (customer, email, init = {}) =>
        replyOf(
          onboarding.app.request('/v1/organizations', {
            method: 'POST',
            body: JSON.stringify({ email, businessName: 'Bäckerei' }),
            ...init,
            headers: {
              origin: ORIGIN,
              'content-type': 'application/json',
              'x-customer': customer,
              ...(init.headers as Record<string, string>),
            },
          }),
          'POST',
          '/v1/organizations',
        ),
      session: (customer) =>
        replyOf(
          onboarding.app.request('/v1/session', { headers: { origin: ORIGIN, 'x-customer': customer } }),
          'GET',
          '/v1/session',
        ),
      async row(customer) {
        const row = await store.find(customer);
        assert.ok(row, `${customer} has a row`);
        return row;
      },
    };
  }

  return {
    clock,
    send,
    sandbox,
    path,
    storeOn,
    tries,
    failures,
    open,
    posts: (customer) =>
      sandbox.state.requests.filter(
        ({ method, sent }) =>
          method === 'POST' &&
          (customer === undefined || (sent as { externalId?: string } | null)?.externalId === customer),
      ).length,
    disk: () =>
      [path, `${path}-wal`, `${path}-shm`]
        .map((file) => (existsSync(file) ? readFileSync(file, 'latin1') : ''))
        .join(''),
  };
}

/** The answer, which is as the OpenAPI document describes it. */
async function replyOf(answer: Response | Promise<Response>, method: string, path: string): Promise<Reply> {
  const response = await answer;
  await conforms(response, method, path);
  return {
    status: response.status,
    headers: response.headers,
    body: (await response.json()) as Reply['body'],
  };
}
