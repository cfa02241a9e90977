/**
 * What `createOnboarding` has to do on every runtime. It runs there, in a process of its own, on the
 * installed package and a real SQLite file, and knows nothing of the runtime: one line of JSON a check,
 * `{ name, error }`. Sandbox, receiver and a server that redirects are given in `SUITE`.
 */
import { createSessionToken } from 'kelviq-onboarding/backend';
import { createOnboarding, webhook, type OnboardingOptions } from 'kelviq-onboarding/proxy';

/** What the suite is given. */
export type Given = {
  partnerKey: string;
  baseUrl: string;
  /** A server that answers every request with a redirect. */
  redirectingUrl: string;
  /** An address where nobody listens. */
  closedUrl: string;
  receiverUrl: string;
  webhookSecret: string;
};

type Answer = { status: number; type: string | null; body: Record<string, unknown> };

const ORIGIN = 'https://app.example.com';
const SESSION_SECRET = '0123456789abcdef0123456789abcdef';
const given = JSON.parse(
  (globalThis as unknown as { process: { env: Record<string, string> } }).process.env['SUITE'] ?? '{}',
) as Given;

function open(store: string, options: Partial<OnboardingOptions> = {}) {
  const onboarding = createOnboarding({
    partnerKey: given.partnerKey,
    baseUrl: given.baseUrl,
    allowedOrigins: [ORIGIN],
    store: `sqlite:./${store}.db`,
    sessionSecrets: [SESSION_SECRET],
    openSignup: true,
    challenge: 'nobody',
    rateLimit: null,
    rateLimitEmail: null,
    deliver: webhook({ url: given.receiverUrl, secrets: [given.webhookSecret] }),
    ...options,
  });
  const ask = async (path: string, headers: Record<string, string>, body?: unknown): Promise<Answer> => {
    const response = await onboarding.app.request(path, {
      headers: {
        origin: ORIGIN,
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body !== undefined && {
        method: 'POST',
        body: typeof body === 'string' ? body : JSON.stringify(body),
      }),
    });
    return {
      status: response.status,
      type: response.headers.get('content-type'),
      body: (await response.json()) as Answer['body'],
    };
  };
  return {
    ...onboarding,
    session: (headers: Record<string, string>) => ask('/v1/session', headers),
    signUp: (headers: Record<string, string>, body: unknown) => ask('/v1/organizations', headers, body),
  };
}

const bearer = async (externalId: string, email?: string) => ({
  authorization: `Bearer ${await createSessionToken({ secret: SESSION_SECRET, externalId, ...(email && { email }) })}`,
});
const stranger = (name: string) => ({ 'idempotency-key': name.padEnd(22, '0') });

function same(actual: unknown, expected: unknown): void {
  const [one, other] = [actual, expected].map((value) => JSON.stringify(value));
  if (one !== other) throw new Error(`${one} is not ${other}`);
}

/** Asks until the answer is as wanted; rejects with the last one after 20 seconds. */
async function until(ask: () => Promise<Answer>, isWanted: (answer: Answer) => boolean): Promise<Answer> {
  const end = Date.now() + 20_000;
  for (;;) {
    const answer = await ask();
    if (isWanted(answer)) return answer;
    if (Date.now() > end) throw new Error(`still ${JSON.stringify(answer)}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

const isDelivered = ({ body }: Answer) =>
  (body['organization'] as { delivery?: string } | null)?.delivery === 'delivered';
const refusal = ({ status, type, body }: Answer) => [status, type, body['code']];
const problem = (status: number, code: string) => [status, 'application/problem+json', code];

const checks: Record<string, () => Promise<void>> = {
  async 'signs a customer up, delivers, and remembers it after a restart'() {
    const first = open('restart');
    first.start();
    const customer = await bearer('conform-1');
    const email = 'first@example.com';
    const created = await first.signUp(customer, { email, businessName: 'Bäckerei' });
    same([created.status, created.body['externalId']], [201, 'conform-1']);
    same(/serverKey|sk_/.test(JSON.stringify(created.body)), false);
    same((await first.signUp(customer, { email })).status, 200);
    await until(() => first.session(customer), isDelivered);
    await first.stop();
    const second = open('restart');
    same(isDelivered(await second.session(customer)), true);
    same((await second.signUp(customer, { email })).status, 200);
    await second.stop();
  },

  async 'knows customers by token and by key'() {
    const onboarding = open('identity');
    const stated = await onboarding.session(await bearer('conform-2', 'stated@example.com'));
    same([stated.status, stated.body['email']], [200, 'stated@example.com']);
    const token = (await bearer('conform-2')).authorization;
    same(refusal(await onboarding.session({ authorization: `${token}x` })), problem(401, 'session_invalid'));
    same(refusal(await onboarding.session({})), problem(401, 'identity_required'));
    const made = await onboarding.signUp(stranger('stranger'), { email: 'open@example.com' });
    same([made.status, /^ks_[\w-]{22}$/.test(String(made.body['externalId']))], [201, true]);
    await onboarding.stop();
  },

  async 'refuses what it has to'() {
    const onboarding = open('refusals');
    const customer = stranger('refused');
    const email = 'refused@example.com';
    const elsewhere = { ...customer, origin: 'https://elsewhere.example' };
    same(refusal(await onboarding.signUp(elsewhere, { email })), problem(403, 'origin_not_allowed'));
    same(refusal(await onboarding.signUp(customer, '{')), problem(400, 'malformed_request'));
    same(refusal(await onboarding.signUp(customer, { email, role: 1 })), problem(422, 'validation_failed'));
    same(
      refusal(await onboarding.signUp(customer, { email: 'x'.repeat(9000) })),
      problem(413, 'body_too_large'),
    );
    const taken = await onboarding.signUp(customer, { email: 'taken@example.com' });
    same(refusal(taken), problem(409, 'email_taken'));
    await onboarding.stop();
  },

  async 'reads an answer again that was lost'() {
    const onboarding = open('lost');
    onboarding.start();
    const customer = await bearer('conform-lost');
    const answer = await until(
      () => onboarding.signUp(customer, { email: 'lost@example.com' }),
      ({ status }) => status !== 202,
    );
    same([answer.status < 202, answer.body['externalId']], [true, 'conform-lost']);
    await onboarding.stop();
  },

  async 'creates one organization for twenty requests at once'() {
    const onboarding = open('twenty');
    const customer = await bearer('conform-20');
    const ask = () => onboarding.signUp(customer, { email: 'twenty@example.com' });
    const answers = await Promise.all(Array.from({ length: 20 }, ask));
    same(answers.filter(({ status }) => status === 201).length, 1);
    same(answers.filter(({ status }) => status > 202).length, 0);
    await onboarding.stop();
  },

  async 'keeps the partner key to itself when it is redirected'() {
    const onboarding = open('redirected', { baseUrl: given.redirectingUrl });
    const answer = await onboarding.signUp(stranger('redirected'), { email: 'redirected@example.com' });
    same(
      [answer.status === 202 || answer.status >= 500, JSON.stringify(answer).includes(given.partnerKey)],
      [true, false],
    );
    await onboarding.stop();
  },

  async 'leaves nothing behind where nothing was sent'() {
    const onboarding = open('closed', { baseUrl: given.closedUrl });
    const customer = stranger('closed');
    same(
      refusal(await onboarding.signUp(customer, { email: 'c@example.com' })),
      problem(503, 'not_available'),
    );
    const { body } = await onboarding.session(customer);
    same([body['pending'], body['organization']], [false, null]);
    await onboarding.stop();
  },
};

for (const [name, check] of Object.entries(checks)) {
  const error = await check().then(
    () => null,
    (reason: unknown) => (reason instanceof Error ? (reason.stack ?? reason.message) : String(reason)),
  );
  console.log(JSON.stringify({ name, error }));
}
