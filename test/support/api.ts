/** Onboarding in memory, with Kelviq's answers and what a page sends said in place. */
import assert from './assert.ts';
import { createHash, createHmac } from 'node:crypto';
import type { TestContext } from 'node:test';
import { Hono } from 'hono';
import type { Problem } from '../../proxy/contract.ts';
import type { HttpSend, IncomingAnswer, OutgoingRequest } from '../../proxy/http.ts';
import type { Hashing } from '../../proxy/keys.ts';
import { createOnboarding } from '../../proxy/onboarding.ts';
import type { OnboardingOptions } from '../../proxy/options.ts';
import { sqliteStore } from '../../proxy/store.sqlite.ts';
import { FakeClock } from './fake-clock.ts';
import { ORIGIN } from './world.ts';

/** A key that open sign-up takes. */
export const IDEMPOTENCY_KEY = 'AAAAAAAAAAAAAAAAAAAAAA';

/** Web Crypto works on another thread, which a clock that stands still does not wait for. */
const hashing: Hashing = {
  sha256: (text) => createHash('sha256').update(text).digest(),
  hmac: (key, data) => createHmac('sha256', key).update(data).digest(),
};

/** An answer of Kelviq's. */
export function kelviqAnswer(status: number, body: unknown = {}, headers: Record<string, string> = {}) {
  return { status, headers, body: JSON.stringify(body) } satisfies IncomingAnswer;
}

/** Kelviq as an open door: a POST is answered by `post`, a read by `get` (404). */
export function kelviqSend(
  post: (sent: { externalId: string }) => IncomingAnswer | Promise<IncomingAnswer>,
  get: () => IncomingAnswer | Promise<IncomingAnswer> = () => kelviqAnswer(404),
): HttpSend {
  return async (request: OutgoingRequest) =>
    request.method === 'POST' ? post(JSON.parse(request.body ?? '') as { externalId: string }) : get();
}

/** Kelviq's 201 for what was sent. */
export function created({ externalId }: { externalId: string }): IncomingAnswer {
  return kelviqAnswer(201, {
    userId: 7,
    organizationIdentifier: `org-of-${externalId}`,
    organizationSlug: 'acme',
    clientKey: 'ck_test_1',
    serverKey: 'sk_test_1',
    partnerExternalId: externalId,
  });
}

/** One onboarding; `app` serves it at its root, `mounted` under `/kelviq`. */
export type Api = { app: Hono; mounted: Hono; clock: FakeClock };

/** Opens one on an empty store, in open sign-up unless `options` say otherwise. */
export function openApi(t: TestContext, options: Partial<OnboardingOptions> = {}): Api {
  const clock = new FakeClock();
  const store = sqliteStore(':memory:');
  t.after(() => store.close());
  const { app } = createOnboarding({
    partnerKey: 'kvqp_test_1',
    allowedOrigins: [ORIGIN],
    deliver: async () => undefined,
    openSignup: true,
    challenge: 'nobody',
    send: kelviqSend(created),
    hashing,
    clock,
    store,
    ...options,
  });
  const mounted = new Hono();
  mounted.route('/kelviq', app);
  return { app, mounted, clock };
}

/** A signup as a page sends it; headers in `headers` win, and null leaves one out. */
export function signup(
  body: BodyInit = JSON.stringify({ email: 'owner@example.com' }),
  headers: Record<string, string | null> = {},
): RequestInit {
  const all = {
    origin: ORIGIN,
    'content-type': 'application/json',
    'idempotency-key': IDEMPOTENCY_KEY,
    ...headers,
  };
  const sent = Object.entries(all).filter((entry): entry is [string, string] => entry[1] !== null);
  return { method: 'POST', headers: Object.fromEntries(sent), body };
}

/** The problem in an answer, after what holds for all of them has been checked. */
export async function problemOf(response: Response): Promise<Problem> {
  const body = (await response.json()) as Problem;
  assert.equal(response.headers.get('content-type'), 'application/problem+json');
  assert.equal(response.headers.get('cache-control'), 'no-store');
  assert.equal(response.headers.get('x-content-type-options'), 'nosniff');
  assert.equal(body.status, response.status);
  assert.equal(body.type, `urn:kelviq-onboarding:problem:${body.code}`);
  assert.match(body.requestId, /^req_[\da-f]{32}$/);
  assert.equal(response.headers.get('x-request-id'), body.requestId);
  for (const text of [body.title, body.detail]) assert.ok(text.length > 0);
  const known = ['type', 'title', 'status', 'code', 'detail', 'requestId', 'errors'];
  assert.deepEqual(
    Object.keys(body).filter((name) => !known.includes(name)),
    [],
  );
  return body;
}
