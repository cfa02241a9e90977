import assert from '../support/assert.ts';
import { describe, it, type TestContext } from 'node:test';
import type { Charge, Store } from '../../proxy/store.ts';
import { openStore } from '../../proxy/store-url.ts';
import { postgresAddress } from '../support/postgres.ts';
import { sql } from '../support/postgres-server.ts';
import { signupRow, STORE_TIME as now } from '../support/signup-row.ts';

const until = now + 12_000;
const windowMs = 3_600_000;

/** Three replicas: stores on one database, each with connections of its own. */
async function replicas(t: TestContext): Promise<{ url: string; stores: [Store, Store, Store] }> {
  const url = await postgresAddress(t);
  const stores: [Store, Store, Store] = [openStore(url), openStore(url), openStore(url)];
  t.after(() => Promise.all(stores.map((store) => store.close())));
  await Promise.all(stores.map((store) => store.open()));
  return { url, stores };
}

const inTurn = (stores: readonly [Store, Store, Store], turn: number) => stores[turn % 3] ?? stores[0];

const sorted = (ids: readonly string[]) => ids.toSorted((one, other) => one.localeCompare(other));

describe('replicas at once', () => {
  it('claim 3,000 due rows, none twice', async (t) => {
    const { url, stores } = await replicas(t);
    const ids = Array.from({ length: 3000 }, (_, turn) => `c${turn}`);
    // Not all at once: each waits for a connection no longer than its limit.
    for (let from = 0; from < ids.length; from += 150)
      await Promise.all(
        ids.slice(from, from + 150).map((id, turn) => {
          const row = signupRow(id, { dueAt: now - from - turn });
          return inTurn(stores, turn).begin(row, null, [], now);
        }),
      );
    let fences = 0;
    const taken = await Promise.all(
      [...stores, ...stores, ...stores].map(async (store) => {
        const mine: string[] = [];
        for (let empty = 0; empty < 3;) {
          const numbers = Array.from({ length: 64 }, () => 100 + ++fences);
          const rows = await store.claimDue(numbers, until, now);
          assert.deepEqual(
            rows.map(({ fence }) => fence),
            numbers.slice(0, rows.length),
          );
          mine.push(...rows.map(({ externalId }) => externalId));
          empty = rows.length === 0 ? empty + 1 : 0;
        }
        return mine;
      }),
    );
    assert.deepEqual(sorted(taken.flat()), sorted(ids));
    const kept = await sql(url, 'SELECT count(DISTINCT fence)::int FROM signups WHERE lease_until = $1', [
      until,
    ]);
    assert.deepEqual(kept, [[3000]]);
  });

  it('claim one row for one of them', async (t) => {
    const { stores } = await replicas(t);
    for (let round = 0; round < 30; round++) {
      const row = signupRow(`c${round}`);
      await stores[0].begin(row, null, [], now);
      const claims = await Promise.all(
        stores.flatMap((store, one) =>
          [0, 1, 2].map((turn) => store.claim(row, { fence: 100 + one * 3 + turn, until }, now)),
        ),
      );
      const [claimed, ...others] = claims.filter((claim) => claim !== null);
      assert.deepEqual(others, []);
      assert.equal((await stores[1].find(row.externalId))?.fence, claimed?.fence);
    }
  });

  it('begin one customer at one of them', async (t) => {
    const { url, stores } = await replicas(t);
    const charge: Charge = { key: 'email:1', attempts: 1000, windowMs };
    for (let round = 0; round < 20; round++) {
      const outcomes = await Promise.all(
        stores.flatMap((store, one) =>
          [0, 1, 2, 3].map((turn) =>
            store.begin(signupRow(`c${round}`, { fence: 1 + one * 4 + turn }), null, [charge], now),
          ),
        ),
      );
      const winner = outcomes.findIndex(({ outcome }) => outcome === 'opened');
      for (const [turn, opened] of outcomes.entries()) {
        if (turn === winner) continue;
        assert.equal(opened.outcome, 'exists');
        assert.equal(opened.outcome === 'exists' && opened.row.fence, winner + 1);
      }
    }
    assert.deepEqual(await sql(url, 'SELECT count FROM charges'), [[20]]);
  });

  it('never exceed a limit, nor stop short of it', async (t) => {
    const { url, stores } = await replicas(t);
    const charges: Charge[] = [
      { key: 'b:address', attempts: 25, windowMs },
      { key: 'a:email', attempts: 20, windowMs },
    ];
    const outcomes = await Promise.all(
      Array.from({ length: 150 }, (_, turn) => {
        const asked = turn % 2 ? charges : charges.toReversed();
        return inTurn(stores, turn).begin(signupRow(`c${turn}`), null, asked, now);
      }),
    );
    assert.equal(outcomes.filter((opened) => opened.outcome === 'opened').length, 20);
    const limited = outcomes.filter((opened) => opened.outcome === 'limited');
    assert.equal(limited.length, 130);
    for (const opened of limited)
      assert.deepEqual(opened, { outcome: 'limited', limit: charges[1], retryAfterMs: windowMs });
    const kept = await sql(url, 'SELECT key, count FROM charges ORDER BY key');
    assert.deepEqual(kept, [
      ['a:email', 20],
      ['b:address', 20],
    ]);
  });

  it('charge, give back and forget without a deadlock', async (t) => {
    const { url, stores } = await replicas(t);
    const keys = ['k1', 'k2', 'k3', 'k4'];
    const charges: Charge[] = keys.map((key) => ({ key, attempts: 10_000, windowMs }));
    await Promise.all(
      Array.from({ length: 120 }, async (_, turn) => {
        const store = inTurn(stores, turn);
        const row = signupRow(`c${turn}`, { dueAt: now, fence: turn });
        const order = turn % 2 ? charges : charges.toReversed();
        assert.deepEqual(await store.begin(row, null, order, now), { outcome: 'opened' });
        if (turn % 10 === 0) await store.tidy();
        if (turn % 7 === 0) await store.enqueue('undelivered', now);
        await store.renew([row, { externalId: `c${turn - 1}`, fence: turn - 1 }], until);
        const back = turn % 3 ? keys : keys.toReversed();
        if (turn % 4 === 0) assert.equal(await store.remove(row, back), true);
      }),
    );
    const kept = await sql(url, 'SELECT DISTINCT count FROM charges');
    assert.deepEqual(kept, [[90]]);
    const [deadlocks] = await sql(
      url,
      'SELECT deadlocks::int FROM pg_stat_database WHERE datname = current_database()',
    );
    assert.deepEqual(deadlocks, [0]);
  });

  it('let only the latest lease write', async (t) => {
    const { stores } = await replicas(t);
    const [one, other, third] = stores;
    const row = signupRow('c1', { leaseUntil: now, dueAt: now });
    await one.begin(row, null, [], now);
    for (let round = 0; round < 50; round++) {
      const stale = (await one.find('c1')) ?? row;
      const free = { ...stale, leaseUntil: 0, dueAt: now };
      await one.save(free);
      const [saved, claimed] = await Promise.all([
        one.save({ ...free, reads: round, state: 'attention' }),
        other.claim(free, { fence: 1000 + round, until }, now),
      ]);
      assert.ok(claimed);
      assert.equal(await third.save({ ...free, state: 'refused' }), false);
      const stored = await third.find('c1');
      assert.equal(stored?.fence, 1000 + round);
      assert.equal(stored?.state, saved ? 'attention' : stored?.state);
      assert.notEqual(stored?.state, 'refused');
      await other.save({ ...claimed, state: 'requested', leaseUntil: 0 });
    }
  });
});
