import assert from '../support/assert.ts';
import { describe, it } from 'node:test';
import { signupRow, STORE_TIME as now } from '../support/signup-row.ts';
import { onEveryEngine } from '../support/store.ts';

const until = now + 15_000;
const due = (id: string, dueAt: number | null, leaseUntil = 0) => signupRow(id, { dueAt, leaseUntil });

onEveryEngine((openStore, engine) => {
  describe('claim', () => {
    it('leases a free row and gives it', async (t) => {
      const row = signupRow('c1', { dueAt: null });
      const store = await openStore(t, [row]);
      const leased = { ...row, fence: 9, leaseUntil: until, dueAt: until };
      assert.deepEqual(await store.claim({ externalId: 'c1', fence: 1 }, { fence: 9, until }, now), leased);
      assert.deepEqual(await store.find('c1'), leased);
    });

    it('gives null for a held or missing row', async (t) => {
      const store = await openStore(t, [signupRow('c1', { leaseUntil: now + 1 })]);
      assert.equal(await store.claim({ externalId: 'c1', fence: 1 }, { fence: 9, until }, now), null);
      assert.equal(await store.claim({ externalId: 'c2', fence: 1 }, { fence: 9, until }, now), null);
      assert.equal(
        (await store.claim({ externalId: 'c1', fence: 1 }, { fence: 9, until }, now + 1))?.fence,
        9,
      );
    });

    it('gives null for a row that moved since it was read', async (t) => {
      const store = await openStore(t, [signupRow('c1', { fence: 5 })]);
      assert.equal(await store.claim({ externalId: 'c1', fence: 4 }, { fence: 9, until }, now), null);
      assert.equal((await store.find('c1'))?.fence, 5);
    });

    it('shuts out who held the row before', async (t) => {
      const row = signupRow('c1', { leaseUntil: now });
      const store = await openStore(t, [row]);
      await store.claim({ externalId: 'c1', fence: 1 }, { fence: 9, until }, now);
      assert.equal(await store.save(row), false);
      assert.equal(await store.remove(row), false);
      assert.deepEqual(await store.renew([row], until), new Set());
    });
  });

  describe('claimDue', () => {
    it('takes the longest due, one fence each', async (t) => {
      const store = await openStore(t, [due('a', now), due('b', now - 9), due('c', now - 5)]);
      const rows = await store.claimDue([11, 12], until, now);
      assert.deepEqual(
        rows.map((row) => [row.externalId, row.fence, row.leaseUntil, row.dueAt]),
        [
          ['b', 11, until, until],
          ['c', 12, until, until],
        ],
      );
    });

    it('takes the latest due of those due after a time', async (t) => {
      const rows = [
        due('a', now),
        due('b', now - 9),
        due('c', now - 5),
        due('d', now - 2),
        due('e', now + 1),
      ];
      const store = await openStore(t, [...rows, due('f', now, now + 1)]);
      const some = await store.claimDue([11, 12], until, now, now - 9);
      assert.deepEqual(
        some.map((row) => [row.externalId, row.fence, row.leaseUntil, row.dueAt]),
        [
          ['a', 11, until, until],
          ['d', 12, until, until],
        ],
      );
      const others = await store.claimDue([13, 14], until, now, now - 9);
      assert.deepEqual(
        others.map((row) => row.externalId),
        ['c'],
      );
    });

    it('passes over what is not due or held', async (t) => {
      const store = await openStore(t, [due('a', null), due('b', now + 1), due('c', now, now + 1)]);
      assert.deepEqual(await store.claimDue([11, 12, 13], until, now), []);
      assert.deepEqual(await store.claimDue([], until, until), []);
      await store.begin(due('d', now), null, [], now);
      const [claimed, ...more] = await store.claimDue([14], until, now);
      assert.deepEqual([claimed?.externalId, more], ['d', []]);
    });

    it('gives no row twice to concurrent callers', async (t) => {
      const store = await openStore(t, [due('a', now), due('b', now), due('c', now)]);
      const claims = await Promise.all(
        [
          [1, 2],
          [3, 4],
          [5, 6],
        ].map((fences) => store.claimDue(fences, until, now)),
      );
      const ids = claims.flat().map((row) => row.externalId);
      assert.deepEqual(ids.toSorted(), ['a', 'b', 'c']);
    });
  });

  describe('renew', () => {
    it('prolongs what is still held', async (t) => {
      const held = signupRow('a', { fence: 3, leaseUntil: now, dueAt: now });
      const free = signupRow('b', { fence: 4, leaseUntil: 0, dueAt: null });
      const taken = signupRow('c', { fence: 5, leaseUntil: now });
      const store = await openStore(t, [held, free, taken]);
      const rows = [held, free, { externalId: 'c', fence: 2 }, { externalId: 'd', fence: 8 }];
      assert.deepEqual(await store.renew(rows, until), new Set([3]));
      assert.deepEqual(await store.find('a'), { ...held, leaseUntil: until, dueAt: until });
      assert.deepEqual(await store.find('b'), free);
      assert.deepEqual(await store.find('c'), taken);
    });
  });

  describe('nextDue', () => {
    it('is the earliest due time, or null', async (t) => {
      const store = await openStore(t, [signupRow('a')]);
      assert.equal(await store.nextDue(), null);
      await store.save(signupRow('a', { dueAt: now + 7 }));
      await store.begin(signupRow('b', { dueAt: now + 3 }), null, [], now);
      assert.equal(await store.nextDue(), now + 3);
    });
  });

  describe('two stores on one database', () => {
    it('exclude each other by lease and fence', async (t) => {
      const address = await engine.address(t);
      const one = await openStore(t, [signupRow('c1')], address);
      const other = await openStore(t, [], address);
      const mine = await one.claim({ externalId: 'c1', fence: 1 }, { fence: 11, until }, now);
      assert.ok(mine);
      assert.equal(await other.claim({ externalId: 'c1', fence: 1 }, { fence: 12, until }, now), null);
      const theirs = await other.claim(mine, { fence: 12, until: until + 9 }, until);
      assert.ok(theirs);
      assert.equal(await one.save(mine), false);
      assert.equal(await other.save({ ...theirs, state: 'provisioned' }), true);
      assert.equal((await one.find('c1'))?.state, 'provisioned');
    });

    it('give one customer to one of them', async (t) => {
      const address = await engine.address(t);
      const stores = [await openStore(t, [], address), await openStore(t, [], address)];
      const ids = Array.from({ length: 50 }, (_, index) => `c${index}`);
      const outcomes = await Promise.all(
        stores.flatMap((store) => ids.map((id) => store.begin(signupRow(id), null, [], now))),
      );
      assert.equal(outcomes.filter(({ outcome }) => outcome === 'opened').length, ids.length);
    });
  });
});
