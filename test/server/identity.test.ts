import assert from '../support/assert.ts';
import { createHash } from 'node:crypto';
import { EventEmitter, once } from 'node:events';
import { describe, it, type TestContext } from 'node:test';
import type { DeliveryEvent } from '../../proxy/contract.ts';
import type { Identified } from '../../proxy/identity.ts';
import type { Log } from '../../proxy/log.ts';
import type { OnboardingOptions } from '../../proxy/options.ts';
import { IDEMPOTENCY_KEY, created, kelviqSend, openApi, problemOf, signup } from '../support/api.ts';
import { NOW_S, SESSION_SECRET, sessionToken } from '../support/session-token.ts';
import { ORIGIN } from '../support/world.ts';

const NEWER_SECRET = 'another-secret-of-32-bytes-and-more';
const HOUR_S = 3600;

const identify = () => ({ externalId: 'by-app' });

/** Reads the session with these headers: what it states, or the code of the refusal. */
async function session(
  t: TestContext,
  headers: Record<string, string>,
  options: Partial<OnboardingOptions> = {},
): Promise<unknown> {
  const { app } = openApi(t, { sessionSecrets: [SESSION_SECRET], ...options });
  const response = await app.request('/v1/session', { headers });
  if (!response.ok) return (await problemOf(response)).code;
  const { email, businessName } = (await response.json()) as Record<string, unknown>;
  return { email, businessName };
}

const bearer = (token: string, headers: Record<string, string> = {}) => ({
  authorization: `Bearer ${token}`,
  ...headers,
});

/** Signs up and gives the externalId that came of it. */
async function externalIdOf(
  t: TestContext,
  headers: Record<string, string>,
  options: Partial<OnboardingOptions> = {},
): Promise<string> {
  const { app } = openApi(t, { sessionSecrets: [SESSION_SECRET], ...options });
  const response = await app.request('/v1/organizations', signup(undefined, headers));
  assert.equal(response.status, 201);
  return ((await response.json()) as { externalId: string }).externalId;
}

describe('a session token', () => {
  it('names the customer and states e-mail and name', async (t) => {
    const claims = { email: ' owner@example.com ', business_name: 'Acme' };
    const stated = await session(t, bearer(sessionToken(claims)));
    assert.deepEqual(stated, { email: 'owner@example.com', businessName: 'Acme' });
    assert.equal(await externalIdOf(t, bearer(sessionToken())), 'customer-42');
  });

  it('wins over the form', async (t) => {
    const deliveries = new EventEmitter();
    const delivered = once(deliveries, 'event') as Promise<[DeliveryEvent]>;
    const deliver = async (event: DeliveryEvent) => void deliveries.emit('event', event);
    const { app } = openApi(t, { sessionSecrets: [SESSION_SECRET], deliver });
    const token = sessionToken({ email: 'stated@example.com', business_name: 'Stated' });
    const typed = JSON.stringify({ email: 'typed@example.com', businessName: 'Typed' });
    assert.equal((await app.request('/v1/organizations', signup(typed, bearer(token)))).status, 201);
    const [{ data }] = await delivered;
    assert.deepEqual([data.email, data.businessName], ['stated@example.com', 'Stated']);
  });

  it('lets the form leave out the e-mail it states', async (t) => {
    const { app } = openApi(t, { sessionSecrets: [SESSION_SECRET] });
    const stating = bearer(sessionToken({ email: 'stated@example.com' }));
    assert.equal((await app.request('/v1/organizations', signup('{}', stating))).status, 201);
    const silent = bearer(sessionToken({ sub: 'another' }));
    const refused = await problemOf(await app.request('/v1/organizations', signup('{}', silent)));
    assert.deepEqual([refused.code, refused.errors?.[0]?.code], ['validation_failed', 'required']);
  });

  const wrong: Record<string, string> = {
    'unsigned (alg none)': sessionToken({}, { header: { alg: 'none' } }),
    'unsigned (alg None)': sessionToken({}, { header: { alg: 'None' } }),
    'unsigned, with no third part': sessionToken({}, { header: { alg: 'none' } }).replace(/[^.]*$/, ''),
    'of no algorithm': sessionToken({}, { header: { typ: 'JWT' } }),
    'signed with HS384': sessionToken({}, { header: { alg: 'HS384' } }),
    'signed with HS512': sessionToken({}, { header: { alg: 'HS512' } }),
    'said to be RS256': sessionToken({}, { header: { alg: 'RS256' } }),
    'critical in what nobody knows': sessionToken({}, { header: { alg: 'HS256', crit: ['x'], x: 1 } }),
    'said to be ES256, with a key of its own': sessionToken(
      {},
      { header: { alg: 'ES256', jwk: { kty: 'oct', k: 'AA' } } },
    ),
    unencoded: sessionToken({}, { header: { alg: 'HS256', b64: false, crit: ['b64'] } }),
    'signed with the empty secret': sessionToken({}, { secret: '' }),
    'signed with another secret': sessionToken({}, { secret: NEWER_SECRET }),
    'for another audience': sessionToken({ aud: 'another' }),
    'for no audience': sessionToken({ aud: undefined }),
    'without end': sessionToken({ exp: undefined }),
    'with an end in words': sessionToken({ exp: String(NOW_S + 60) }),
    'with no end in sight': sessionToken({ exp: 1e300 }),
    'with an end of null': sessionToken({ exp: null }),
    'too long-lived': sessionToken({ exp: NOW_S + HOUR_S + 31 }),
    'issued in the future': sessionToken({ iat: NOW_S + 31 }),
    'issued in words': sessionToken({ iat: 'now' }),
    'not valid yet': sessionToken({ nbf: NOW_S + 31 }),
    'not valid before a word': sessionToken({ nbf: 'now' }),
    'without a customer': sessionToken({ sub: undefined }),
    'for a number': sessionToken({ sub: 42 }),
    'for an empty customer': sessionToken({ sub: '' }),
    'for a customer of 129 characters': sessionToken({ sub: 'a'.repeat(129) }),
    'for a customer of the proxy itself': sessionToken({ sub: `ks_${'a'.repeat(22)}` }),
    'for a climbing customer': sessionToken({ sub: '../acme' }),
    'for a customer with a slash': sessionToken({ sub: 'a/b' }),
    'for a customer with a line feed': sessionToken({ sub: 'acme\n' }),
    'with an e-mail that is none': sessionToken({ email: 'nobody' }),
    'with an e-mail of a list': sessionToken({ email: ['a@b.example'] }),
    'with too long a name': sessionToken({ business_name: 'a'.repeat(201) }),
    'with an origin of a list': sessionToken({ origin: [ORIGIN] }),
    'larger than 4 KiB': sessionToken({ filler: 'a'.repeat(4096) }),
    'cut off': sessionToken().slice(0, -1),
    'of two parts': sessionToken().split('.').slice(0, 2).join('.'),
    'no token': 'hello',
    empty: '',
  };
  for (const [how, token] of Object.entries(wrong)) {
    it(`does not hold when it is ${how}`, async (t) => {
      assert.equal(await session(t, bearer(token)), 'session_invalid');
    });
  }

  for (const [claim, token] of [
    ['email', sessionToken({ email: 'a@b' })],
    ['business_name', sessionToken({ business_name: 'a'.repeat(201) })],
    ['sub', sessionToken({ sub: 'a/b' })],
  ] as const)
    it(`is refused with a word on ${claim}`, async (t) => {
      const { app } = openApi(t, { sessionSecrets: [SESSION_SECRET] });
      const answer = await app.request('/v1/session', { headers: bearer(token) });
      assert.match(
        (await problemOf(answer)).detail,
        new RegExp(`\\b${claim} of the session token|, ${claim} `),
      );
    });

  for (const authorization of ['Bearer', sessionToken(), `Bearer ${sessionToken()} x`]) {
    it(`is not what begins ${authorization.slice(0, 12)}`, async (t) => {
      assert.equal(await session(t, { authorization }), 'session_invalid');
    });
  }

  for (const [what, claims] of [
    ['within the skew after its end', { exp: NOW_S - 29 }],
    ['of an hour and the skew', { exp: NOW_S + HOUR_S + 30 }],
    ['issued within the skew ahead', { iat: NOW_S + 30 }],
    ['for several audiences', { aud: ['another', 'kelviq-onboarding'] }],
    ['for a customer of 128 characters', { sub: 'a'.repeat(128) }],
    ['with every character an id may have', { sub: 'A9._~:@+=|-z' }],
    ['of the page that asks', { origin: ORIGIN }],
  ] as const) {
    it(`holds ${what}`, async (t) => {
      const stated = await session(t, bearer(sessionToken(claims), { origin: ORIGIN }));
      assert.deepEqual(stated, { email: null, businessName: null });
    });
  }

  for (const ago of [30, 31, 86_400]) {
    it(`has expired ${ago} s after its end`, async (t) => {
      assert.equal(await session(t, bearer(sessionToken({ exp: NOW_S - ago }))), 'session_expired');
    });
  }

  it('is not said to have expired when it is forged', async (t) => {
    const forged = sessionToken({ exp: NOW_S - 60 }, { secret: NEWER_SECRET });
    assert.equal(await session(t, bearer(forged)), 'session_invalid');
  });

  it('sent a hundred times at once and again sends one POST', async (t) => {
    let posts = 0;
    const { app } = openApi(t, {
      sessionSecrets: [SESSION_SECRET],
      rateLimitEmail: { attempts: 1, windowMs: 60_000 },
      send: kelviqSend((sent) => {
        posts++;
        return created(sent);
      }),
    });
    const post = async () => {
      const response = await app.request('/v1/organizations', signup(undefined, bearer(sessionToken())));
      return response.status;
    };
    const crowd = await Promise.all(Array.from({ length: 100 }, post));
    assert.equal(crowd.filter((status) => status === 201).length, 1);
    assert.equal(crowd.filter((status) => status === 200).length, 99);
    for (let turn = 0; turn < 100; turn++) assert.equal(await post(), 200);
    assert.equal(posts, 1);
  });

  it('is refused on another page than its own', async (t) => {
    const token = sessionToken({ origin: 'https://b.example' });
    assert.equal(await session(t, bearer(token, { origin: ORIGIN })), 'origin_not_allowed');
  });

  it('holds by any of several secrets', async (t) => {
    const options = { sessionSecrets: [SESSION_SECRET, NEWER_SECRET] };
    for (const secret of options.sessionSecrets) {
      assert.deepEqual(await session(t, bearer(sessionToken({}, { secret })), options), {
        email: null,
        businessName: null,
      });
      const old = sessionToken({ exp: NOW_S - 60 }, { secret });
      assert.equal(await session(t, bearer(old), options), 'session_expired');
      const other = sessionToken({ aud: 'another' }, { secret });
      assert.equal(await session(t, bearer(other), options), 'session_invalid');
    }
    const unknown = sessionToken({}, { secret: `${SESSION_SECRET}x` });
    assert.equal(await session(t, bearer(unknown), options), 'session_invalid');
  });

  it('is what counts beside a key and an app that knows', async (t) => {
    const both = bearer(sessionToken(), { 'idempotency-key': IDEMPOTENCY_KEY });
    assert.equal(await externalIdOf(t, both), 'customer-42');
    assert.equal(await externalIdOf(t, both, { identify }), 'customer-42');
    assert.equal(await session(t, { ...both, authorization: 'Bearer x.y.z' }), 'session_invalid');
  });
});

describe('credentials that are no bearer', () => {
  for (const authorization of ['Basic YTpi', 'Negotiate YII=', 'AWS4-HMAC-SHA256 Credential=a/b']) {
    it(`count for nothing: ${authorization.slice(0, 12)}`, async (t) => {
      const key = { authorization, 'idempotency-key': IDEMPOTENCY_KEY };
      assert.equal(await externalIdOf(t, key, { identify }), 'by-app');
      assert.match(await externalIdOf(t, key), /^ks_/);
      assert.equal(await session(t, { authorization }), 'identity_required');
      assert.equal(await session(t, key, { openSignup: false }), 'session_required');
    });
  }
});

describe('an Idempotency-Key', () => {
  for (const key of ['A'.repeat(22), '_-09azAZ'.repeat(16)]) {
    it(`of ${key.length} characters is a customer`, async (t) => {
      const digest = createHash('sha256').update(key).digest('base64url');
      const externalId = await externalIdOf(t, { 'idempotency-key': key });
      assert.equal(externalId, `ks_${digest.slice(0, 22)}`);
    });
  }

  for (const [what, key] of [
    ['of 21 characters', 'A'.repeat(21)],
    ['of 129 characters', 'A'.repeat(129)],
    ['with padding', `${'A'.repeat(22)}==`],
    ['with a dot', `${'A'.repeat(22)}.`],
    ['in quotes', `"${'A'.repeat(22)}"`],
    ['sent twice', `${'A'.repeat(22)}, ${'B'.repeat(22)}`],
    ['with an umlaut', `${'A'.repeat(22)}\u00e4`],
  ] as const) {
    it(`${what} is none`, async (t) => {
      assert.equal(await session(t, { 'idempotency-key': key }), 'identity_required');
    });
  }

  it('counts in open sign-up alone', async (t) => {
    const key = { 'idempotency-key': IDEMPOTENCY_KEY };
    assert.equal(await session(t, key, { openSignup: false }), 'session_required');
    assert.equal(await externalIdOf(t, key, { identify }), 'by-app');
  });
});

describe('identify()', () => {
  for (const [what, identified, expected] of [
    ['null', null, 'session_required'],
    ['an id alone', { externalId: 'c1' }, { email: null, businessName: null }],
    [
      'all it may say',
      { externalId: 'c1', email: ' a@b.example', businessName: 'Acme' },
      { email: 'a@b.example', businessName: 'Acme' },
    ],
    ['an empty id', { externalId: '' }, 'internal_error'],
    ['an id of the proxy itself', { externalId: 'ks_1' }, 'internal_error'],
    ['a climbing id', { externalId: '..' }, 'internal_error'],
    ['an e-mail that is none', { externalId: 'c1', email: 'nobody' }, 'internal_error'],
    ['undefined', undefined as unknown as null, 'session_required'],
    ['a number as id', { externalId: 42 as unknown as string }, 'internal_error'],
  ] as [string, Identified | null, unknown][]) {
    it(`may say ${what}`, async (t) => {
      for (const app of [() => identified, async () => identified])
        assert.deepEqual(await session(t, {}, { identify: app }), expected);
    });
  }

  it('is told by the log what it did wrong, and nothing of whom', async (t) => {
    const lines: string[] = [];
    for (const [identified, word] of [
      [{ externalId: 'customer/7' }, 'externalId is a string: 1 to 128'],
      [{ externalId: 'customer-7', businessName: 'a\nb' }, 'businessName one line'],
    ] as const) {
      const log: Log = (_, event, fields) => void lines.push(JSON.stringify({ event, ...fields }));
      assert.equal(await session(t, {}, { identify: () => identified, log }), 'internal_error');
      const line = lines.find((one) => one.includes('"internal_error","requestId"')) ?? assert.fail();
      assert.match(line, new RegExp(`"hint":"identify\\(\\): .*${word}`));
      assert.doesNotMatch(lines.splice(0).join(''), /customer|a\\n/);
    }
  });

  it('is a defect when it throws, whatever it throws', async (t) => {
    for (const thrown of [new Error('x'), 'a string', null]) {
      const app = (): never => {
        throw thrown;
      };
      assert.equal(await session(t, {}, { identify: app }), 'internal_error');
    }
  });
});
