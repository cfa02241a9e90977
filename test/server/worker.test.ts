import assert from '../support/assert.ts';
import { describe, it } from 'node:test';
import { DeliveryFailure } from '../../proxy/delivery.ts';
import { world } from '../support/world.ts';

const email = 'owner@example.com';

describe('stop()', () => {
  it('hands over rows that wait, at once', async (t) => {
    const { open, clock, sandbox, tries, posts } = await world(t);
    const [first, second] = [await open(), await open()];
    sandbox.script({ method: 'POST' }, ['lost-before']);
    const reply = first.post('c1', email);
    await clock.settle();
    const begun = clock.now();
    await first.stop();
    assert.equal(clock.now(), begun, 'it waits for no timer');
    assert.equal((await reply).status, 202);
    const row = await second.row('c1');
    assert.deepEqual([row.state, row.leaseUntil], ['requested', 0]);
    await clock.advance(31_000);
    assert.equal((await clock.run(second.post('c1', email))).status, 201);
    await clock.settle();
    assert.deepEqual([posts(), tries.length], [2, 1]);
  });

  it('sends no further POST', async (t) => {
    const { open, clock, sandbox, posts } = await world(t);
    const proxy = await open();
    sandbox.script({ method: 'POST' }, ['error']);
    sandbox.script({ method: 'GET' }, ['normal', 'normal', { delayMs: 4000 }]);
    const reply = proxy.post('c1', email);
    await clock.advance(1500);
    await clock.run(proxy.stop());
    assert.deepEqual([(await reply).status, posts()], [202, 1]);
    const again = await open();
    await clock.advance(31_000);
    assert.equal((await clock.run(again.post('c1', email))).status, 201);
    assert.equal(posts(), 2);
  });

  it('waits for an answer on its way and delivers it', async (t) => {
    const { open, clock, sandbox, tries } = await world(t);
    const proxy = await open();
    sandbox.next({ delayMs: 3000 });
    const reply = proxy.post('c1', email);
    await clock.settle();
    const begun = clock.now();
    await clock.run(proxy.stop());
    assert.deepEqual([(await reply).status, tries.length, clock.now() - begun], [201, 1, 3000]);
  });

  it('keeps its leases until the work is done', async (t) => {
    const { open, clock, sandbox } = await world(t);
    const [proxy, watcher] = [await open(), await open()];
    sandbox.next({ delayMs: 14_000 });
    const reply = proxy.post('c1', email);
    await clock.settle();
    const stopped = proxy.stop();
    await clock.advance(13_500);
    assert.equal((await reply).status, 202);
    assert.ok((await watcher.row('c1')).leaseUntil > clock.now());
    await clock.run(stopped);
    assert.equal((await watcher.row('c1')).state, 'delivered');
  });

  it('leaves deliveries in line to whoever comes next', async (t) => {
    const { open, clock } = await world(t);
    const slow = await open({ deliver: () => clock.sleep(10_000) });
    const customers = Array.from({ length: 140 }, (_, turn) => `c${turn}`);
    await Promise.all(customers.map((customer) => slow.post(customer, `${customer}@example.com`)));
    const begun = clock.now();
    await clock.run(slow.stop());
    assert.equal(clock.now() - begun, 10_000, 'no second turn');
    const next = await open();
    const left = await next.store.list({ states: ['provisioned'], limit: 200 });
    assert.deepEqual([left.length, left.filter((row) => row.deliveryAttempts > 0).length], [12, 0]);
    await clock.advance(2000);
    await clock.run(next.run());
    assert.equal((await next.store.list({ states: ['delivered'], limit: 200 })).length, 140);
  });

  it('loses nobody who comes while it stops', async (t) => {
    const { open, clock, storeOn, sandbox, tries } = await world(t);
    const faults: unknown[] = [];
    const note = (reason: unknown) => void faults.push(reason);
    process.on('unhandledRejection', note);
    t.after(() => process.off('unhandledRejection', note));
    const store = storeOn();
    const proxy = await open({}, () => store);
    proxy.start();
    const customers = Array.from({ length: 60 }, (_, turn) => `c${turn}`);
    const replies: Promise<{ status: number }>[] = [];
    for (const [turn, customer] of customers.entries()) {
      replies.push(proxy.post(customer, `${customer}@example.com`));
      if (turn === 30)
        replies.push(
          proxy
            .stop()
            .then(() => store.close())
            .then(() => ({ status: 200 })),
        );
      if (turn % 7 === 0) await new Promise((resolve) => void setImmediate(resolve));
    }
    for (const { status } of await clock.run(Promise.all(replies)))
      assert.ok([200, 201, 202, 503].includes(status), String(status));
    const next = await open();
    next.start();
    await clock.advance(20_000);
    const made = sandbox.state.organizations.map(({ externalId }) => externalId);
    assert.equal(new Set(made).size, made.length);
    const delivered = new Set(tries.map(({ event }) => event.data.externalId));
    for (const externalId of made) assert.ok(delivered.has(externalId), externalId);
    assert.deepEqual(faults, []);
  });

  it('may be followed by start()', async (t) => {
    const { open, clock, failures, tries } = await world(t);
    const proxy = await open();
    failures.push(new DeliveryFailure('http_500'));
    await proxy.post('c1', email);
    proxy.start();
    proxy.start();
    await proxy.stop();
    await proxy.stop();
    proxy.start();
    await clock.advance(7000);
    assert.equal(tries.length, 2);
  });
});

describe('run()', () => {
  it('does one round and ends', async (t) => {
    const { open, clock, failures, tries } = await world(t);
    const proxy = await open();
    failures.push(...Array.from({ length: 300 }, () => new DeliveryFailure('http_500')));
    const customers = Array.from({ length: 150 }, (_, turn) => `c${turn}`);
    await Promise.all(customers.map((customer) => proxy.post(customer, `${customer}@example.com`)));
    await clock.settle();
    assert.equal(tries.length, 150);
    await clock.advance(6000);
    await clock.run(proxy.run());
    assert.equal(tries.length, 300, 'each row once');
    assert.equal(clock.waiting <= 3, true, 'nothing goes on but the last renewal and the last patiences');
    await clock.run(proxy.run());
    assert.equal(tries.length, 300);
  });
});

describe('a store that something keeps from being tidied', () => {
  it('is said once each time', async (t) => {
    const { clock, open } = await world(t);
    const said = ['held', 'held', undefined, 'held'];
    const proxy = await open({}, (store) => ({ ...store, tidy: async () => said.shift() }));
    while (said.length > 0) await clock.run(proxy.run());
    assert.deepEqual(
      proxy.lines.filter(({ event }) => event === 'database_held').map(({ level, hint }) => [level, hint]),
      [
        ['warn', 'held'],
        ['warn', 'held'],
      ],
    );
  });
});

describe('an app that starts no worker', () => {
  for (const [called, lines] of [
    ['nothing', 1],
    ['start', 0],
    ['run', 0],
  ] as const)
    it(`hears of it ${lines ? 'at the first signup, once' : `no more after ${called}()`}`, async (t) => {
      const { open, clock } = await world(t);
      const proxy = await open();
      if (called !== 'nothing') await proxy[called]();
      for (const customer of ['c1', 'c2'])
        assert.equal((await clock.run(proxy.post(customer, `${customer}@example.com`))).status, 201);
      assert.equal(proxy.lines.filter(({ event }) => event === 'worker_not_started').length, lines);
      await clock.run(proxy.stop());
    });
});

describe('a worker', () => {
  it('goes on when the store has come back', async (t) => {
    const { open, clock, failures, tries } = await world(t);
    let down = true;
    const proxy = await open({}, (store) => ({
      ...store,
      nextDue: () => (down ? Promise.reject(new Error('down')) : store.nextDue()),
    }));
    failures.push(new DeliveryFailure('http_500'));
    await proxy.post('c1', email);
    proxy.start();
    await clock.advance(10_000);
    assert.deepEqual([tries.length, (await proxy.state()).store], [1, 'unavailable']);
    down = false;
    await clock.advance(2000);
    assert.deepEqual([tries.length, (await proxy.state()).store], [2, 'ok']);
  });

  it('never delivers a row twice with another beside it', async (t) => {
    const { open, clock, failures, tries } = await world(t);
    const workers = [await open(), await open()];
    const customers = Array.from({ length: 40 }, (_, turn) => `c${turn}`);
    failures.push(...customers.map(() => new DeliveryFailure('http_500')));
    await Promise.all(customers.map((customer) => workers[0]!.post(customer, `${customer}@example.com`)));
    await clock.settle();
    for (const worker of workers) worker.start();
    await clock.advance(10_000);
    assert.equal(tries.length, 80);
  });

  it('leaves a finished row alone that a request found free', async (t) => {
    const { open, clock, sandbox, tries } = await world(t);
    const plain = await open();
    sandbox.script({ method: 'POST' }, ['lost']);
    sandbox.script({ method: 'GET' }, Array(6).fill('error'));
    assert.equal((await clock.run(plain.post('c1', email))).status, 202);
    await clock.advance(60_000);
    let meanwhile = false;
    const late = await open({}, (store) => ({
      ...store,
      claim: async (...given) => {
        // Between find and claim another process finishes the row.
        if (!meanwhile) await plain.run();
        meanwhile = true;
        return store.claim(...given);
      },
    }));
    const reply = await clock.run(late.post('c1', email));
    assert.equal(reply.status, 201);
    await clock.settle();
    assert.deepEqual([tries.length, (await plain.row('c1')).state], [1, 'delivered']);
  });
});

describe('the state of a store', () => {
  it('is looked at once for all who ask at the same time', async (t) => {
    const { open } = await world(t);
    let looks = 0;
    const proxy = await open({}, (store) => ({
      ...store,
      nextDue: () => {
        looks++;
        return store.nextDue();
      },
    }));
    looks = 0;
    const states = await Promise.all(Array.from({ length: 100 }, () => proxy.state()));
    assert.deepEqual([looks, new Set(states.map(({ store }) => store))], [1, new Set(['ok'])]);
    await proxy.state();
    assert.equal(looks, 2);
  });
});
