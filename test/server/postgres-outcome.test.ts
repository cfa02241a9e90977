import assert from '../support/assert.ts';
import { describe, it, type TestContext } from 'node:test';
import { Unanswered } from '../../proxy/postgres/pool.ts';
import { settling } from '../../proxy/postgres/recovery.ts';
import type { Row } from '../../proxy/row.ts';
import { StoreFailure } from '../../proxy/store-failure.ts';
import type { Charge, Store } from '../../proxy/store.ts';
import { openStore } from '../../proxy/store-url.ts';
import { postgresAddress } from '../support/postgres.ts';
import { sql } from '../support/postgres-server.ts';
import { FAULTS, startWire, type Fault } from '../support/postgres-wire.ts';
import { signupRow, STORE_TIME as now } from '../support/signup-row.ts';

const until = now + 12_000;
const charge: Charge = { key: 'email:1', attempts: 3, windowMs: 3_600_000 };
const mine = signupRow('c1', { dueAt: now, email: null });
const leased = { ...mine, fence: 9, leaseUntil: until, dueAt: until };

type Case = {
  operation: string;
  /** Part of its statement. */
  statement: string;
  run: (store: Store) => Promise<unknown>;
  gives: unknown;
  /** What it gives when the statement was carried out and only the answer is missing; else as `gives`. */
  unsure?: unknown;
  /** The row afterwards, and how often its e-mail has been charged. */
  row: Partial<Row> | null;
  charged?: number;
};

/** Each starts from the row `mine`, whose e-mail has been charged once. */
const cases: Case[] = [
  {
    operation: 'begin',
    statement: 'kelviq_begin',
    run: (store) => store.begin({ ...mine, fence: 2, attempt: 2 }, 1, [charge], now),
    gives: { outcome: 'opened' },
    row: { fence: 2, attempt: 2 },
    charged: 2,
  },
  {
    operation: 'save',
    statement: 'kelviq_save',
    run: (store) => store.save({ ...mine, state: 'provisioned', clientKey: 'ck' }),
    gives: true,
    row: { state: 'provisioned', clientKey: 'ck' },
  },
  {
    operation: 'remove',
    statement: 'kelviq_remove',
    run: (store) => store.remove(mine, [charge.key]),
    gives: true,
    row: null,
    charged: 0,
  },
  {
    operation: 'claim',
    statement: 'kelviq_claim',
    run: (store) => store.claim(mine, { fence: 9, until }, now),
    gives: leased,
    row: leased,
  },
  {
    operation: 'claimDue',
    statement: 'kelviq_claim_due',
    run: (store) => store.claimDue([9, 10], until, now),
    gives: [leased],
    row: leased,
  },
  {
    operation: 'renew',
    statement: 'kelviq_renew',
    run: async (store) => {
      await store.save({ ...mine, leaseUntil: now + 1 });
      return store.renew([mine, { externalId: 'c2', fence: 1 }], until);
    },
    gives: new Set([1]),
    row: { leaseUntil: until, dueAt: until },
  },
  {
    operation: 'tell',
    statement: 'kelviq_tell',
    run: (store) => store.tell('c1'),
    gives: true,
    unsure: false,
    row: { told: true },
  },
  {
    operation: 'enqueue of one',
    statement: 'kelviq_enqueue_one',
    run: (store) => store.enqueue({ externalId: 'c1' }, now + 7),
    gives: 1,
    row: { dueAt: now + 7 },
  },
  {
    operation: 'enqueue of all',
    statement: 'kelviq_enqueue_some',
    run: (store) => store.enqueue('undelivered', now + 7),
    gives: 1,
    row: { dueAt: now + 7 },
  },
  {
    operation: 'find',
    statement: 'kelviq_find',
    run: (store) => store.find('c1'),
    gives: mine,
    row: {},
  },
];

/** What a row alone is charged to. */
const chargeOf = ({ externalId }: Row): Charge[] => [{ ...charge, key: `email:${externalId}` }];

async function setUp(t: TestContext) {
  const url = await postgresAddress(t);
  const wire = await startWire(t, url);
  const store = openStore(wire.url);
  t.after(() => store.close());
  await store.open();
  await store.begin(mine, null, [charge], now);
  return { url, wire, store };
}

async function chargedOn(url: string): Promise<number> {
  const rows = await sql(url, 'SELECT count FROM charges WHERE key = $1', [charge.key]);
  return Number(rows[0]?.[0]);
}

describe('a statement without an answer', { concurrency: 8 }, () => {
  for (const { operation, statement, run, gives, unsure = gives, row, charged = 1 } of cases) {
    for (const fault of FAULTS) {
      it(`is found out: ${operation}, ${fault}`, async (t) => {
        const { url, wire, store } = await setUp(t);
        wire.arm(statement, fault);
        assert.deepEqual(await run(store), fault === 'cut after' ? unsure : gives);
        await wire.quiet();
        const stored = await store.find('c1');
        if (row === null) assert.equal(stored, null);
        else assert.deepEqual(stored, { ...stored, ...row });
        assert.equal(await chargedOn(url), charged);
      });
    }
  }

  for (const fault of FAULTS) {
    it(`is found out for each of a group: ${fault}`, async (t) => {
      const { url, wire, store } = await setUp(t);
      const others = Array.from({ length: 12 }, (_, turn) => signupRow(`d${turn}`, { fence: 20 + turn }));
      const opened = others.map(() => ({ outcome: 'opened' }));
      wire.arm('kelviq_begin_all', fault, fault);
      const begun = await Promise.all(others.map((row) => store.begin(row, null, chargeOf(row), now)));
      assert.deepEqual(begun, opened);
      wire.arm('kelviq_save_all', fault, fault);
      const moved = others.map((row) => ({ ...row, state: 'provisioned' as const }));
      assert.deepEqual(new Set(await Promise.all(moved.map((row) => store.save(row)))), new Set([true]));
      await wire.quiet();
      assert.deepEqual(await Promise.all(others.map((row) => store.find(row.externalId))), moved);
      assert.deepEqual(await sql(url, 'SELECT DISTINCT count FROM charges'), [[1]]);
    });
  }

  const faults: Fault[] = ['cut after', 'cut before', 'cut and late'];
  it('is found out more than once', async (t) => {
    const { url, wire, store } = await setUp(t);
    wire.arm('kelviq_begin', 'cut and late', 'cut before', 'cut after');
    const begun = await store.begin({ ...mine, fence: 2 }, 1, [charge], now);
    assert.deepEqual(begun, { outcome: 'opened' });
    await wire.quiet();
    assert.equal(await chargedOn(url), 2);
  });

  it('cannot be carried out over a later one', async (t) => {
    const { wire, store } = await setUp(t);
    wire.arm('kelviq_save', 'cut and late');
    assert.equal(await store.save({ ...mine, state: 'provisioned' }), true);
    assert.equal(await store.save({ ...mine, state: 'delivered' }), true);
    await wire.quiet();
    assert.equal((await store.find('c1'))?.state, 'delivered');
  });

  it('is found out when the question is lost too', async (t) => {
    const { wire, store } = await setUp(t);
    wire.arm('kelviq_claim', 'cut after');
    const claiming = store.claim(mine, { fence: 9, until }, now);
    wire.arm('pg_terminate_backend', ...faults);
    assert.deepEqual(await claiming, leased);
  });

  it('is found out where nothing waits for a connection’s end', async () => {
    let turns = 0;
    let left = 3;
    const settled = settling({
      ask: async ({ text }) => {
        // Before version 14 it takes the number of a process alone.
        if (/pg_terminate_backend\(\w+,/.test(text)) throw new StoreFailure('42883', 'no such function');
        return [[--left === 0]];
      },
      transaction: () => assert.fail('nothing asks for one'),
      apart: async () => undefined,
      end: async () => undefined,
    });
    const outcome = await settled(
      () => {
        assert.equal(++turns, 1);
        throw new Unanswered({ pid: 1, startedAt: '1' });
      },
      async () => left,
    );
    assert.equal(outcome, 0, 'its process is gone when what it left is read');
  });

  it('never gives the number of a start twice', async (t) => {
    const url = await postgresAddress(t);
    const wire = await startWire(t, url);
    const numbers: number[] = [];
    for (const fault of FAULTS) {
      const store = openStore(wire.url);
      t.after(() => store.close());
      wire.arm('UPDATE starts', fault);
      numbers.push(await store.open());
    }
    assert.equal(new Set(numbers).size, FAULTS.length, String(numbers));
  });

  it('is somebody else’s row when begin finds one', async (t) => {
    const { url, wire, store } = await setUp(t);
    wire.arm('kelviq_begin', 'cut after');
    const begun = await store.begin({ ...mine, fence: 2 }, null, [charge], now);
    assert.deepEqual(begun, { outcome: 'exists', row: mine });
    assert.equal(await chargedOn(url), 1);
  });
});
