/**
 * The product as a list: who may knock, who the customer is, what is answered. A browser sees what
 * `organizationOf` and `sessionOf` build, and nothing else.
 */
import { Hono, type Context } from 'hono';
import { systemClock, type Clock } from './clock.ts';
import { signupSchema, type Organization, type PendingAnswer, type SessionAnswer } from './contract.ts';
import type { Deliver } from './delivery.ts';
import { checkShape, dress, originGate, readJson, type GateEnv } from './gate.ts';
import type { HttpSend } from './http.ts';
import { createIdentity, type Identified, type Identity } from './identity.ts';
import { KELVIQ_BASE_URLS, createKelviq, type KeyState } from './kelviq.ts';
import { keyedHash, webHashing, type Hashing } from './keys.ts';
import type { Environment } from './limits.ts';
import { errorFrames, type Log } from './log.ts';
import { Refusal, fieldError, problem } from './problem.ts';
import { createReception, type RateLimit, type Reply } from './reception.ts';
import type { Row } from './row.ts';
import { Secret } from './secret.ts';
import { openStore } from './store-url.ts';
import type { Store } from './store.ts';
import { createWork } from './work.ts';
import { createWorker } from './worker.ts';

/** What `createOnboarding` is made from; only the first four are needed besides an identity. */
export type OnboardingOptions = {
  /** The partner key, `kvqp_…`. */
  partnerKey: string | Secret;
  /** Exact origins of the pages that may use it, `https://app.example.com`. */
  allowedOrigins: readonly string[];
  /** Where rows are kept: a store, or an address such as `sqlite:./data/onboarding.db`. */
  store: Store | string;
  /** Hands events to the partner's backend; see `webhook()`. */
  deliver: Deliver;
  /** Who the customer is, in an app that knows; null refuses with 401. */
  identify?: (c: Context) => Identified | null | Promise<Identified | null>;
  /** Secrets of session tokens, at least 32 bytes each; any of them verifies. */
  sessionSecrets?: readonly (string | Secret)[];
  /** Lets anybody sign up who holds an Idempotency-Key; default false. */
  openSignup?: boolean;
  /** Which Kelviq; default `sandbox`. */
  environment?: Environment;
  /** Kelviq's address, without a slash at its end; default by environment. */
  baseUrl?: string;
  /** New signups per client address (open sign-up only) and per e-mail; null is off. */
  rateLimit?: RateLimit | null;
  rateLimitEmail?: RateLimit | null;
  /** The address that `rateLimit` counts; null where it is not known. */
  clientAddress?: (c: Context) => string | null;
  send?: HttpSend;
  hashing?: Hashing;
  clock?: Clock;
  log?: Log;
  /** Jitter, 0 to 1. */
  random?: () => number;
};

/** How the parts are doing, for a readiness check. */
export type OnboardingState = { store: 'ok' | 'unavailable'; partnerKey: KeyState };

/** The app and its worker. */
export type Onboarding = {
  /** Serves `/v1/*`; mount it with `app.route(path, onboarding.app)`. */
  app: Hono;
  /** Starts the worker; idempotent. */
  start(): void;
  /** Stops the worker and waits for what is in hand, then closes the store it opened itself. */
  stop(): Promise<void>;
  /** One round of the worker, for cron. */
  run(): Promise<void>;
  state(): Promise<OnboardingState>;
};

const MINUTE_MS = 60_000;
const silent: Log = () => undefined;

/** The onboarding proxy on Web standards alone. Throws at once when an option cannot work. */
export function createOnboarding({
  allowedOrigins,
  deliver,
  identify,
  environment = 'sandbox',
  openSignup = false,
  baseUrl = KELVIQ_BASE_URLS[environment],
  rateLimit = { attempts: 10, windowMs: 10 * MINUTE_MS },
  rateLimitEmail = { attempts: 5, windowMs: 60 * MINUTE_MS },
  clientAddress = () => null,
  hashing = webHashing,
  clock = systemClock,
  log = silent,
  random = Math.random,
  ...options
}: OnboardingOptions): Onboarding {
  const partnerKey = secretOf(options.partnerKey, 'partnerKey');
  const sessionSecrets = (options.sessionSecrets ?? []).map((value) => secretOf(value, 'sessionSecrets'));
  const store = typeof options.store === 'string' ? openStore(options.store) : options.store;
  const kelviq = createKelviq({ partnerKey, baseUrl, clock, ...(options.send && { send: options.send }) });
  const hash = (purpose: string) => keyedHash(partnerKey, purpose, hashing);
  const customerHash = hash('log');
  const work = createWork({
    store,
    kelviq,
    deliver,
    environment,
    hashing,
    customerHash,
    clock,
    log,
    random,
  });
  const worker = createWorker({ store, work, clock, log });
  const identity = createIdentity({ sessionSecrets, openSignup, identify, hashing, clock });
  const receive = createReception({
    store,
    work,
    clock,
    emailHash: hash('email'),
    addressHash: hash('address'),
    rateLimit,
    rateLimitEmail,
  });
  const app = new Hono<GateEnv>();

  app.use(dress);
  app.use(async function logRequest(c, next) {
    const startedAt = clock.now();
    await next();
    const { status } = c.res;
    log(status >= 500 ? 'error' : status >= 400 || c.req.method === 'POST' ? 'info' : 'debug', 'request', {
      requestId: c.get('requestId'),
      method: c.req.method,
      route: ROUTES.find((route) => c.req.path.endsWith(route)) ?? 'unknown',
      status,
      durationMs: clock.now() - startedAt,
      ...(c.get('code') && { code: c.get('code') }),
    });
  });
  app.use(
    originGate({
      allowedOrigins,
      environment,
      refused: (origin) => log('warn', 'origin_refused', { origin: origin.slice(0, 255) }),
    }),
  );

  app.get('/v1/session', async (c) => {
    const customer = await identity(c);
    const row = await available(async () => {
      await work.open();
      return store.find(customer.externalId);
    });
    return c.json(sessionOf(environment, customer, row));
  });

  app.get('/v1/challenge', () => {
    throw new Refusal('not_found', { detail: 'No challenge is needed.' });
  });

  app.post('/v1/organizations', async (c) => {
    const form = checkShape(signupSchema, await readJson(c));
    const mayState = c.req.header('authorization') !== undefined || identify !== undefined;
    if (form.email === undefined && !mayState) throw emailRequired();
    const customer = await identity(c);
    const email = customer.email ?? form.email;
    if (email === undefined) throw emailRequired();
    const { signal } = c.req.raw;
    const reply = await available(() =>
      receive({
        identity: customer,
        email,
        businessName: customer.businessName ?? form.businessName ?? null,
        requestId: c.get('requestId'),
        address: customer.open ? clientAddress(c) : null,
        here: () => !signal.aborted,
      }),
    );
    return answer(c, reply);
  });

  app.all('/v1/session', () => wrongMethod('GET, HEAD, OPTIONS'));
  app.all('/v1/challenge', () => wrongMethod('GET, HEAD, OPTIONS'));
  app.all('/v1/organizations', () => wrongMethod('POST, OPTIONS'));
  app.all('*', () => {
    throw new Refusal('not_found');
  });

  app.onError((error, c) => {
    if (error instanceof Refusal) {
      c.set('code', error.code);
      return problem(error.code, c.get('requestId'), error.extras);
    }
    log('error', 'internal_error', { requestId: c.get('requestId'), error: errorFrames(error) });
    c.set('code', 'internal_error');
    return problem('internal_error', c.get('requestId'));
  });

  /** A store that fails is 503: nothing was sent to Kelviq, and repeating is safe. */
  async function available<T>(ask: () => Promise<T>): Promise<T> {
    try {
      return await ask();
    } catch (error) {
      log('error', 'store_unavailable', { error: errorFrames(error) });
      throw new Refusal('not_available', { retryAfterMs: 5000 });
    }
  }

  return {
    app: app as unknown as Hono,
    start: () => worker.start(),
    run: () => worker.run(),
    async stop() {
      await worker.stop();
      if (typeof options.store === 'string') await store.close();
    },
    async state() {
      const reachable = await work
        .open()
        .then(() => store.nextDue())
        .then(
          () => true,
          () => false,
        );
      return { store: reachable ? 'ok' : 'unavailable', partnerKey: kelviq.keyState() };
    },
  };
}

const ROUTES = ['/v1/organizations', '/v1/session', '/v1/challenge'] as const;

/** Everything a browser may see of an organization; the literal that invariant 1 rests on. */
function organizationOf(row: Row): Organization | null {
  if (row.organizationIdentifier === null) return null;
  return {
    externalId: row.externalId,
    organizationIdentifier: row.organizationIdentifier,
    organizationSlug: row.organizationSlug,
    clientKey: row.clientKey,
    delivery: row.deliveredAt === null ? 'pending' : 'delivered',
  };
}

function sessionOf(environment: Environment, customer: Identity, row: Row | null): SessionAnswer {
  return {
    environment,
    email: customer.email,
    businessName: customer.businessName,
    challenge: 'none',
    pending: row?.state === 'requested',
    organization: row && organizationOf(row),
  };
}

function answer(c: Context<GateEnv>, reply: Reply): Response {
  switch (reply.reply) {
    case 'organization':
      return c.json(organizationOf(reply.row), reply.created ? 201 : 200);
    case 'pending': {
      const body: PendingAnswer = { status: 'pending' };
      return c.json(body, 202, { 'Retry-After': String(Math.ceil(reply.retryAfterMs / 1000)) });
    }
    case 'refused':
      throw reply.code === 'email_taken'
        ? new Refusal('email_taken', { errors: [fieldError('email', 'taken')] })
        : new Refusal('validation_failed', {
            detail: 'Kelviq did not accept these details.',
            errors: [fieldError('email', 'invalid')],
          });
    case 'unavailable':
      throw new Refusal('not_available', { retryAfterMs: reply.retryAfterMs });
    case 'upstream_failed':
      throw new Refusal('upstream_failed');
    case 'overloaded':
      throw new Refusal('overloaded', { retryAfterMs: reply.retryAfterMs });
    case 'limited': {
      const seconds = Math.max(1, Math.ceil(reply.retryAfterMs / 1000));
      const policy = reply.limit.key.startsWith('email:') ? 'email' : 'address';
      throw new Refusal('rate_limited', {
        retryAfterMs: reply.retryAfterMs,
        headers: { RateLimit: `"${policy}";r=0;t=${seconds}` },
      });
    }
  }
}

function emailRequired(): Refusal {
  return new Refusal('validation_failed', { errors: [fieldError('email', 'required')] });
}

function wrongMethod(allow: string): never {
  throw new Refusal('method_not_allowed', { headers: { Allow: allow } });
}

function secretOf(value: string | Secret, option: string): Secret {
  const secret = typeof value === 'string' ? new Secret(value) : value;
  if (secret.reveal() === '') throw new TypeError(`createOnboarding: ${option} is empty.`);
  return secret;
}
