import assert from '../support/assert.ts';
import { rm } from 'node:fs/promises';
import { describe, it } from 'node:test';
import type { SandboxOrganization } from '../../demo/sandbox/organizations.ts';
import type { BehaviourName } from '../../demo/sandbox/scenarios.ts';
import { historyOf } from '../../proxy/history.ts';
import { ListFailure } from '../../proxy/kelviq-list.ts';
import { createAtKelviq, customers, emailOf, put, reconciled, rowsIn } from '../support/reconciling.ts';
import { world } from '../support/world.ts';

describe('reconcile', () => {
  it('brings everything back after the loss of the database', async (t) => {
    const w = await world(t);
    const before = await w.open();
    w.failures.push(...customers(3).map(() => new Error('down')));
    for (const customer of customers(3)) await before.post(customer, emailOf(customer));
    await w.clock.settle();
    for (const customer of ['c4', 'c5']) await before.post(customer, emailOf(customer));
    await w.clock.settle();
    const states = (await rowsIn(before)).map(({ state }) => state);
    assert.deepEqual(states, ['provisioned', 'provisioned', 'provisioned', 'delivered', 'delivered']);
    await w.clock.run(before.stop());
    await before.store.close();
    for (const tail of ['', '-wal', '-shm']) await rm(w.path + tail, { force: true });
    const ids = new Map(w.tries.map(({ event, id }) => [event.data.externalId, id]));
    w.tries.length = 0;

    const proxy = await w.open();
    const dry = await reconciled(w);
    assert.deepEqual([dry.sum.findings.missing, dry.sum.enqueued, dry.sum.complete], [5, 0, true]);
    assert.ok(dry.findings.every(({ finding, done }) => finding === 'missing' && !done));
    assert.deepEqual(await rowsIn(proxy), []);

    const { sum } = await reconciled(w, { apply: true });
    assert.deepEqual([sum.findings.missing, sum.enqueued], [5, 5]);
    await w.clock.run(proxy.run());
    assert.deepEqual(new Map(w.tries.map(({ event, id }) => [event.data.externalId, id])), ids);
    for (const { event } of w.tries) {
      const made = w.sandbox.state.organizations.find(
        ({ externalId }) => externalId === event.data.externalId,
      );
      assert.equal(event.data.serverKey, made?.serverKey);
      assert.deepEqual([event.data.email, event.data.businessName], [null, null]);
    }
    const posts = w.posts();
    const { status, body } = await proxy.post('c2', emailOf('c2'));
    assert.deepEqual(
      [status, body.clientKey, w.posts()],
      [200, w.sandbox.state.organizations[1]?.clientKey, posts],
    );
    assert.equal((await reconciled(w)).sum.agree, 5);
  });

  it('writes where a row came from', async (t) => {
    const w = await world(t);
    const proxy = await w.open();
    await createAtKelviq(w, ['c1']);
    await reconciled(w, { apply: true });
    const row = await proxy.row('c1');
    assert.deepEqual(
      historyOf(row).map(({ observation, to, requestId }) => [observation, to, requestId]),
      [['reconciled', 'provisioned', 'req_1']],
    );
    assert.deepEqual([row.requestId, row.email, row.created, row.told], ['req_1', null, false, true]);
    assert.equal((await proxy.store.findByRequest('req_1'))?.externalId, 'c1');
  });

  it('finds nothing where all agree', async (t) => {
    const w = await world(t);
    const proxy = await w.open();
    for (const customer of customers(2)) await proxy.post(customer, emailOf(customer));
    await w.clock.settle();
    const before = await rowsIn(proxy);
    const { sum, findings } = await reconciled(w, { apply: true });
    assert.deepEqual([findings, sum.agree, sum.listed], [[], 2, 2]);
    assert.deepEqual(await rowsIn(proxy), before);
  });

  it('goes through 250 organizations on 3 pages', async (t) => {
    const w = await world(t);
    await w.open();
    await createAtKelviq(w, customers(250));
    const sizes: number[] = [];
    const { sum, findings } = await reconciled(w, {
      afterPage: ({ organizations }) => void sizes.push(organizations.length),
    });
    assert.deepEqual([sizes, sum.compared, findings.length], [[100, 100, 50], 250, 250]);
  });

  for (const [name, move, passes] of [
    ['grows at its head', (all: SandboxOrganization[]) => void all.unshift(all.pop() as never), 2],
    ['loses its head', (all: SandboxOrganization[]) => void all.shift(), 2],
  ] as const)
    it(`sees everybody once in a list that ${name}`, async (t) => {
      const w = await world(t);
      await w.open();
      await createAtKelviq(w, customers(205));
      const all = w.sandbox.state.organizations as SandboxOrganization[];
      let pages = 0;
      const { sum, findings } = await reconciled(w, {
        afterPage() {
          if (++pages === 1) move(all);
        },
      });
      const ids = findings.map(({ externalId }) => externalId);
      assert.deepEqual([sum.complete, new Set(ids).size], [true, 205]);
      assert.equal(ids.length, 205);
      assert.equal(Math.ceil(pages / 3), passes);
    });

  it('says when it could not see everybody', async (t) => {
    const w = await world(t);
    await put(await w.open(), 'c9', { state: 'delivered', organizationIdentifier: 'org-9' });
    await createAtKelviq(w, customers(3));
    w.sandbox.script(
      { method: 'GET' },
      customers(9).map(() => ({
        answer: (usual) => {
          const body = usual.body as object;
          return 'count' in body ? { ...usual, body: { ...body, count: 9 } } : usual;
        },
      })),
    );
    const { sum } = await reconciled(w);
    assert.deepEqual([sum.complete, sum.listed, sum.compared], [false, 9, 3]);
    assert.equal(sum.findings.not_at_kelviq, 0, 'nobody is missed in a list that was not seen whole');
  });
});

describe('reconcile, when Kelviq is in trouble', () => {
  const passing: BehaviourName[] = [
    'error',
    'unavailable',
    'rate-limited',
    'html',
    'lost',
    'truncated',
    'hang',
    'gateway',
  ];
  for (const name of passing)
    it(`waits out "${name}"`, async (t) => {
      const w = await world(t);
      await w.open();
      await createAtKelviq(w, ['c1']);
      w.sandbox.next(name, name);
      const { sum, waits } = await reconciled(w);
      assert.deepEqual([sum.compared, waits], [1, name === 'rate-limited' ? [2000, 2000] : [1000, 2000]]);
    });

  for (const [name, status] of [
    ['unauthorized', 401],
    ['forbidden', 403],
    ['not-found', 404],
    ['redirect', 302],
    ['precondition', 428],
  ] as const)
    it(`ends at once on "${name}"`, async (t) => {
      const w = await world(t);
      const proxy = await w.open();
      await createAtKelviq(w, ['c1']);
      w.sandbox.next(name);
      await assert.rejects(reconciled(w, { apply: true }), (error) => {
        assert.ok(error instanceof ListFailure);
        assert.deepEqual(error.why, { trouble: 'status', status, waitMs: null });
        return true;
      });
      assert.deepEqual(await rowsIn(proxy), []);
    });
});
