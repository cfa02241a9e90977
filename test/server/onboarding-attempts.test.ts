import assert from '../support/assert.ts';
import { describe, it } from 'node:test';
import { startSandbox } from '../../demo/sandbox/sandbox.ts';
import type { Step } from '../../demo/sandbox/script.ts';
import type { Row } from '../../proxy/row.ts';
import { sqliteStore } from '../../proxy/store.sqlite.ts';
import type { Store } from '../../proxy/store.ts';
import { world } from '../support/world.ts';

const email = 'owner@example.com';
const broken = () => Promise.reject(new Error('disk full'));

/** A store that fails to save rows in `state` while `failing` says so. */
function failing(store: Store, state: Row['state'], left: { count: number }): Store {
  return {
    ...store,
    save: (row) => (row.state === state && left.count-- > 0 ? broken() : store.save(row)),
  };
}

describe('before a POST (1)', () => {
  it('commits the attempt with its number and time', async (t) => {
    const { clock, path, open, send, sandbox, posts } = await world(t);
    const watcher = sqliteStore(path);
    t.after(() => watcher.close());
    await watcher.open();
    const seen: (Row | null)[] = [];
    const proxy = await open({
      send: async (request) => {
        if (request.method === 'POST') seen.push(await watcher.find('c1'));
        return send(request);
      },
    });
    sandbox.next('error');
    assert.equal((await clock.run(proxy.post('c1', email))).status, 201);
    assert.equal(posts(), 2);
    const facts = seen.map((row) => [row?.state, row?.attempt, row?.email, row?.settled]);
    assert.deepEqual(facts, [
      ['requested', 1, email, false],
      ['requested', 2, email, false],
    ]);
    assert.deepEqual(
      seen.map((row) => row?.attemptedAt),
      [clock.now() - 2000, clock.now()],
    );
  });

  it('sends none when it cannot be written', async (t) => {
    const { open, posts } = await world(t);
    const proxy = await open({}, (store) => ({ ...store, begin: broken }));
    const reply = await proxy.post('c1', email);
    assert.deepEqual([reply.status, reply.body.code], [503, 'not_available']);
    assert.match(reply.headers.get('retry-after') ?? '', /^\d+$/);
    assert.equal(posts(), 0);
  });

  it('sends no second one when that cannot be written', async (t) => {
    const { clock, open, posts, sandbox } = await world(t);
    const proxy = await open({}, (store) => failing(store, 'requested', { count: 9 }));
    sandbox.next('error');
    assert.equal((await clock.run(proxy.post('c1', email))).status, 202);
    assert.equal(posts(), 1);
  });
});

describe('before a 201 (2)', () => {
  it('commits the organization, else says 202', async (t) => {
    const { clock, open, posts, tries } = await world(t);
    const proxy = await open({}, (store) => failing(store, 'provisioned', { count: 1 }));
    assert.equal((await proxy.post('c1', email)).status, 202);
    assert.equal((await proxy.post('c1', email)).status, 202, 'its lease lasts');
    assert.equal(tries.length, 0);
    await clock.advance(12_000);
    assert.equal((await clock.run(proxy.post('c1', email))).status, 201);
    assert.deepEqual([posts(), tries.length], [1, 1]);
  });
});

describe('an outcome that is not known (4)', () => {
  const works: [string, Step, number][] = [
    ['500', 'error', 2000],
    ['503', 'unavailable', 2000],
    ['an answer lost after the work', 'lost', 0],
    ['half an answer', 'truncated', 0],
    ['502 after the work', 'gateway', 0],
    ['no answer after the work', 'hang', 15_000],
  ];
  for (const [name, step, afterMs] of works)
    it(`is created once: ${name}`, async (t) => {
      const { clock, open, sandbox, tries } = await world(t);
      const proxy = await open();
      sandbox.next(step);
      const begun = clock.now();
      let reply = await clock.run(proxy.post('c1', email));
      while (reply.status === 202) reply = await clock.run(proxy.post('c1', email));
      assert.deepEqual([reply.status, clock.now() - begun], [201, afterMs]);
      await clock.settle();
      const [made, ...more] = sandbox.state.organizations;
      assert.deepEqual(more, []);
      assert.equal(tries[0]?.event.data.serverKey, made?.serverKey);
      assert.equal(tries[0]?.event.data.email, email);
    });

  for (const step of ['lost-before', 'html', 'hang-before'] as const)
    it(`sends no other POST within 30 s: ${step}`, async (t) => {
      const { clock, open, sandbox, posts } = await world(t);
      const proxy = await open();
      sandbox.next(step);
      const begun = clock.now();
      let reply = await clock.run(proxy.post('c1', email));
      while (reply.status === 202) {
        await clock.advance(Number(reply.headers.get('retry-after')) * 1000);
        reply = await clock.run(proxy.post('c1', email));
        if (clock.now() < begun + 30_000) assert.equal(posts(), 1);
      }
      assert.equal(reply.status, 201);
      const waited = clock.now() - begun;
      assert.ok(waited >= 30_000 && waited < 42_000, `${waited} ms`);
      assert.equal(posts(), 2);
    });

  it('is sent again after a refused connection', async (t) => {
    const { open, posts, tries } = await world(t);
    const closed = await startSandbox();
    await closed.close();
    const limit = { rateLimit: null, rateLimitEmail: { attempts: 1, windowMs: 3_600_000 } };
    const down = await open({ baseUrl: closed.url, ...limit });
    const reply = await down.post('c1', email);
    assert.deepEqual([reply.status, reply.body.code], [503, 'not_available']);
    assert.match(reply.headers.get('retry-after') ?? '', /^\d+$/);
    assert.equal(await down.store.find('c1'), null);
    assert.equal((await (await open(limit)).post('c1', email)).status, 201, 'its charge was given back');
    assert.deepEqual([posts(), tries.length], [1, 1]);
  });

  it("leaves no row after Kelviq's 429", async (t) => {
    const { open, sandbox } = await world(t);
    const proxy = await open({ rateLimitEmail: { attempts: 1, windowMs: 3_600_000 } });
    sandbox.next({ commits: false, answer: { status: 429, body: {}, headers: { 'retry-after': '7' } } });
    const reply = await proxy.post('c1', email);
    assert.deepEqual([reply.status, reply.headers.get('retry-after')], [503, '7']);
    assert.equal(await proxy.store.find('c1'), null);
    assert.equal((await proxy.post('c1', email)).status, 201);
  });
});

describe('a stall', () => {
  it('sends nothing after the end of its lease', async (t) => {
    const { clock, open, posts } = await world(t);
    const proxy = await open({}, (store) => ({
      ...store,
      begin: async (...given) => {
        const opened = await store.begin(...given);
        clock.stall(13_000);
        return opened;
      },
    }));
    assert.equal((await proxy.post('c1', email)).status, 202);
    assert.equal(posts(), 0);
  });

  it('sends nothing that stood in line past the end of its lease', async (t) => {
    const { clock, open, posts, send } = await world(t);
    let stalls = 1;
    const proxy = await open({
      send: (request) => {
        if (request.method === 'POST' && stalls-- > 0) clock.stall(13_000);
        return send(request);
      },
    });
    const { status, body } = await proxy.post('c1', email);
    assert.deepEqual([status, body.code, posts()], [503, 'not_available', 0]);
    assert.equal(await proxy.store.find('c1'), null);
    await clock.advance(5000);
    assert.equal((await proxy.post('c1', email)).status, 201);
  });

  it('delivers nothing after the end of its lease', async (t) => {
    const { clock, open, tries } = await world(t);
    const plain = await open();
    const stalled = await open({}, (store) => ({
      ...store,
      save: async (row) => {
        const saved = await store.save(row);
        if (row.state === 'provisioned') clock.stall(13_000);
        return saved;
      },
    }));
    assert.equal((await stalled.post('c1', email)).status, 201);
    await clock.settle();
    assert.equal(tries.length, 0);
    assert.ok(stalled.lines.some(({ event, code }) => event === 'work_stopped' && code === 'lease_expired'));
    await clock.run(plain.run());
    assert.deepEqual([tries.length, (await plain.row('c1')).state], [1, 'delivered']);
  });

  it('sends nothing long after its attempt', async (t) => {
    const { clock, open, sandbox, posts } = await world(t);
    let slow = false;
    // The second attempt is written slowly, under a lease that is renewed meanwhile.
    const proxy = await open({}, (store) => ({
      ...store,
      save: async (row) => {
        if (row.attempt === 2 && !slow) {
          slow = true;
          await clock.sleep(20_000);
        }
        return store.save(row);
      },
    }));
    sandbox.script({ method: 'POST' }, ['error']);
    const reply = proxy.post('c1', email);
    assert.equal((await clock.run(reply)).status, 202);
    await clock.advance(25_000);
    assert.equal(posts(), 1);
    assert.equal((await proxy.row('c1')).attempt, 2);
    assert.ok(proxy.lines.some(({ code }) => code === 'lease_expired'));
    await clock.advance(31_000);
    assert.equal((await clock.run(proxy.post('c1', email))).status, 201);
  });

  it('writes nothing once its lease was taken', async (t) => {
    const { clock, open, sandbox, posts, tries } = await world(t);
    const plain = await open();
    // A process that renews nothing while it waits.
    const stalled = await open({}, (store) => ({ ...store, renew: () => new Promise(() => undefined) }));
    sandbox.next({ delayMs: 14_000 });
    const first = stalled.post('c1', email);
    assert.equal((await clock.run(first)).status, 202);
    await clock.advance(4500);
    assert.equal((await clock.run(plain.post('c1', email))).status, 201);
    const { fence } = await plain.row('c1');
    await clock.advance(2000);
    const row = await plain.row('c1');
    assert.deepEqual([row.fence, row.state, row.told], [fence, 'delivered', true]);
    assert.deepEqual([posts(), tries.length], [1, 1]);
    assert.ok(stalled.lines.some(({ event }) => event === 'work_stopped'));
  });

  it('is no reason to take a lease that is renewed', async (t) => {
    const { clock, open, sandbox } = await world(t);
    const [busy, idle] = [await open(), await open()];
    idle.start();
    sandbox.next({ delayMs: 14_900 });
    const reply = busy.post('c1', email);
    await clock.advance(14_800);
    assert.equal((await reply).status, 202);
    const { fence, leaseUntil } = await idle.row('c1');
    assert.ok(leaseUntil > clock.now());
    await clock.advance(200);
    assert.equal((await idle.row('c1')).fence, fence);
    assert.equal((await idle.post('c1', email)).status, 201);
  });
});

it('takes over what a crashed process left within 15 s', async (t) => {
  const { clock, open, sandbox, tries } = await world(t);
  const plain = await open();
  const crash = new AbortController();
  const gone = new Promise<never>((_, reject) => {
    crash.signal.addEventListener('abort', () => reject(new Error('gone')));
  });
  gone.catch(() => undefined);
  // A crash leaves no trace but the row: nothing is written after the POST, nothing is renewed.
  const crashed = await open({}, (store) => ({ ...store, save: () => gone, renew: () => gone }));
  const begun = clock.now();
  const reply = crashed.post('c1', email);
  await clock.settle();
  assert.equal(sandbox.state.organizations.length, 1);
  plain.start();
  while (tries.length === 0) await clock.advance(500);
  assert.ok(clock.now() - begun <= 15_000, `${clock.now() - begun} ms`);
  assert.equal((await clock.run(reply)).status, 202);
  assert.equal((await plain.post('c1', email)).status, 201);
  assert.equal(tries[0]?.event.data.email, email);
  crash.abort();
});
