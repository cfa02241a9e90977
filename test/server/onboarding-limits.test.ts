import assert from '../support/assert.ts';
import { randomBytes } from 'node:crypto';
import type { TestContext } from 'node:test';
import { describe, it } from 'node:test';
import type { OnboardingOptions } from '../../proxy/options.ts';
import { byHeader, world, type Proxy, type World } from '../support/world.ts';

const MINUTE = 60_000;
const limits: Partial<OnboardingOptions> = {
  openSignup: true,
  rateLimit: { attempts: 10, windowMs: 10 * MINUTE },
  rateLimitEmail: { attempts: 5, windowMs: 60 * MINUTE },
  clientAddress: (c) => c.req.header('x-address') ?? null,
};

type Visitors = World & { proxy: Proxy; visit: Visit };
type Visit = (email: string, address?: string, key?: string) => ReturnType<Proxy['post']>;

const visits =
  (proxy: Proxy): Visit =>
  (email, address = '192.0.2.1', key = randomBytes(16).toString('base64url')) =>
    proxy.post('', email, { headers: { 'idempotency-key': key, 'x-address': address } });

async function openSignup(t: TestContext): Promise<Visitors> {
  const around = await world(t);
  const proxy = await around.open(limits);
  return { ...around, proxy, visit: visits(proxy) };
}

describe('the limit of an address', () => {
  it('is 10 new signups in 10 minutes', async (t) => {
    const { visit, clock, posts } = await openSignup(t);
    for (let turn = 0; turn < 10; turn++) assert.equal((await visit(`c${turn}@example.com`)).status, 201);
    await clock.advance(4 * MINUTE);
    const refused = await visit('c10@example.com');
    assert.deepEqual([refused.status, refused.body.code], [429, 'rate_limited']);
    assert.equal(refused.headers.get('retry-after'), '360');
    assert.equal(refused.headers.get('ratelimit'), '"address";r=0;t=360');
    assert.equal(refused.headers.get('ratelimit-policy'), '"address";q=10;w=600');
    assert.equal(posts(), 10);
    assert.equal((await visit('c10@example.com', '192.0.2.2')).status, 201);
    await clock.advance(6 * MINUTE);
    assert.equal((await visit('c11@example.com')).status, 201);
  });

  it('is charged for no poll and for one correction', async (t) => {
    const { visit, sandbox, clock, posts } = await openSignup(t);
    const key = randomBytes(16).toString('base64url');
    sandbox.state.users.add('taken@example.com');
    for (let turn = 0; turn < 30; turn++)
      assert.equal((await visit('taken@example.com', '192.0.2.1', key)).status, 409);
    assert.equal((await visit('owner@example.com', '192.0.2.1', key)).status, 201);
    for (let turn = 0; turn < 30; turn++)
      assert.equal((await visit('owner@example.com', '192.0.2.1', key)).status, 200);
    await clock.settle();
    for (let turn = 0; turn < 8; turn++) assert.equal((await visit(`c${turn}@example.com`)).status, 201);
    assert.equal((await visit('c8@example.com')).status, 429);
    assert.equal(posts(), 10);
  });

  it('is one for all addresses of an IPv6 subscriber', async (t) => {
    const { visit } = await openSignup(t);
    for (let turn = 0; turn < 10; turn++) await visit(`c${turn}@example.com`, `2001:db8::${turn}`);
    assert.equal((await visit('c10@example.com', '2001:db8::ffff:1')).status, 429);
    assert.equal((await visit('c10@example.com', '2001:db8:0:1::1')).status, 201);
  });

  it('does not count where the partner says who it is', async (t) => {
    const { open } = await world(t);
    const proxy = await open({ ...limits, identify: byHeader });
    for (let turn = 0; turn < 12; turn++) {
      const headers = { 'x-address': '192.0.2.1' };
      assert.equal((await proxy.post(`c${turn}`, `c${turn}@example.com`, { headers })).status, 201);
    }
  });

  it('outlives the process', async (t) => {
    const { visit, open, proxy, clock } = await openSignup(t);
    for (let turn = 0; turn < 10; turn++) await visit(`c${turn}@example.com`);
    await clock.settle();
    await proxy.stop();
    await proxy.store.close();
    const again = await open(limits);
    assert.equal((await visits(again)('c10@example.com')).status, 429);
    assert.equal((await visits(again)('c10@example.com', '192.0.2.9')).status, 201);
  });
});

describe('the limit of a customer whom the partner knows', () => {
  it('is 10 e-mails in 10 minutes, from anywhere', async (t) => {
    const { open, sandbox, clock, posts } = await world(t);
    const proxy = await open({
      ...limits,
      // What strangers may do is nothing to them.
      rateLimit: { attempts: 1, windowMs: MINUTE },
      identify: byHeader,
    });
    const probe = (turn: number, customer = 'c1') => {
      sandbox.state.users.add(`person${turn}@example.com`);
      const headers = { 'x-address': `192.0.2.${turn}` };
      return proxy.post(customer, `person${turn}@example.com`, { headers });
    };
    for (let turn = 0; turn < 10; turn++) assert.equal((await probe(turn)).status, 409);
    assert.equal((await probe(9)).status, 409);
    const limited = await probe(10);
    assert.deepEqual([limited.status, limited.body.code], [429, 'rate_limited']);
    assert.equal(limited.headers.get('ratelimit'), '"customer";r=0;t=600');
    assert.equal(posts(), 10);
    assert.equal((await probe(11, 'c2')).status, 409);
    await clock.advance(10 * MINUTE);
    assert.equal((await probe(12)).status, 409);
  });
});

describe('the limit of an e-mail', () => {
  it('is 5 new signups in an hour, from anywhere', async (t) => {
    const { visit, sandbox, clock, posts } = await openSignup(t);
    sandbox.state.users.add('owner@example.com');
    for (let turn = 0; turn < 5; turn++)
      assert.equal((await visit('owner@example.com', `192.0.2.${turn}`)).status, 409);
    const refused = await visit('OWNER@example.com', '192.0.2.6');
    assert.deepEqual([refused.status, refused.headers.get('retry-after')], [429, '3600']);
    assert.equal(refused.headers.get('ratelimit'), '"email";r=0;t=3600');
    assert.equal(posts(), 5);
    await clock.advance(60 * MINUTE);
    assert.equal((await visit('owner@example.com')).status, 409);
  });

  it('is one for all labels of a mailbox', async (t) => {
    const { visit, posts } = await openSignup(t);
    for (let turn = 0; turn < 5; turn++)
      assert.equal((await visit(`owner+${turn}@example.com`, `192.0.2.${turn}`)).status, 201);
    assert.equal((await visit('Owner@EXAMPLE.com', '192.0.2.6')).status, 429);
    assert.equal((await visit('owner+another@example.com', '192.0.2.6')).status, 429);
    assert.equal(posts(), 5);
  });

  it('holds against 1,000 requests from 200 addresses', async (t) => {
    const { visit, open, proxy, clock, posts, sandbox } = await openSignup(t);
    sandbox.state.users.add('victim@example.com');
    const bomb = async (by: Visit) => {
      for (let wave = 0; wave < 5; wave++) {
        const wanted = Array.from({ length: 100 }, (_, turn) =>
          by(`Victim+${wave}@example.com`.replace(/\+0/, ''), `198.51.100.${(wave * 100 + turn) % 200}`),
        );
        const statuses = (await clock.run(Promise.all(wanted))).map(({ status }) => status);
        assert.ok(statuses.every((status) => [201, 409, 429].includes(status)));
      }
    };
    await bomb(visit);
    assert.equal(posts(), 5);
    await clock.settle();
    await proxy.stop();
    await proxy.store.close();
    await bomb(visits(await open(limits)));
    assert.equal(posts(), 5);
  });

  it('counts for stated identities too', async (t) => {
    const { open, sandbox } = await world(t);
    const proxy = await open({ ...limits, identify: byHeader });
    sandbox.state.users.add('owner@example.com');
    for (let turn = 0; turn < 5; turn++)
      assert.equal((await proxy.post(`c${turn}`, 'owner@example.com')).status, 409);
    assert.equal((await proxy.post('c5', 'owner@example.com')).status, 429);
  });

  it('charges one of a hundred at once', async (t) => {
    const { visit, clock, sandbox } = await openSignup(t);
    const key = randomBytes(16).toString('base64url');
    sandbox.next({ delayMs: 100 });
    const replies = Array.from({ length: 100 }, () => visit('owner@example.com', '192.0.2.1', key));
    const statuses = (await clock.run(Promise.all(replies))).map(({ status }) => status);
    assert.equal(statuses.filter((status) => status === 429).length, 0);
    for (let turn = 0; turn < 9; turn++) assert.equal((await visit(`c${turn}@example.com`)).status, 201);
    assert.equal((await visit('c9@example.com')).status, 429);
  });
});

describe('the budget of all addresses', () => {
  it('is 200 times the limit of one', async (t) => {
    const { open, clock, posts } = await world(t);
    let turn = 0;
    const proxy = await open({
      ...limits,
      rateLimit: { attempts: 1, windowMs: 10 * MINUTE },
      // Each part of the budget in its turn.
      random: () => (turn++ % 8) / 8,
    });
    const visit = visits(proxy);
    const everybody = async (count: number) =>
      Promise.all(
        Array.from({ length: count }, (_, place) =>
          visit(`c${turn}.${place}@example.com`, `192.0.2.${turn}.${place}`),
        ),
      );
    for (let wave = 0; wave < 4; wave++) {
      const replies = await clock.run(everybody(50));
      assert.ok(replies.every(({ status }) => status === 201));
    }
    const [refused] = await clock.run(everybody(1));
    assert.deepEqual([refused?.status, refused?.body.code], [503, 'overloaded']);
    assert.ok(Number(refused?.headers.get('retry-after')) > 0);
    assert.equal(refused?.headers.get('ratelimit'), null);
    assert.equal(posts(), 200);
    assert.deepEqual(
      proxy.lines.filter(({ event }) => event === 'rate_limited').map(({ level, limit }) => [level, limit]),
      [['warn', 'budget']],
    );
    await clock.advance(10 * MINUTE);
    assert.equal((await clock.run(everybody(1)))[0]?.status, 201);
  });

  it('holds where no address is known', async (t) => {
    const { open } = await world(t);
    const proxy = await open({
      openSignup: true,
      rateLimit: { attempts: 1, windowMs: MINUTE },
      random: () => 0,
    });
    for (let number = 1; number <= 25; number++)
      assert.equal((await visits(proxy)(`c${number}@example.com`)).status, 201);
    assert.equal((await visits(proxy)('c26@example.com')).status, 503);
  });

  it('is not spent by customers whom the partner knows', async (t) => {
    const { open } = await world(t);
    const proxy = await open({ rateLimit: { attempts: 1, windowMs: MINUTE }, random: () => 0 });
    for (let number = 1; number <= 26; number++)
      assert.equal((await proxy.post(`c${number}`, `c${number}@example.com`)).status, 201);
  });
});
