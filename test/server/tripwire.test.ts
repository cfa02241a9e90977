import assert from '../support/assert.ts';
import type { TestContext } from 'node:test';
import { describe, it } from 'node:test';
import { Hono } from 'hono';
import { wear } from '../../proxy/gate.ts';
import { guard } from '../../proxy/guard.ts';
import { createLog, type LogFields } from '../../proxy/log.ts';
import type { OnboardingOptions } from '../../proxy/options.ts';
import { passage, type GateEnv } from '../../proxy/passage.ts';
import { Secret } from '../../proxy/secret.ts';
import { createTripwire, guardedLog, guardedWrite, watching } from '../../proxy/tripwire.ts';
import { wholeJson, written } from '../../proxy/written.ts';
import { created, kelviqAnswer, kelviqSend, openApi, problemOf, signup } from '../support/api.ts';
import { ORIGIN } from '../support/world.ts';

const KEY = 'kvqp_planted/"0123456789';
const WEBHOOK = 'whsec_cGxhbnRlZC13ZWJob29rLXNlY3JldC12YWx1ZQ==';

function armed() {
  const tripwire = createTripwire();
  tripwire.add([new Secret(KEY), new Secret(WEBHOOK)]);
  return tripwire;
}

describe('a tripwire', () => {
  for (const [form, text] of [
    ['plain', `x${KEY}y`],
    ['in JSON', JSON.stringify({ a: KEY })],
    ['in a URL', `https://example.com/?key=${encodeURIComponent(KEY)}`],
    ['in base64', JSON.stringify(Buffer.from(KEY).toString('base64'))],
    ['in base64url', Buffer.from(KEY).toString('base64url')],
    ['as a webhook secret', `{"secret":"${WEBHOOK}"}`],
    ['as the base64 of a webhook secret', WEBHOOK.slice('whsec_'.length)],
  ] as const)
    it(`finds a secret ${form}`, () => assert.equal(armed().holds(text), true));

  it('finds a secret without the line break that its file ends in', () => {
    const tripwire = createTripwire();
    tripwire.add([new Secret(`${KEY}\n`), new Secret(` ${WEBHOOK} `)]);
    for (const text of [KEY, encodeURIComponent(KEY), Buffer.from(KEY).toString('base64'), WEBHOOK])
      assert.equal(tripwire.holds(text), true);
  });

  it('lets other texts pass', () => {
    for (const text of ['', 'kvqp_planted', KEY.slice(0, -1), 'whsec_'])
      assert.equal(armed().holds(text), false);
  });

  it('takes no short word for a secret', () => {
    const tripwire = createTripwire();
    tripwire.add([new Secret('pending')]);
    tripwire.watch(new Secret('pending'));
    assert.equal(tripwire.holds('{"status":"pending"}'), false);
  });

  it('finds the 256 latest server keys, whatever they look like', () => {
    const tripwire = createTripwire();
    for (let number = 0; number < 300; number++) tripwire.watch(new Secret(`sk_test_${number}_planted`));
    assert.equal(tripwire.holds('a sk_test_299_planted b'), true);
    assert.equal(tripwire.holds('a sk_test_44_planted b'), true);
    assert.equal(tripwire.holds('a sk_test_43_planted b'), false);
    assert.equal(tripwire.holds('a task_test_299 b'), false);
    tripwire.watch(new Secret('another-kind-of-key'));
    assert.equal(tripwire.holds('another-kind-of-key'), true);
    assert.equal(tripwire.holds('sk_test_298_planted'), true);
  });

  it('follows a secret that is replaced', () => {
    let key = new Secret('kvqp_the_first_one');
    const tripwire = watching(createTripwire(), () => [key]);
    assert.equal(tripwire.holds('kvqp_the_second_one'), false);
    key = new Secret('kvqp_the_second_one');
    assert.equal(tripwire.holds('kvqp_the_second_one'), true);
    assert.equal(tripwire.holds('kvqp_the_first_one'), true);
  });
});

describe('a guarded log', () => {
  it('writes no line that holds a secret, and says so', () => {
    const lines: string[] = [];
    const log = createLog(
      'debug',
      guardedWrite((line) => void lines.push(line), armed()),
    );
    log('info', 'fine', { code: 'fine' });
    log('info', 'leaking', { hint: KEY });
    assert.equal(lines.length, 2);
    assert.match(lines[0] ?? '', /"event":"fine"/);
    assert.match(lines[1] ?? '', /"level":"error","event":"secret_withheld"/);
    assert.doesNotMatch(lines.join(''), /planted|leaking/);
  });

  it('hands no such line to the log of an app', () => {
    const heard: [string, LogFields][] = [];
    const log = guardedLog((_level, event, fields = {}) => void heard.push([event, fields]), armed());
    log('info', 'fine');
    log('info', 'leaking', { url: `http://localhost/${encodeURIComponent(KEY)}` });
    assert.deepEqual(
      heard.map(([event]) => event),
      ['fine', 'secret_withheld'],
    );
    assert.doesNotMatch(JSON.stringify(heard), /planted/);
  });
});

describe('a guarded app', () => {
  const text = JSON.stringify({ key: KEY });
  for (const [where, answer] of [
    ['a body', () => written(text, { status: 200 })],
    ['a whole answer', () => wholeJson({ key: KEY }, 200, {})],
    ['the head of a whole answer', () => wholeJson({}, 200, { Link: KEY })],
    ['a body that nobody noted', () => new Response(text)],
    ['a body in pieces', () => new Response(new Blob([text.slice(0, 12), text.slice(12)]).stream())],
    [
      'a header',
      () => new Response(null, { status: 204, headers: { Location: `/${encodeURIComponent(KEY)}` } }),
    ],
    ['an error page', () => new Response(text, { status: 502 })],
  ] as const)
    it(`sends no secret in ${where}`, async () => {
      const events: string[] = [];
      const app = new Hono<GateEnv>();
      app.use(passage([guard(armed(), (_level, event) => void events.push(event))]));
      app.use(async (c, next) => {
        c.set('cors', { 'Access-Control-Allow-Origin': ORIGIN });
        await next();
      });
      app.get('/', () => answer());
      const response = await app.request('/');
      assert.equal(response.status, 500);
      assert.equal(response.headers.get('access-control-allow-origin'), ORIGIN);
      assert.equal((await problemOf(response)).code, 'internal_error');
      assert.doesNotMatch(JSON.stringify([...response.headers]), /planted/);
      assert.deepEqual(events, ['secret_withheld']);
    });

  it('sends what holds none as it is', async () => {
    const app = new Hono<GateEnv>();
    app.use(passage([guard(armed(), () => assert.fail('nothing to tell'))]));
    app.get('/', (c) => {
      c.set('requestId', 'req_1');
      c.res = new Response('fine', { status: 201 });
      wear(c);
      return c.res;
    });
    const response = await app.request('/');
    assert.deepEqual([response.status, await response.text()], [201, 'fine']);
  });
});

describe('onboarding, with a leak planted', () => {
  const serverKey = 'sk_test_planted_server_key';

  /** A signup whose answer would hold what Kelviq was made to say. */
  async function leak(
    t: TestContext,
    fields: Record<string, unknown>,
    options: Partial<OnboardingOptions> = {},
  ) {
    const { app } = openApi(t, {
      partnerKey: KEY,
      send: kelviqSend((sent) => {
        const usual = JSON.parse(created(sent).body) as Record<string, unknown>;
        return kelviqAnswer(201, { ...usual, serverKey, ...fields });
      }),
      ...options,
    });
    const response = await app.request('/v1/organizations', signup());
    const text = await response.clone().text();
    assert.doesNotMatch(text, /planted/);
    return response;
  }

  it('answers 201 where there is none', async (t) => {
    assert.equal((await leak(t, {})).status, 201);
  });

  it('withholds a session secret in a public field', async (t) => {
    const session = 'planted session secret of 32 bytes and more';
    const response = await leak(t, { organizationSlug: session }, { sessionSecrets: [session] });
    assert.equal((await problemOf(response)).code, 'internal_error');
  });

  it("withholds another customer's server key", async (t) => {
    let seen = 0;
    const { app } = openApi(t, {
      send: kelviqSend(({ externalId }) => {
        const usual = JSON.parse(created({ externalId }).body) as Record<string, unknown>;
        return kelviqAnswer(
          201,
          seen++ === 0
            ? { ...usual, serverKey }
            : { ...usual, serverKey: 'sk_test_other', organizationSlug: serverKey },
        );
      }),
    });
    assert.equal((await app.request('/v1/organizations', signup())).status, 201);
    const key = { 'idempotency-key': 'BBBBBBBBBBBBBBBBBBBBBB' };
    const body = JSON.stringify({ email: 'other@example.com' });
    const response = await app.request('/v1/organizations', signup(body, key));
    assert.equal(response.status, 500);
    assert.doesNotMatch(await response.text(), /planted/);
    assert.equal(response.headers.get('access-control-allow-origin'), ORIGIN);
  });

  it('lets keys pass that are back in their places', async (t) => {
    let usual: Record<string, unknown> = {};
    const { app } = openApi(t, {
      send: kelviqSend(
        ({ externalId }) => {
          usual = {
            ...JSON.parse(created({ externalId }).body),
            clientKey: 'ck_test_in_its_place',
            serverKey,
          };
          return kelviqAnswer(201, { ...usual, clientKey: serverKey, serverKey: usual['clientKey'] });
        },
        () => kelviqAnswer(200, usual),
      ),
    });
    const response = await app.request('/v1/organizations', signup());
    assert.equal(response.status, 201);
    assert.match(await response.text(), /"clientKey":"ck_test_in_its_place"/);
  });

  const PASSWORD = ':summer2026@';

  /** An app that holds a secret which a person has thought of. */
  function guessed(t: TestContext, options: Partial<OnboardingOptions> = {}) {
    const tripwire = createTripwire();
    tripwire.add([new Secret(PASSWORD)], 'guessable');
    return openApi(t, { tripwire, ...options });
  }

  for (const [form, guess] of [
    ['as it is', PASSWORD],
    ['in a URL', encodeURIComponent(PASSWORD)],
    ['in base64', btoa(PASSWORD)],
  ] as const)
    it(`tells nobody that a guess is right, ${form}`, async (t) => {
      const { app } = guessed(t);
      const body = JSON.stringify({ email: 'owner@example.com', [guess]: 1 });
      const response = await app.request('/v1/organizations', signup(body));
      const { code, errors } = await problemOf(response);
      assert.deepEqual([code, errors?.[0]?.code], ['validation_failed', 'unknown_member']);
    });

  it('sends no key back, whoever sent it', async (t) => {
    const { app } = openApi(t, { partnerKey: KEY });
    const body = JSON.stringify({ email: 'owner@example.com', [btoa(KEY)]: 1 });
    const member = await problemOf(await app.request('/v1/organizations', signup(body)));
    const origin = `https://${btoa(KEY).replace(/=+$/, '')}`;
    const refused = await problemOf(await app.request('/v1/session', { headers: { origin } }));
    assert.deepEqual([member.code, refused.code], ['internal_error', 'internal_error']);
  });

  for (const environment of ['production', 'sandbox'] as const)
    for (const method of ['GET', 'OPTIONS'])
      it(`tells nobody that an origin is right, ${environment} ${method}`, async (t) => {
        const { app } = guessed(t, { environment });
        const ask = async (secret: string) => {
          const origin = `https://${btoa(secret).replace(/=+$/, '')}`;
          const headers = { origin, 'access-control-request-method': 'GET' };
          const { status } = await app.request('/v1/session', { method, headers });
          return status;
        };
        assert.equal(await ask(PASSWORD), await ask(PASSWORD.toUpperCase()));
      });

  it('withholds what the app of the partner states', async (t) => {
    const { app } = openApi(t, {
      partnerKey: KEY,
      identify: () => ({ externalId: 'c1', businessName: KEY }),
    });
    const response = await app.request('/v1/session', { headers: { origin: ORIGIN } });
    assert.equal((await problemOf(response)).code, 'internal_error');
  });

  it('withholds a line from the log', async (t) => {
    const heard: unknown[] = [];
    const { app } = openApi(t, {
      partnerKey: KEY,
      log: (...line) => void heard.push(line),
    });
    await app.request('/v1/session', { headers: { origin: KEY } });
    assert.match(JSON.stringify(heard), /secret_withheld/);
    assert.doesNotMatch(JSON.stringify(heard), /planted/);
  });
});
