/**
 * The product as a list: who may knock, who the customer is, what is answered. A browser sees what
 * `organizationOf` and `sessionOf` build, and nothing else.
 */
import { Hono, type Context } from 'hono';
import { sharedClock } from './clock.ts';
import { answer, sessionOf } from './answers.ts';
import { createChallenges } from './challenge.ts';
import { createCharges, policyOf } from './charges.ts';
import { openSignupSchema, signupSchema } from './contract.ts';
import { createCrowd } from './crowd.ts';
import { answerJson, checkShape, dress, originGate, readJson, requestLog } from './gate.ts';
import { guard } from './guard.ts';
import { IdentifyMistake, createIdentity, expectTokens, type Identity } from './identity.ts';
import { createKelviq, type KeyState } from './kelviq.ts';
import { createKeyRing, rotatingHash } from './key-ring.ts';
import { errorFrames } from './log.ts';
import { createMeter } from './meter.ts';
import { readOptions, type OnboardingOptions } from './options.ts';
import { passage, type GateEnv } from './passage.ts';
import { Refusal, fieldError, problem } from './problem.ts';
import { createReception } from './reception.ts';
import type { Row } from './row.ts';
import { Secret } from './secret.ts';
import { failureFields } from './store-trouble.ts';
import { openStore } from './store-url.ts';
import { createTripwire, guardedLog, watching } from './tripwire.ts';
import { createVitals } from './vitals.ts';
import { createWork } from './work.ts';
import { createWorker } from './worker.ts';

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
  /** Looks at the store now, and tells what Kelviq said of the partner key the last time. */
  state(): Promise<OnboardingState>;
  /** What was counted since the start and how things stand, as Prometheus text (`text/plain; version=0.0.4`). */
  metrics(): Promise<string>;
};

/** Requests in hand at once, those that wait for an outcome or are still arriving included. */
const MOST_REQUESTS = 4096;

/** The onboarding proxy on Web standards alone. Throws at once when an option cannot work. */
export function createOnboarding(options: OnboardingOptions): Onboarding {
  const given = readOptions(options);
  const { challenge, clock, environment, hashing, identify, random, sessionSecrets, store: place } = given;
  const ring = createKeyRing(given.partnerKey, given.partnerKeyRefused);
  const tripwire = watching(given.tripwire ?? createTripwire(), () => [ring.current(), ...sessionSecrets()]);
  const meter = createMeter(given.tripwire ? given.log : guardedLog(given.log, tripwire));
  const { log } = meter;
  const own = typeof place === 'string' || place instanceof Secret;
  const store = own ? openStore(place) : place;
  const shared = sharedClock(store, clock);
  const kelviq = createKelviq({
    partnerKey: ring,
    baseUrl: given.baseUrl,
    clock,
    serverKeySeen: (serverKey) => tripwire.watch(serverKey),
    ...(given.send && { send: given.send }),
    answered: ({ operation, status, durationMs }) =>
      log('debug', 'kelviq_asked', { operation, ...(status !== null && { status }), durationMs }),
  });
  const hash = (purpose: string) => rotatingHash(ring, purpose, hashing);
  const work = createWork({
    store,
    kelviq,
    deliver: given.deliver,
    environment,
    hashing,
    customerHash: hash('log'),
    clock: shared,
    log,
    random,
  });
  const vitals = createVitals({ store, work, keyState: () => kelviq.keyState(), clock: shared });
  const worker = createWorker({ store, work, clock: shared, log });
  const identity = createIdentity({
    sessionSecrets,
    openSignup: given.openSignup,
    identify,
    hashing,
    clock,
  });
  const challenges = createChallenges({
    who: challenge,
    difficulty: given.challengeDifficulty,
    hash: hash('challenge'),
    keyHash: hash('challenge key'),
    // ALTCHA's own check goes by the machine's.
    clock,
  });
  const receive = createReception({
    store,
    work,
    clock: shared,
    emailHash: hash('email'),
    charges: createCharges({
      rateLimit: given.rateLimit,
      rateLimitEmail: given.rateLimitEmail,
      emailHash: hash('email'),
      addressHash: hash('address'),
      customerHash: hash('customer'),
      random,
    }),
    challenges,
  });
  const app = new Hono<GateEnv>();

  /** The look at the store that is under way; a crowd that asks shares it, and leaves the store to signups. */
  let looking: Promise<boolean> | null = null;

  const crowd = createCrowd(MOST_REQUESTS);
  const stations = [
    requestLog(log, clock),
    guard(tripwire, log),
    dress,
    originGate({
      allowedOrigins: given.allowedOrigins,
      environment,
      refused: (origin) => log('warn', 'origin_refused', { origin: origin.slice(0, 255) }),
    }),
    crowd,
  ];
  app.use(passage(stations, failed));
  app.onError(failed);

  app.get('/v1/session', async (c) => {
    const customer = await identity(c);
    const row = await rowOf(customer);
    return answerJson(c, sessionOf(environment, customer, row, challenges.needed(customer, row)), 200);
  });

  app.get('/v1/challenge', async (c) => {
    const unneeded = new Refusal('not_found', { detail: 'No challenge is needed.' });
    if (challenge === 'nobody') throw unneeded;
    const customer = await identity(c);
    if (!challenges.needed(customer, await rowOf(customer))) throw unneeded;
    return answerJson(c, await challenges.make(customer), 200);
  });

  app.post('/v1/organizations', async (c) => {
    const mayState = c.req.header('authorization') !== undefined || identify !== undefined;
    const form = checkShape(mayState ? signupSchema : openSignupSchema, await readJson(c, crowd));
    const customer = await identity(c);
    const email = customer.email ?? form.email;
    if (email === undefined) throw emailRequired();
    const address = customer.open ? given.clientAddress(c) : null;
    const reply = await available(() =>
      receive({
        identity: customer,
        email,
        businessName: customer.businessName ?? form.businessName ?? null,
        requestId: c.get('requestId'),
        address,
        solved: form.challenge ?? null,
        here: () => !given.isGone(c),
        // A reference that a customer quotes is the signup's, whichever of its requests it comes from.
        about: (requestId) => c.set('requestId', requestId),
      }),
    );
    worker.needed();
    if (reply.reply === 'limited') {
      const limit = policyOf(reply.limit);
      log(limit === 'budget' ? 'warn' : 'debug', 'rate_limited', { requestId: c.get('requestId'), limit });
    }
    return answer(c, reply);
  });

  app.all('/v1/session', () => wrongMethod('GET, HEAD, OPTIONS'));
  app.all('/v1/challenge', () => wrongMethod('GET, HEAD, OPTIONS'));
  app.all('/v1/organizations', () => wrongMethod('POST, OPTIONS'));
  app.all('*', () => {
    throw new Refusal('not_found');
  });

  function failed(error: unknown, c: Context<GateEnv>): Response {
    if (error instanceof Refusal) {
      c.set('code', error.code);
      return problem(error.code, c.get('requestId'), error.extras);
    }
    log('error', 'internal_error', {
      requestId: c.get('requestId'),
      error: errorFrames(error),
      ...(error instanceof IdentifyMistake && { hint: error.message }),
    });
    c.set('code', 'internal_error');
    return problem('internal_error', c.get('requestId'));
  }

  function rowOf({ externalId }: Identity): Promise<Row | null> {
    return available(async () => {
      await work.open();
      return store.find(externalId);
    });
  }

  /** Whether the store can be used. */
  async function look(): Promise<boolean> {
    try {
      await work.open();
      await store.nextDue();
      await store.check();
      return true;
    } catch {
      return false;
    }
  }

  /** A store that fails is 503: nothing was sent to Kelviq, and repeating is safe. */
  async function available<T>(ask: () => Promise<T>): Promise<T> {
    try {
      return await ask();
    } catch (error) {
      log('error', 'store_unavailable', { during: 'request', ...failureFields(error) });
      throw new Refusal('not_available', { retryAfterMs: 5000 });
    }
  }

  return {
    app: app as unknown as Hono,
    start() {
      if (sessionSecrets().length > 0) expectTokens();
      worker.start();
    },
    run: () => worker.run(),
    async stop() {
      await worker.stop();
      if (own) await store.close();
    },
    metrics: async () => [...meter.metrics, ...(await vitals())].map((metric) => metric.text()).join(''),
    async state() {
      const usable = await (looking ??= look().finally(() => (looking = null)));
      return { store: usable ? 'ok' : 'unavailable', partnerKey: kelviq.keyState() };
    },
  };
}

function emailRequired(): Refusal {
  return new Refusal('validation_failed', { errors: [fieldError('email', 'required')] });
}

function wrongMethod(allow: string): never {
  throw new Refusal('method_not_allowed', { headers: { Allow: allow } });
}
