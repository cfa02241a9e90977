import assert from '../support/assert.ts';
import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { describe, it } from 'node:test';
import { command, connect, migrate, query } from '../../proxy/sqlite/schema.ts';
import { ROWS, valuesOf } from '../../proxy/store-sql.ts';
import { churn, textsIn } from '../support/churn.ts';
import { signupRow, STORE_TIME as now } from '../support/signup-row.ts';
import { databasePath, openStore } from '../support/store.ts';

const inOrder = (numbers: Iterable<number>) => [...numbers].toSorted((one, other) => one - other);

/** Pages of the table of texts, and how many texts are in it. */
function sizeOf(path: string): number[] {
  const db = connect(path, 200);
  const [pages, texts] = [
    "SELECT count(*) FROM dbstat WHERE name = 'typed'",
    'SELECT count(*) FROM typed',
  ].map((sql) => Number(query(db, sql)()[0]?.[0]));
  db.close();
  return [pages ?? 0, texts ?? 0];
}

describe('what was typed', () => {
  for (const seed of [5, 12, 18])
    it(`is gone wherever rows were moved, seed ${seed}`, async (t) => {
      const path = await databasePath(t);
      const store = await openStore(t, [], path);
      for await (const live of churn(store, seed, 20)) {
        assert.deepEqual(inOrder(await textsIn(path)), inOrder(live.keys()));
        for (const row of live.values()) assert.deepEqual(await store.find(row.externalId), row);
      }
    });

  it('takes no room once nobody waits', async (t) => {
    const path = await databasePath(t);
    // The longest there are: four bytes for each of 254 and 200 characters.
    const rows = Array.from({ length: 50 }, (_, index) =>
      signupRow(`c${index}`, { email: '𝟙'.repeat(254), businessName: '𝟚'.repeat(200) }),
    );
    const store = await openStore(t, rows, path);
    const [last, ...others] = rows.toReversed();
    assert.ok(last);
    for (const row of others) await store.save({ ...row, email: null, businessName: null });
    await store.tidy();
    // Two to a page and the page above them: none needs a second page.
    assert.deepEqual(sizeOf(path), [26, 50]);
    assert.deepEqual(await store.find(last.externalId), last);
    assert.equal(await store.forget(last.externalId), false);
    assert.equal(await store.remove(last), true);
    await store.tidy();
    assert.deepEqual(sizeOf(path), [1, 0]);
    await store.begin(last, null, [], now);
    await store.tidy();
    assert.deepEqual(await store.find(last.externalId), last);
  });

  it('is kept when another process made room', async (t) => {
    const path = await databasePath(t);
    const rows = ['c1', 'c2', 'c3'].map((id) => signupRow(id));
    const [one, two] = [await openStore(t, rows, path), await openStore(t, [], path)];
    for (const row of rows.slice(0, 2)) await one.remove(row);
    await one.tidy();
    await two.remove(signupRow('c3'));
    await two.tidy();
    await two.begin(signupRow('c4'), null, [], now);
    await one.tidy();
    assert.deepEqual(await one.find('c4'), signupRow('c4'));
  });

  it('of an older schema is moved, and leaves no trace', async (t) => {
    const path = await databasePath(t);
    await mkdir(dirname(path));
    const db = connect(path, 200);
    migrate(db, 3);
    db.exec('PRAGMA secure_delete = OFF');
    const insert = command(db, ROWS.insert);
    const rows = Array.from({ length: 90 }, (_, index) =>
      signupRow(`c${index}`, {
        state: 'undeliverable',
        email: `~${index}~@example.com`,
        businessName: index % 3 ? `~${index}~` : null,
      }),
    );
    for (const row of rows) insert(...valuesOf(row));
    for (const row of rows.slice(0, 40)) command(db, ROWS.forget)(row.externalId);
    for (const row of rows.slice(40, 60)) command(db, ROWS.remove)(row.externalId, 1);
    db.close();
    assert.ok((await textsIn(path)).size > 60);

    const store = await openStore(t, [], path);
    await store.tidy();
    assert.deepEqual(
      inOrder(await textsIn(path)),
      inOrder(Array.from({ length: 30 }, (_, turn) => 60 + turn)),
    );
    for (const row of rows.slice(60)) assert.deepEqual(await store.find(row.externalId), row);
  });
});
