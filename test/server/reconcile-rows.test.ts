import assert from '../support/assert.ts';
import { describe, it } from 'node:test';
import type { SandboxOrganization } from '../../demo/sandbox/organizations.ts';
import { createAtKelviq, customers, emailOf, put, reconciled, rowsIn } from '../support/reconciling.ts';
import { world } from '../support/world.ts';

describe('reconcile, row by row', () => {
  it('has the server resolve what it could not', async (t) => {
    const w = await world(t);
    const proxy = await w.open();
    await createAtKelviq(w, ['c1', 'c2', 'c3']);
    const { organizationIdentifier } = w.sandbox.state.organizations[2] as SandboxOrganization;
    await put(proxy, 'c1', { state: 'requested', dueAt: null });
    await put(proxy, 'c2', { state: 'attention', failure: 'echo_mismatch', dueAt: null });
    await put(proxy, 'c3', { state: 'attention', organizationIdentifier, dueAt: null });
    const { findings } = await reconciled(w);
    assert.deepEqual(
      findings.map(({ finding, state, done }) => [finding, state, done]),
      [
        ['unresolved', 'requested', false],
        ['unresolved', 'attention', false],
        ['unresolved', 'attention', false],
      ],
    );
    await w.clock.run(proxy.run());
    assert.equal(w.tries.length, 0);
    assert.equal((await reconciled(w, { apply: true })).sum.enqueued, 3);
    await w.clock.run(proxy.run());
    assert.deepEqual(
      (await rowsIn(proxy)).map(({ state }) => state),
      ['delivered', 'delivered', 'delivered'],
    );
    assert.equal(w.posts(), 3);
  });

  it('takes up what was forgotten while Kelviq did not know it', async (t) => {
    const w = await world(t);
    const proxy = await w.open();
    await createAtKelviq(w, ['c1']);
    const { organizationIdentifier } = w.sandbox.state.organizations[0] as SandboxOrganization;
    const absent = { failure: 'absent_at_kelviq', leaseUntil: 0, dueAt: w.clock.now() };
    await put(proxy, 'c1', { state: 'provisioned', organizationIdentifier, ...absent });
    assert.equal(await proxy.store.forget('c1'), true);
    const { findings } = await reconciled(w, { apply: true });
    assert.deepEqual(
      findings.map(({ finding, state, done }) => [finding, state, done]),
      [['unresolved', 'provisioned', true]],
    );
    await w.clock.run(proxy.run());
    assert.deepEqual([(await proxy.row('c1')).state, w.tries.length], ['delivered', 1]);
    assert.equal((await reconciled(w)).sum.agree, 1);
  });

  it('adopts what was refused before it appeared', async (t) => {
    const w = await world(t);
    const proxy = await w.open();
    await put(proxy, 'c1', { state: 'refused', refusal: 'email_taken', refusedAt: 1, email: null });
    await createAtKelviq(w, ['c1']);
    const { findings } = await reconciled(w, { apply: true });
    assert.deepEqual(
      findings.map(({ finding, state, done }) => [finding, state, done]),
      [['missing', 'refused', true]],
    );
    await w.clock.run(proxy.run());
    assert.equal((await proxy.row('c1')).state, 'delivered');
  });

  it('touches no conflict and says both sides', async (t) => {
    const w = await world(t);
    const proxy = await w.open();
    await createAtKelviq(w, ['c1']);
    await put(proxy, 'c1', { state: 'delivered', organizationIdentifier: 'org-other' });
    const before = await rowsIn(proxy);
    const { findings } = await reconciled(w, { apply: true });
    assert.deepEqual(findings, [
      {
        finding: 'conflict',
        externalId: 'c1',
        organizationIdentifier: w.sandbox.state.organizations[0]?.organizationIdentifier,
        state: 'delivered',
        stored: 'org-other',
        done: false,
      },
    ]);
    assert.deepEqual(await rowsIn(proxy), before);
  });

  it('leaves alone what is in hand', async (t) => {
    const w = await world(t);
    const proxy = await w.open();
    await createAtKelviq(w, ['c1', 'c2']);
    const leaseUntil = w.clock.now() + 5000;
    await put(proxy, 'c1', { leaseUntil, dueAt: leaseUntil });
    await put(proxy, 'c2', { state: 'refused', leaseUntil, dueAt: leaseUntil });
    const before = await rowsIn(proxy);
    for (const apply of [false, true]) {
      const { sum } = await reconciled(w, { apply });
      assert.deepEqual([sum.findings.in_hand, sum.enqueued], [2, 0]);
    }
    assert.deepEqual(await rowsIn(proxy), before);
  });

  it('enqueues nobody whose id it does not take', async (t) => {
    const w = await world(t);
    const proxy = await w.open();
    await createAtKelviq(w, [
      'a b',
      'ks_doctor-1',
      `ks_doctor-${'0'.repeat(16)}`,
      `ks_${'a'.repeat(22)}`,
      'c1',
    ]);
    w.sandbox.next({
      answer: (usual) => {
        const { results, ...rest } = usual.body as { results: object[] };
        const [first, ...others] = results;
        return { ...usual, body: { ...rest, results: [{ ...first, partnerExternalId: null }, ...others] } };
      },
    });
    const { findings } = await reconciled(w, { apply: true });
    assert.deepEqual(
      findings.map(({ finding, externalId }) => [finding, externalId]),
      [
        ['unusable', null],
        ['unusable', 'ks_doctor-1'],
        ['trial', `ks_doctor-${'0'.repeat(16)}`],
        ['missing', `ks_${'a'.repeat(22)}`],
        ['missing', 'c1'],
      ],
    );
    assert.equal((await rowsIn(proxy)).length, 2);
  });

  it('tells of rows that Kelviq does not list, deleting none', async (t) => {
    const w = await world(t);
    const proxy = await w.open();
    await put(proxy, 'c1', { state: 'requested' });
    await put(proxy, 'c2', { state: 'delivered', organizationIdentifier: 'org-gone' });
    await put(proxy, 'c3', { state: 'refused' });
    const { findings } = await reconciled(w, { apply: true });
    assert.deepEqual(
      findings.map(({ finding, externalId, state }) => [finding, externalId, state]),
      [
        ['not_at_kelviq', 'c1', 'requested'],
        ['not_at_kelviq', 'c2', 'delivered'],
      ],
    );
    assert.equal((await rowsIn(proxy)).length, 3);
  });
});

describe('reconcile beside customers', () => {
  it('misses nobody at Kelviq who came after it was asked', async (t) => {
    const w = await world(t);
    const proxy = await w.open();
    await createAtKelviq(w, ['c1']);
    const { findings } = await reconciled(w, { afterPage: () => proxy.post('c2', emailOf('c2')) });
    assert.deepEqual(
      findings.map(({ finding, externalId }) => [finding, externalId]),
      [['missing', 'c1']],
    );
  });

  it('does not enqueue one who signs up at that moment', async (t) => {
    const w = await world(t);
    const proxy = await w.open();
    await createAtKelviq(w, ['c1']);
    let crossed = false;
    const { sum } = await reconciled(w, {
      apply: true,
      wrap: (store) => ({
        ...store,
        async find(externalId) {
          const row = await store.find(externalId);
          if (!crossed) {
            crossed = true;
            assert.equal((await proxy.post(externalId, emailOf(externalId))).status, 200);
          }
          return row;
        },
      }),
    });
    assert.deepEqual([sum.findings.missing, sum.enqueued, w.sandbox.state.organizations.length], [0, 0, 1]);
    await w.clock.run(proxy.run());
    assert.equal(w.tries.length, 1);
  });

  it('gives a customer who comes just then their own', async (t) => {
    const w = await world(t);
    await createAtKelviq(w, ['c1']);
    let crossed = false;
    const proxy = await w.open({}, (store) => ({
      ...store,
      async begin(...row) {
        if (!crossed) {
          crossed = true;
          assert.equal((await reconciled(w, { apply: true })).sum.enqueued, 1);
        }
        return store.begin(...row);
      },
    }));
    const posts = w.posts();
    const { status, body } = await proxy.post('c1', emailOf('c1'));
    assert.deepEqual([status, body.clientKey], [200, w.sandbox.state.organizations[0]?.clientKey]);
    assert.equal(w.posts(), posts, 'nothing was asked for a second time');
  });

  it('run twice at once enqueues each once', async (t) => {
    const w = await world(t);
    const proxy = await w.open();
    await createAtKelviq(w, customers(40));
    const runs = await Promise.all([reconciled(w, { apply: true }), reconciled(w, { apply: true })]);
    assert.equal(
      runs.reduce((sum, run) => sum + run.sum.enqueued, 0),
      40,
    );
    await w.clock.run(proxy.run());
    assert.equal(w.tries.length, 40);
  });
});
