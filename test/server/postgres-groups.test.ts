import assert from '../support/assert.ts';
import { describe, it, type TestContext } from 'node:test';
import { Client } from 'pg';
import { inGroups } from '../../proxy/postgres/groups.ts';
import { StoreFailure } from '../../proxy/store-failure.ts';
import type { Charge, Opened } from '../../proxy/store.ts';
import { openStore } from '../../proxy/store-url.ts';
import { postgresAddress, postgresUrl } from '../support/postgres.ts';
import { sql } from '../support/postgres-server.ts';
import { signupRow, STORE_TIME as now } from '../support/signup-row.ts';

const later = () => performance.now() + 60_000;

/** A server that answers when it is told to; operations are words, and touch their first letter. */
function slowServer() {
  const asked: { items: readonly string[]; answer: () => void; fail: (error: unknown) => void }[] = [];
  const join = inGroups<string, string>({
    ask: (items) =>
      new Promise((resolve, reject) => {
        const answer = () => resolve(items.map((item) => item.toUpperCase()));
        asked.push({ items, answer, fail: reject });
      }),
    touches: (item) => [item.slice(0, 1)],
  });
  return {
    asked,
    join: (item: string, until = later(), patience?: 'patient') =>
      join(item, { sentBy: until, until }, patience),
  };
}

const turnOfLoop = () => new Promise<void>((resolve) => void setImmediate(resolve));

describe('operations in groups', () => {
  it('are asked together while the server is busy', async () => {
    const { asked, join } = slowServer();
    const results = ['a', 'b', 'c', 'd', 'e'].map((item) => join(item));
    assert.deepEqual(
      asked.map(({ items }) => items),
      [['a'], ['b']],
    );
    asked[1]?.answer();
    await turnOfLoop();
    assert.deepEqual(asked[2]?.items, ['c', 'd', 'e']);
    asked[2]?.answer();
    await turnOfLoop();
    asked[0]?.answer();
    assert.deepEqual(await Promise.all(results), ['A', 'B', 'C', 'D', 'E']);
    assert.equal(asked.length, 3);
  });

  it('are of different groups when they touch the same', async () => {
    const { asked, join } = slowServer();
    const results = ['x', 'y', 'a1', 'a2', 'b', 'a3'].map((item) => join(item));
    for (let turn = 0; turn < 5; turn++) {
      asked[turn]?.answer();
      await turnOfLoop();
    }
    assert.deepEqual(
      asked.map(({ items }) => items),
      [['x'], ['y'], ['a1', 'b'], ['a2'], ['a3']],
    );
    assert.deepEqual(await Promise.all(results), ['X', 'Y', 'A1', 'A2', 'B', 'A3']);
  });

  it('share no group with one whose time is nearly up, which would take it from them', async () => {
    const { asked, join } = slowServer();
    const soon = performance.now() + 59_000;
    const results = [join('x'), join('y'), join('a', soon), join('b'), join('c', soon), join('d')];
    for (let turn = 0; turn < 4; turn++) {
      asked[turn]?.answer();
      await turnOfLoop();
    }
    assert.deepEqual(
      asked.map(({ items }) => items),
      [['x'], ['y'], ['a', 'c'], ['b', 'd']],
    );
    assert.deepEqual(await Promise.all(results), ['X', 'Y', 'A', 'B', 'C', 'D']);
  });

  it('fail together, and nobody else with them', async () => {
    const { asked, join } = slowServer();
    const outcomes = Promise.allSettled(['a', 'b', 'c', 'd'].map((item) => join(item)));
    asked[0]?.answer();
    await turnOfLoop();
    asked[2]?.fail(new StoreFailure('55P03', 'refused'));
    asked[1]?.answer();
    const states = (await outcomes).map(({ status }) => status);
    assert.deepEqual(states, ['fulfilled', 'fulfilled', 'rejected', 'rejected']);
    const after = join('e');
    await turnOfLoop();
    asked[3]?.answer();
    assert.equal(await after, 'E');
  });

  it('wait for no group that is slow', async () => {
    const { asked, join } = slowServer();
    const results = ['a', 'b', 'c', 'd'].map((item) => join(item));
    while (asked.length < 3) await turnOfLoop();
    assert.deepEqual(asked[2]?.items, ['c', 'd']);
    for (const { answer } of asked) answer();
    assert.deepEqual(await Promise.all(results), ['A', 'B', 'C', 'D']);
    const next = [join('e'), join('f')];
    assert.deepEqual(
      asked.slice(3).map(({ items }) => items),
      [['e'], ['f']],
    );
    for (const { answer } of asked) answer();
    assert.deepEqual(await Promise.all(next), ['E', 'F']);
  });

  it('wait for company when they are patient, but not for ever', async () => {
    const { asked, join } = slowServer();
    const results = [join('a', later(), 'patient'), join('b', later(), 'patient')];
    assert.equal(asked.length, 0);
    results.push(join('c'));
    assert.deepEqual(asked[0]?.items, ['a', 'b', 'c']);
    asked[0]?.answer();
    assert.deepEqual(await Promise.all(results), ['A', 'B', 'C']);
    const alone = join('d', later(), 'patient');
    while (asked.length < 2) await turnOfLoop();
    asked[1]?.answer();
    assert.equal(await alone, 'D');
  });

  it('are not asked once their time is up', async () => {
    const { asked, join } = slowServer();
    const [first, second] = [join('a'), join('b')];
    const late = assert.rejects(join('c', performance.now()), { code: 'ETIMEDOUT' });
    const inTime = join('d');
    asked[0]?.answer();
    await Promise.all([first, late]);
    assert.deepEqual(asked[2]?.items, ['d']);
    asked[1]?.answer();
    asked[2]?.answer();
    assert.deepEqual(await Promise.all([second, inTime]), ['B', 'D']);
  });
});

let stores = 0;

async function setUp(t: TestContext) {
  const url = await postgresAddress(t);
  const name = `groups-${++stores}`;
  const store = openStore(`${url}&application_name=${name}`);
  t.after(() => store.close());
  await store.open();
  const other = new Client({ connectionString: await postgresUrl() });
  t.after(() => other.end());
  await other.connect();
  await other.query(`SET search_path = ${new URL(url).searchParams.get('schema')}`);
  return { url, name, store, other };
}

/** The beginning of the first statement of `name` that waits for a lock. */
async function waiting(url: string, name: string): Promise<unknown> {
  const waits = `SELECT left(query, 4) FROM pg_stat_activity
    WHERE wait_event_type = 'Lock' AND application_name = $1`;
  for (;;) {
    const [first] = await sql(url, waits, [name]);
    if (first) return first[0];
    await turnOfLoop();
  }
}

const ids = Array.from({ length: 12 }, (_, turn) => `c${turn}`);
const charge = (key: string, attempts: number): Charge => ({ key, attempts, windowMs: 3_600_000 });

/** How a beginning ended, or the code of its failure. */
const outcomeIn = (settled: PromiseSettledResult<Opened>) =>
  settled.status === 'fulfilled' ? settled.value.outcome : (settled.reason as StoreFailure).code;

describe('a group on PostgreSQL', { concurrency: true }, () => {
  it('opens whom it can, and tells the others what stands in their way', async (t) => {
    const { url, store } = await setUp(t);
    await store.begin(signupRow('c5', { fence: 7 }), null, [charge('full', 1)], now);
    const outcomes = await Promise.all(
      ids.map((id) => store.begin(signupRow(id), null, [charge(id === 'c8' ? 'full' : id, 1)], now)),
    );
    for (const [turn, opened] of outcomes.entries()) {
      const outcome = turn === 5 ? 'exists' : turn === 8 ? 'limited' : 'opened';
      assert.equal(opened.outcome, outcome, `c${turn}`);
    }
    const charged = await sql(url, 'SELECT key FROM charges ORDER BY key');
    assert.deepEqual(charged.flat(), [...ids.filter((id) => id !== 'c5' && id !== 'c8'), 'full'].toSorted());
    assert.equal((await store.find('c5'))?.fence, 7);
    assert.equal(await store.find('c8'), null);
  });

  it('undoes itself for a limit that fills up meanwhile, and nobody is refused for another', async (t) => {
    const { url, name, store, other } = await setUp(t);
    await store.begin(signupRow('before'), null, [charge('c3', 2)], now);
    await other.query("BEGIN; UPDATE charges SET count = 2 WHERE key = 'c3'");
    const begun = Promise.all(ids.map((id) => store.begin(signupRow(id), null, [charge(id, 2)], now)));
    await waiting(url, name);
    await other.query('COMMIT');
    const limited = (await begun).flatMap(({ outcome }, turn) => (outcome === 'limited' ? [`c${turn}`] : []));
    assert.deepEqual(limited, ['c3']);
    const [total] = await sql(url, 'SELECT sum(count)::int, count(*)::int FROM charges');
    assert.deepEqual(total, [ids.length + 1, ids.length]);
    assert.equal((await store.list({ limit: 99 })).length, ids.length);
  });

  it('finds who is known where nothing can be written', async (t) => {
    const { store, other } = await setUp(t);
    await store.begin(signupRow('c5', { fence: 7 }), null, [], now);
    await other.query('ALTER TABLE signups ADD CONSTRAINT full_disk CHECK (fence = 7)');
    const begun = await Promise.allSettled(ids.map((id) => store.begin(signupRow(id), null, [], now)));
    for (const [turn, settled] of begun.entries()) {
      assert.equal(outcomeIn(settled), turn === 5 ? 'exists' : '23514', `c${turn}`);
    }
  });

  it('holds up nobody for a row that is locked', async (t) => {
    const { url, name, store, other } = await setUp(t);
    await Promise.all(ids.map((id) => store.begin(signupRow(id), null, [], now)));
    await other.query("BEGIN; SELECT FROM signups WHERE external_id = 'c6' FOR UPDATE");
    let locked = true;
    const saved = ids.map((id) => store.save(signupRow(id, { state: 'provisioned' })));
    void saved[6]?.then(() => (locked = false));
    assert.equal(await waiting(url, name), 'UPDA', 'who waits does so alone');
    assert.deepEqual(new Set(await Promise.all(saved.filter((_, turn) => turn !== 6))), new Set([true]));
    assert.equal(locked, true);
    await other.query('ROLLBACK');
    assert.equal(await saved[6], true);
    assert.equal((await store.list({ states: ['provisioned'], limit: 99 })).length, ids.length);
  });

  it('writes only what is held under its fence', async (t) => {
    const { store } = await setUp(t);
    await Promise.all(ids.map((id) => store.begin(signupRow(id), null, [], now)));
    const saved = await Promise.all(
      ids.map((id, turn) => store.save(signupRow(id, { state: 'attention', fence: turn % 3 ? 1 : 2 }))),
    );
    assert.deepEqual(
      saved,
      ids.map((_, turn) => turn % 3 !== 0),
    );
    assert.equal((await store.list({ states: ['attention'], limit: 99 })).length, 8);
  });
});
