import assert from '../support/assert.ts';
import { describe, it } from 'node:test';
import { ROW_STATES, type Row } from '../../proxy/row.ts';
import { signupRow, STORE_TIME as now } from '../support/signup-row.ts';
import { onEveryEngine } from '../support/store.ts';

onEveryEngine((openStore) => {
  describe('begin', () => {
    it('keeps every member of a row', async (t) => {
      const store = await openStore(t);
      const row = signupRow('c1', {
        doubtAt: now,
        userId: 2 ** 40,
        told: true,
        created: true,
        dueAt: now + 5,
      });
      assert.deepEqual(await store.begin(row, null, [], now), { outcome: 'opened' });
      assert.deepEqual(await store.find('c1'), row);
      assert.equal(await store.find('c2'), null);
    });

    it('leaves the row of somebody else alone', async (t) => {
      const row = signupRow('c1');
      const store = await openStore(t, [row]);
      const other = signupRow('c1', { email: 'other@example.com', fence: 2 });
      assert.deepEqual(await store.begin(other, null, [], now), { outcome: 'exists', row });
      assert.deepEqual(await store.begin(other, 7, [], now), { outcome: 'exists', row });
      assert.deepEqual(await store.find('c1'), row);
    });

    it('replaces the row held under the expected fence', async (t) => {
      const store = await openStore(t, [signupRow('c1', { told: true })]);
      const next = signupRow('c1', { attempt: 2, fence: 2, told: false });
      assert.deepEqual(await store.begin(next, 1, [], now), { outcome: 'opened' });
      assert.deepEqual(await store.find('c1'), next);
    });

    it('opens where the expected row is gone', async (t) => {
      const store = await openStore(t);
      assert.deepEqual(await store.begin(signupRow('c1'), 5, [], now), { outcome: 'opened' });
    });

    it('lets one of two concurrent beginners in', async (t) => {
      const store = await openStore(t);
      const rows = [signupRow('c1', { fence: 1 }), signupRow('c1', { fence: 2 })];
      const outcomes = await Promise.all(rows.map((row) => store.begin(row, null, [], now)));
      const winner = rows.find((_, turn) => outcomes[turn]?.outcome === 'opened');
      const others = outcomes.filter(({ outcome }) => outcome !== 'opened');
      assert.deepEqual(others, [{ outcome: 'exists', row: winner }]);
    });
  });

  describe('save', () => {
    it('writes every member under the same fence', async (t) => {
      const store = await openStore(t, [signupRow('c1')]);
      const row = signupRow('c1', {
        state: 'provisioned',
        clientKey: 'k',
        settled: true,
        email: null,
        reads: 3,
      });
      assert.equal(await store.save(row), true);
      assert.deepEqual(await store.find('c1'), row);
    });

    it('writes whatever has changed since it was known', async (t) => {
      const store = await openStore(t);
      let known = signupRow('c1');
      await store.begin(known, null, [], now);
      for (const members of [
        { state: 'provisioned', requestId: 'r2', emailHash: null },
        { email: 'new@example.com' },
        { businessName: null, createdAt: now - 1, updatedAt: now + 1 },
        { email: null, attempt: 2, attemptedAt: now + 2, settled: true, doubtAt: now },
        { refusal: 'email_taken', refusedAt: now },
        { userId: 1, organizationIdentifier: 'o', organizationSlug: 's', clientKey: 'k', created: true },
        { told: true, provisionedAt: now, deliveryAttempts: 3, deliveredAt: now, failure: 'f', reads: 2 },
        { dueAt: now + 1, leaseUntil: now + 1, history: 'h' },
        { dueAt: null, leaseUntil: 0, userId: null, clientKey: null, settled: false, failure: null },
        {},
      ] satisfies Partial<Row>[]) {
        const row: Row = { ...known, ...members };
        assert.equal(await store.save(row, known), true);
        assert.deepEqual(await store.find('c1'), row);
        known = row;
      }
    });

    it('does not forget who was told since it was known', async (t) => {
      const known = signupRow('c1', { state: 'provisioned', dueAt: 1 });
      const store = await openStore(t, [known]);
      await store.tell('c1');
      const done = { ...known, state: 'delivered', dueAt: null } as const;
      assert.equal(await store.save(done, known), true);
      assert.deepEqual(await store.find('c1'), { ...done, told: true, emailHash: null });
    });

    it('brings nothing back that a person had erased meanwhile', async (t) => {
      const known = signupRow('c1', { state: 'provisioned', leaseUntil: now + 12_000 });
      const store = await openStore(t, [known]);
      assert.equal(await store.forget('c1'), true);
      const row = { ...known, state: 'undeliverable', leaseUntil: 0 } as const;
      assert.equal(await store.save(row, known), true);
      assert.deepEqual(await store.find('c1'), { ...row, email: null, businessName: null, emailHash: null });
    });

    it('overwrites what was enqueued while it was held', async (t) => {
      const known = signupRow('c1', { state: 'undeliverable', deliveryAttempts: 9, reads: 4 });
      const store = await openStore(t, [known]);
      assert.equal(await store.enqueue({ externalId: 'c1' }, now), 1);
      const row = { ...known, failure: 'read_failed', dueAt: now + 1 };
      assert.equal(await store.save(row, known), true);
      assert.deepEqual(await store.find('c1'), row);
    });

    it('writes nothing under another fence', async (t) => {
      const row = signupRow('c1');
      const store = await openStore(t, [row]);
      assert.equal(await store.save({ ...row, state: 'attention', fence: 2 }), false);
      assert.equal(await store.save({ ...row, externalId: 'c2' }), false);
      assert.deepEqual(await store.find('c1'), row);
    });

    it('does not forget who was told meanwhile', async (t) => {
      const row = signupRow('c1');
      const store = await openStore(t, [row]);
      await store.tell('c1');
      await store.save({ ...row, state: 'provisioned' });
      assert.deepEqual(await store.find('c1'), { ...row, state: 'provisioned', told: true });
      await store.save({ ...row, state: 'delivered' });
      assert.deepEqual(await store.find('c1'), { ...row, state: 'delivered', told: true, emailHash: null });
    });

    it('refuses a text that would be cut', async (t) => {
      const row = signupRow('c1');
      const store = await openStore(t, [row]);
      await assert.rejects(store.save({ ...row, businessName: 'a\0b' }), /NUL/);
      assert.deepEqual(await store.find('c1'), row);
    });
  });

  describe('backlog', () => {
    it('counts what is not done, but nothing that a person is done with', async (t) => {
      const parked = { state: 'attention', leaseUntil: 0, dueAt: null } as const;
      const store = await openStore(t, [
        signupRow('waits', { state: 'provisioned', dueAt: now }),
        signupRow('given-up', { ...parked, state: 'undeliverable', emailHash: null }),
        signupRow('parked', parked),
        signupRow('forgotten', parked),
        signupRow('erased', { ...parked, email: null, emailHash: null }),
        signupRow('held', { ...parked, leaseUntil: now }),
        signupRow('another', { ...parked, organizationIdentifier: 'o1', failure: 'echo_mismatch' }),
      ]);
      for (const externalId of ['forgotten', 'held', 'another'])
        assert.equal(await store.forget(externalId), true);
      const counts = (await store.backlog()).map(({ state, count }) => [state, count]);
      assert.deepEqual(Object.fromEntries(counts), { provisioned: 1, undeliverable: 1, attention: 3 });
      // All but those two are due now, which only their names bring back.
      assert.equal(await store.enqueue('undelivered', now), 5);
      assert.equal(await store.enqueue({ externalId: 'another' }, now), 1);
    });
  });

  describe('forget', () => {
    it('is done with an organization that is gone, but with nothing in hand', async (t) => {
      const absent = { state: 'provisioned', failure: 'absent_at_kelviq', dueAt: now } as const;
      const rows = [
        signupRow('gone', { ...absent, leaseUntil: 0 }),
        signupRow('held', { ...absent, leaseUntil: now }),
        signupRow('late', { ...absent, leaseUntil: 0, failure: 'http_500' }),
      ];
      const store = await openStore(t, rows);
      for (const { externalId } of rows) assert.equal(await store.forget(externalId), true);
      const due = await Promise.all(rows.map(({ externalId }) => store.find(externalId)));
      assert.deepEqual(
        due.map((row) => row?.dueAt),
        [null, now, now],
      );
      assert.equal((await store.backlog())[0]?.count, 2);
      // Only its name brings it back.
      assert.equal(await store.enqueue('undelivered', now + 1), 2);
      assert.equal((await store.find('gone'))?.dueAt, null);
      assert.equal(await store.enqueue({ externalId: 'gone' }, now + 1), 1);
      assert.equal((await store.find('gone'))?.dueAt, now + 1);
    });
  });

  describe('remove', () => {
    it('removes under the same fence only', async (t) => {
      const row = signupRow('c1');
      const store = await openStore(t, [row]);
      assert.equal(await store.remove({ ...row, fence: 2 }), false);
      assert.equal(await store.remove(row), true);
      assert.equal(await store.remove(row), false);
      assert.equal(await store.find('c1'), null);
    });
  });

  describe('tell', () => {
    it('takes note once', async (t) => {
      const store = await openStore(t, [signupRow('c1', { state: 'provisioned' })]);
      const told = await Promise.all([store.tell('c1'), store.tell('c1'), store.tell('c2')]);
      assert.deepEqual([told.filter(Boolean).length, told[2]], [1, false]);
      assert.equal((await store.find('c1'))?.emailHash, 'h1');
    });

    it('erases the hash of a delivered row', async (t) => {
      const store = await openStore(t, [signupRow('c1', { state: 'delivered' })]);
      assert.equal(await store.tell('c1'), true);
      assert.equal((await store.find('c1'))?.emailHash, null);
    });
  });

  describe('list', () => {
    it('pages by externalId', async (t) => {
      const store = await openStore(
        t,
        ['b', 'c', 'a', 'B'].map((id) => signupRow(id)),
      );
      const ids = async (after?: string) =>
        (await store.list({ limit: 2, ...(after && { after }) })).map((row) => row.externalId);
      assert.deepEqual([await ids(), await ids('a'), await ids('c')], [['B', 'a'], ['b', 'c'], []]);
    });

    it('gives the asked states only', async (t) => {
      const store = await openStore(
        t,
        ROW_STATES.map((state) => signupRow(`c-${state}`, { state })),
      );
      const states = async (...asked: (typeof ROW_STATES)[number][]) =>
        (await store.list({ states: asked, limit: 9 })).map((row) => row.state);
      assert.deepEqual(await states('refused', 'attention'), ['attention', 'refused']);
      assert.equal((await states()).length, ROW_STATES.length);
      assert.deepEqual(await states(...ROW_STATES), [...ROW_STATES].toSorted());
    });

    it('reads more rows than one fetch of the engine', async (t) => {
      const store = await openStore(
        t,
        Array.from({ length: 250 }, (_, index) => signupRow(`c${index}`)),
      );
      for (const limit of [99, 100, 101, 200, 250]) assert.equal((await store.list({ limit })).length, limit);
    });
  });

  describe('findByRequest', () => {
    it('finds by the reference of the request', async (t) => {
      const row = signupRow('c1', { requestId: 'req_9' });
      const store = await openStore(t, [row, signupRow('c2')]);
      assert.deepEqual(await store.findByRequest('req_9'), row);
      assert.equal(await store.findByRequest('req_8'), null);
    });

    it('finds by an earlier one, but not by a part of it', async (t) => {
      const history = `${now} 1 opened requested  req_7a\n${now} 1 opened requested  req_8`;
      const row = signupRow('c1', { requestId: 'req_9', history });
      const store = await openStore(t, [row]);
      for (const reference of ['req_7a', 'req_8'])
        assert.deepEqual(await store.findByRequest(reference), row);
      for (const part of ['req_7', 'req_%', 'req__', '%', ''])
        assert.equal(await store.findByRequest(part), null, part);
    });
  });
});
