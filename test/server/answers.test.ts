import assert from '../support/assert.ts';
import { EventEmitter, once } from 'node:events';
import { describe, it } from 'node:test';
import type { Problem } from '../../proxy/contract.ts';
import { created, kelviqAnswer, kelviqSend, openApi, problemOf, signup } from '../support/api.ts';
import { ORIGIN, world } from '../support/world.ts';

describe('429 rate_limited', () => {
  const limit = { attempts: 1, windowMs: 600_000 };
  const other = { 'idempotency-key': 'B'.repeat(22) };
  const body = JSON.stringify({ email: 'other@example.com' });

  for (const [policy, options, again] of [
    ['email', { rateLimitEmail: limit }, signup(undefined, other)],
    ['address', { rateLimit: limit, clientAddress: () => '192.0.2.1' }, signup(body, other)],
  ] as const) {
    it(`says when to come back (${policy})`, async (t) => {
      const { app } = openApi(t, options);
      assert.equal((await app.request('/v1/organizations', signup())).status, 201);
      const response = await app.request('/v1/organizations', again);
      assert.equal((await problemOf(response)).code, 'rate_limited');
      assert.equal(response.headers.get('retry-after'), '600');
      assert.equal(response.headers.get('ratelimit'), `"${policy}";r=0;t=600`);
      assert.equal((await app.request('/v1/organizations', signup())).status, 200);
    });
  }

  it('counts no address of a customer who is known', async (t) => {
    const { app } = openApi(t, {
      rateLimit: limit,
      rateLimitEmail: null,
      clientAddress: () => '192.0.2.1',
      identify: (c) => ({ externalId: c.req.header('x-customer') ?? '' }),
    });
    for (const customer of ['a', 'b'])
      assert.equal(
        (await app.request('/v1/organizations', signup(undefined, { 'x-customer': customer }))).status,
        201,
      );
  });
});

describe('503 overloaded', () => {
  it('turns away the 4,097th request, and any page may read it', async (t) => {
    const arrivals = new EventEmitter();
    const full = once(arrivals, 'full');
    let waiting = 0;
    const released = once(arrivals, 'release');
    const identify = async () => {
      if (++waiting === 4096) arrivals.emit('full');
      await released;
      return { externalId: 'c1' };
    };
    const { app } = openApi(t, { identify });
    const get = async () => app.request('/v1/session', { headers: { origin: ORIGIN } });
    const crowd = Array.from({ length: 4096 }, get);
    await full;
    const response = await get();
    assert.equal((await problemOf(response)).code, 'overloaded');
    assert.equal(response.headers.get('retry-after'), '2');
    assert.equal(response.headers.get('access-control-allow-origin'), ORIGIN);
    arrivals.emit('release');
    for (const { status } of await Promise.all(crowd)) assert.equal(status, 200);
    assert.equal((await get()).status, 200);
  });

  it('comes to who has been sending a body the longest', async (t) => {
    const arrivals = new EventEmitter();
    const full = once(arrivals, 'full');
    const { app } = openApi(t);
    const ends: (() => void)[] = [];
    const answered: number[] = [];
    const slow = async (number: number) => {
      const body = new ReadableStream({
        start: (controller) => void (ends[number] = () => controller.close()),
        pull: () => void (number === 4095 && arrivals.emit('full')),
      });
      // With a length, as it comes from a page, and without one.
      const headers = number % 2 === 0 ? { 'content-length': '100' } : {};
      const init = { ...signup(body, headers), duplex: 'half' } as RequestInit;
      const { status } = await app.request('/v1/organizations', init);
      answered.push(number);
      return status;
    };
    const crowd = Array.from({ length: 4096 }, (_, number) => slow(number));
    await full;
    assert.equal((await app.request('/v1/organizations', signup())).status, 201);
    assert.equal((await app.request('/v1/organizations', signup())).status, 200);
    assert.deepEqual([answered, await crowd[0]], [[0], 503]);
    for (const end of ends) end();
    assert.deepEqual(new Set(await Promise.all(crowd.slice(1))), new Set([400]));
  });

  it('turns away what is too much, and asks again later', async (t) => {
    const arrivals = new EventEmitter();
    const full = once(arrivals, 'full');
    let sent = 0;
    const send = kelviqSend((asked) => {
      if (++sent === 2001) arrivals.emit('full');
      return sent === 1 ? created(asked) : new Promise(() => undefined);
    });
    const { app, clock } = openApi(t, { send, rateLimit: null, rateLimitEmail: null });
    const post = (n: number) =>
      app.request('/v1/organizations', signup(undefined, { 'idempotency-key': String(n).padStart(22, '0') }));
    assert.equal((await post(0)).status, 201);
    await clock.settle();
    for (let n = 1; n <= 2000; n++) void post(n);
    await full;
    const response = await post(2001);
    assert.equal((await problemOf(response)).code, 'overloaded');
    assert.equal(response.headers.get('retry-after'), '2');
    assert.equal((await post(0)).status, 200, 'who is known is answered');
  });
});

describe('202', () => {
  it('comes after 8 s without an outcome', async (t) => {
    const { app, clock } = openApi(t, { send: kelviqSend(() => new Promise(() => undefined)) });
    const begun = clock.now();
    const response = await clock.run(Promise.resolve(app.request('/v1/organizations', signup())));
    assert.deepEqual([response.status, await response.json()], [202, { status: 'pending' }]);
    assert.equal(response.headers.get('retry-after'), '2');
    assert.equal(clock.now() - begun, 8000);
  });
});

describe('201', () => {
  it('holds what is public, and 200 the same later', async (t) => {
    const { app } = openApi(t);
    const first = await app.request('/v1/organizations', signup());
    const organization = (await first.json()) as { externalId: string };
    const { externalId } = organization;
    const expected = JSON.parse(created({ externalId }).body) as Record<string, unknown>;
    assert.deepEqual(
      [first.status, organization],
      [
        201,
        {
          externalId,
          organizationIdentifier: expected['organizationIdentifier'],
          organizationSlug: 'acme',
          clientKey: 'ck_test_1',
          delivery: 'pending',
        },
      ],
    );
    assert.equal((await app.request('/v1/organizations', signup())).status, 200);
  });
});

describe('the reference', () => {
  const other = JSON.stringify({ email: 'other@example.com' });

  it('is that of the signup, whoever asks again', async (t) => {
    const { clock, open, sandbox } = await world(t);
    const proxy = await open();
    // Refused, not to be had, in hand, and there.
    for (const [customer, steps] of [
      ['refused', ['taken']],
      ['key', ['unauthorized', 'unauthorized', 'unauthorized']],
      ['slow', [{ delayMs: 12_000 }]],
      ['made', []],
    ] as const) {
      sandbox.script({ method: 'POST' }, [...steps]);
      const references = new Set<string>();
      for (let time = 0; time < 3; time++) {
        const reply = await clock.run(proxy.post(customer, 'owner@example.com'));
        references.add(reply.headers.get('x-request-id') ?? '');
        if (reply.status >= 400) references.add(String(reply.body['requestId']));
        await clock.advance(1000);
      }
      assert.deepEqual([...references], [(await proxy.row(customer)).requestId], customer);
      await clock.advance(120_000);
    }
  });

  it('is a new one for another attempt and for what opens none', async (t) => {
    const limit = { attempts: 2, windowMs: 600_000 };
    const { app } = openApi(t, {
      rateLimit: limit,
      clientAddress: () => '192.0.2.1',
      send: kelviqSend(() => kelviqAnswer(409)),
    });
    const refusals = [signup(), signup(other), signup(), signup()];
    const seen: Problem[] = [];
    for (const init of refusals) seen.push(await problemOf(await app.request('/v1/organizations', init)));
    assert.deepEqual(
      seen.map(({ code }) => code),
      ['email_taken', 'email_taken', 'rate_limited', 'rate_limited'],
    );
    assert.equal(new Set(seen.map(({ requestId }) => requestId)).size, 4);
  });
});
