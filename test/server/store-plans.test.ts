import assert from '../support/assert.ts';
import { after, before, describe, it } from 'node:test';
import { Client } from 'pg';
import { STATEMENTS } from '../../proxy/postgres/sql.ts';
import { connect, migrate, query, type Connection } from '../../proxy/sqlite/schema.ts';
import { listRows, ROWS, TEXTS, WRITES } from '../../proxy/sqlite/typed.ts';
import { CHARGES, UNTYPED } from '../../proxy/store-sql.ts';
import { openStore } from '../../proxy/store-url.ts';
import { postgresAddress } from '../support/postgres.ts';

/** They read every row: for a person who asks, or to empty a table. */
const READS_ALL = new Set(['findByHistory', 'enqueueUndelivered', 'rewind', 'backlog', 'empty']);

const placesOf = (sql: string) => new Set(sql.match(/\$\d+/g)).size;

describe('on SQLite', () => {
  let db: Connection;
  before(() => {
    db = connect(':memory:', 0);
    migrate(db);
  });
  after(() => db.close());

  const plan = (sql: string) =>
    query(
      db,
      `EXPLAIN QUERY PLAN ${sql}`,
    )(...Array.from({ length: placesOf(sql) }, () => 1)).map((row) => String(row[3]));

  for (const [name, sql] of [
    ...Object.entries({ ...ROWS, ...TEXTS, list: listRows(2) }).filter(
      ([statement]) => !READS_ALL.has(statement),
    ),
    ...Object.entries(WRITES).map(([write, sqlOf]) => [write, sqlOf(UNTYPED)] as const),
    ...Object.entries(CHARGES),
  ])
    it(`${name} ${sql.slice(0, 6)} finds its rows by an index`, () => {
      // All rows of one reference are those of one request.
      const steps = plan(sql).filter((step) => name !== 'findByRequest' || !step.startsWith('USE TEMP'));
      for (const step of steps)
        assert.match(step, /^SEARCH (signups|charges|typed)\b|^(CORRELATED )?SCALAR SUBQUERY/);
    });

  it('rows that are done are in no index of what is due or parked', () => {
    assert.match(plan(ROWS.backlog).join('\n'), /signups_due|signups_parked/);
    assert.match(plan(ROWS.due).join('\n'), /INDEX signups_due \(due_at<\?\)/);
    assert.match(plan(ROWS.rewind).join('\n'), /INDEX signups_due/);
  });
});

describe('on PostgreSQL', () => {
  it('each statement finds its rows by an index', async (t) => {
    const url = await postgresAddress(t);
    const store = openStore(url);
    await store.open();
    await store.close();
    const client = new Client({ connectionString: url });
    await client.connect();
    t.after(() => client.end());
    const schema = new URL(url).searchParams.get('schema') ?? '';
    await client.query(`SET search_path = ${schema}`);
    // A few rows are read fastest one after the other; only whether there is another way counts here.
    await client.query('SET enable_seqscan = off');
    await client.query('SET plan_cache_mode = force_generic_plan');
    for (const [name, { text }] of Object.entries(STATEMENTS)) {
      if (READS_ALL.has(name)) continue;
      await client.query(`PREPARE planned AS ${text}`);
      const nulls = Array.from({ length: placesOf(text) }, () => 'NULL').join(', ');
      const { rows } = await client.query<{ 'QUERY PLAN': string }>(
        `EXPLAIN EXECUTE planned${nulls && `(${nulls})`}`,
      );
      const lines = rows.map((row) => row['QUERY PLAN']);
      assert.doesNotMatch(
        lines.join('\n'),
        /Seq Scan on (?:signups|charges)/,
        `${name}\n${lines.join('\n')}`,
      );
      await client.query('DEALLOCATE planned');
    }
  });
});
