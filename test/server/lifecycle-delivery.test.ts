import assert from '../support/assert.ts';
import { describe, it } from 'node:test';
import { DeliveryFailure } from '../../proxy/delivery.ts';
import { DELIVERY_DELAYS_MS } from '../../proxy/schedule.ts';
import { world } from '../support/world.ts';

const email = 'owner@example.com';
const HOUR = 3_600_000;
const refusals = (count: number) => Array.from({ length: count }, () => new DeliveryFailure('http_500'));

describe('a delivery (3, 8)', () => {
  it('erases e-mail and name, from the file too', async (t) => {
    const { open, clock, disk } = await world(t);
    const proxy = await open();
    proxy.start();
    await proxy.post('c1', email);
    assert.ok(disk().includes(email), 'they were there');
    await clock.advance(2000);
    const row = await proxy.row('c1');
    assert.deepEqual([row.state, row.email, row.businessName], ['delivered', null, null]);
    const name = Buffer.from('Bäckerei').toString('latin1');
    assert.ok(!disk().includes(email) && !disk().includes(name));
    assert.ok(disk().includes('c1'));
  });

  it('is tried again by the schedule with jitter, ten times', async (t) => {
    const { open, clock, tries, failures, sandbox } = await world(t);
    const proxy = await open({ random: () => 0.5 });
    failures.push(...refusals(10));
    await proxy.post('c1', email);
    await clock.settle();
    for (const delayMs of DELIVERY_DELAYS_MS) {
      const count = tries.length;
      await clock.advance(delayMs * 1.05 - 1);
      await clock.run(proxy.run());
      assert.equal(tries.length, count, `not before ${delayMs} ms`);
      assert.equal((await proxy.row('c1')).state, 'provisioned');
      await clock.advance(1);
      await clock.run(proxy.run());
      assert.equal(tries.length, count + 1);
    }
    const row = await proxy.row('c1');
    assert.deepEqual([row.state, row.dueAt, row.email], ['undeliverable', null, email]);
    assert.equal(proxy.lines.find(({ to }) => to === 'undeliverable')?.level, 'warn');
    assert.deepEqual(
      tries.map(({ attempt }) => attempt),
      [1, 2, 3, 4, 5, 6, 7, 8, 9, 10],
    );
    assert.equal(new Set(tries.map(({ id }) => id)).size, 1);
    assert.equal(new Set(tries.map(({ event }) => JSON.stringify(event))).size, 1);
    assert.equal(tries[9]?.event.data.serverKey, sandbox.state.organizations[0]?.serverKey);
    assert.equal((await proxy.post('c1', email)).status, 200);
    await clock.advance(48 * HOUR);
    await clock.run(proxy.run());
    assert.equal(tries.length, 10);
  });

  it("honours the backend's Retry-After", async (t) => {
    const { open, clock, tries, failures } = await world(t);
    const proxy = await open();
    failures.push(new DeliveryFailure('http_503', HOUR), new DeliveryFailure('http_503', 1000));
    await proxy.post('c1', email);
    await clock.settle();
    assert.equal((await proxy.row('c1')).dueAt, clock.now() + HOUR);
    await clock.advance(HOUR);
    await clock.run(proxy.run());
    assert.equal(tries.length, 2);
    assert.equal((await proxy.row('c1')).dueAt, clock.now() + 315_000, 'the schedule where it is longer');
  });

  for (const [what, waitMs] of [
    ['no number', NaN],
    ['no end', Infinity],
    ['a past', -Infinity],
    ['a part of a millisecond', 0.5],
    ['nothing', undefined as unknown as null],
  ] as const)
    it(`is tried again when its failure asks for a wait of ${what}`, async (t) => {
      const { open, clock, failures } = await world(t);
      const proxy = await open();
      failures.push(new DeliveryFailure('http_503', waitMs));
      await proxy.post('c1', email);
      await clock.settle();
      await clock.advance(24 * HOUR);
      await clock.run(proxy.run());
      const row = await proxy.row('c1');
      assert.deepEqual([row.state, row.deliveryAttempts], ['delivered', 2]);
    });

  it('keeps a word of what a `deliver` of the app calls its failure', async (t) => {
    const { open, clock, disk, sandbox } = await world(t);
    const kept: [(serverKey: string) => unknown, string][] = [
      [(key) => `Duplicate entry '${key}' for key 'server_key'`, 'deliver_threw'],
      [() => `a\0b\n${'c'.repeat(80)}`, `a_b_${'c'.repeat(60)}`],
      [() => ({ toString: () => 'an object' }), 'an_object'],
      [() => undefined, 'undefined'],
    ];
    const proxy = await open({
      deliver: async ({ data }) => {
        const [say] = kept[Number(data.externalId.slice(1))] ?? [];
        throw new DeliveryFailure(say?.(data.serverKey) as string);
      },
    });
    for (const [index, [, word]] of kept.entries()) {
      await proxy.post(`c${index}`, `${index}@example.com`);
      await clock.settle();
      const row = await proxy.row(`c${index}`);
      assert.deepEqual([row.failure, row.deliveryAttempts, row.leaseUntil], [word, 1, 0]);
    }
    for (const { serverKey } of sandbox.state.organizations) assert.ok(!disk().includes(serverKey ?? ''));
  });

  it('is tried again when a `deliver` of the app never settles', async (t) => {
    const { open, clock } = await world(t);
    let tries = 0;
    const proxy = await open({
      deliver: () => (tries++ === 0 ? new Promise(() => undefined) : Promise.resolve()),
    });
    await proxy.post('c1', email);
    await clock.advance(29_999);
    assert.equal((await proxy.row('c1')).deliveryAttempts, 0);
    await clock.advance(1);
    const row = await proxy.row('c1');
    assert.deepEqual([row.state, row.failure, row.deliveryAttempts], ['provisioned', 'timed_out', 1]);
    await clock.advance(5250);
    await clock.run(proxy.run());
    assert.deepEqual([(await proxy.row('c1')).state, tries], ['delivered', 2]);
  });

  it('reads the serverKey again for a later try', async (t) => {
    const { open, clock, tries, failures, sandbox } = await world(t);
    const proxy = await open();
    failures.push(...refusals(1));
    await proxy.post('c1', email);
    await clock.settle();
    sandbox.state.organizations[0]!.serverKey = 'sk_test_rotated';
    sandbox.next('error');
    await clock.advance(6000);
    await clock.run(proxy.run());
    assert.equal((await proxy.row('c1')).deliveryAttempts, 1, 'a read that fails costs no try');
    await clock.advance(6000);
    await clock.run(proxy.run());
    assert.deepEqual([tries.length, tries[1]?.event.data.serverKey], [2, 'sk_test_rotated']);
    assert.equal((await proxy.row('c1')).state, 'delivered');
  });

  it('survives a deliver function that throws anything', async (t) => {
    const { open, clock } = await world(t);
    const proxy = await open({
      deliver: () => {
        throw new Error('a defect in the partner’s code');
      },
    });
    assert.equal((await proxy.post('c1', email)).status, 201);
    await clock.settle();
    const row = await proxy.row('c1');
    assert.deepEqual([row.state, row.failure, row.deliveryAttempts], ['provisioned', 'deliver_threw', 1]);
  });

  it('waits for keys without costing a try', async (t) => {
    const { open, clock, sandbox, tries } = await world(t);
    const proxy = await open();
    proxy.start();
    sandbox.next({ keysAfterMs: 20_000 });
    const reply = await proxy.post('c1', email);
    assert.deepEqual([reply.status, reply.body.clientKey], [201, null]);
    await clock.advance(19_000);
    const row = await proxy.row('c1');
    assert.deepEqual([tries.length, row.deliveryAttempts, row.clientKey], [0, 0, null]);
    await clock.advance(12_000);
    const { organization } = (await proxy.session('c1')).body;
    const [made] = sandbox.state.organizations;
    assert.deepEqual(
      [tries.length, tries[0]?.attempt, tries[0]?.event.data.clientKey],
      [1, 1, made?.clientKey],
    );
    assert.deepEqual((organization as { clientKey: string; delivery: string }).clientKey, made?.clientKey);
    assert.equal((organization as { delivery: string }).delivery, 'delivered');
  });

  it('keeps a clientKey that a later answer leaves out', async (t) => {
    const { open, clock, sandbox, tries, failures } = await world(t);
    const proxy = await open();
    failures.push(...refusals(1));
    const { clientKey } = (await proxy.post('c1', email)).body;
    await clock.settle();
    sandbox.next('null-keys');
    await clock.advance(6000);
    await clock.run(proxy.run());
    const row = await proxy.row('c1');
    assert.deepEqual([row.clientKey, row.deliveryAttempts, tries.length], [clientKey, 1, 1]);
  });

  it('goes to nobody for another organization', async (t) => {
    const { open, clock, sandbox, tries, failures } = await world(t);
    const proxy = await open();
    failures.push(...refusals(1));
    await proxy.post('c1', email);
    await clock.settle();
    sandbox.script({ subject: 'c1', method: 'GET' }, Array(20).fill('wrong-echo'));
    for (let round = 0; round < 8; round++) {
      await clock.advance(60_000);
      await clock.run(proxy.run());
    }
    assert.deepEqual([(await proxy.row('c1')).state, tries.length], ['attention', 1]);
  });
});

describe('many deliveries (9)', () => {
  it('go out concurrently, a bounded number at once', async (t) => {
    const { open, clock } = await world(t);
    let now = 0;
    let most = 0;
    const proxy = await open({
      deliver: async () => {
        most = Math.max(most, ++now);
        await clock.sleep(1000);
        now--;
      },
    });
    const customers = Array.from({ length: 200 }, (_, turn) => `c${turn}`);
    const replies = await clock.run(
      Promise.all(customers.map((customer) => proxy.post(customer, `${customer}@example.com`))),
    );
    assert.ok(replies.every(({ status }) => status === 201));
    await clock.advance(3000);
    assert.equal(most, 128);
    const rows = await proxy.store.list({ states: ['delivered'], limit: 500 });
    assert.equal(rows.length, 200);
  });

  it('do not wait for one that hangs', async (t) => {
    const { open, clock } = await world(t);
    const proxy = await open({
      deliver: (event) => (event.data.externalId === 'c1' ? clock.sleep(15_000) : Promise.resolve()),
    });
    await proxy.post('c1', email);
    await proxy.post('c2', 'two@example.com');
    await clock.settle();
    assert.equal((await proxy.row('c1')).state, 'provisioned');
    assert.equal((await proxy.row('c2')).state, 'delivered');
  });
});
