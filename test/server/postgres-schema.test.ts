import assert from '../support/assert.ts';
import { randomBytes } from 'node:crypto';
import { describe, it } from 'node:test';
import { Client } from 'pg';
import { openStore } from '../../proxy/store-url.ts';
import { postgresAddress, postgresUrl } from '../support/postgres.ts';
import { sql } from '../support/postgres-server.ts';
import { signupRow, STORE_TIME as now } from '../support/signup-row.ts';

type Asked = { text: string };
type Answered = { rows: unknown[][] };

describe('open on PostgreSQL', () => {
  it('gives ten replicas at once ten numbers', async (t) => {
    const url = await postgresAddress(t);
    const stores = Array.from({ length: 10 }, () => openStore(url));
    t.after(() => Promise.all(stores.map((store) => store.close())));
    const numbers = await Promise.all(stores.map((store) => store.open()));
    assert.deepEqual(
      numbers.toSorted((one, other) => one - other),
      [1, 2, 3, 4, 5, 6, 7, 8, 9, 10],
    );
    assert.deepEqual(await sql(url, 'SELECT count(*)::int FROM schema_version'), [[1]]);
  });

  it('gives one number to one store', async (t) => {
    const store = openStore(await postgresAddress(t));
    t.after(() => store.close());
    assert.deepEqual(await Promise.all([store.open(), store.open(), store.open()]), [1, 1, 1]);
  });

  it('refuses a schema it does not know', async (t) => {
    const url = await postgresAddress(t);
    const before = openStore(url);
    t.after(() => before.close());
    await before.open();
    await sql(url, 'UPDATE schema_version SET version = 99');
    const store = openStore(url);
    t.after(() => store.close());
    await assert.rejects(store.open(), /schema 99, made by a newer release/);
    assert.deepEqual(await sql(url, 'SELECT latest::int FROM starts'), [[1]]);
  });

  it('keeps beside other schemas of one database', async (t) => {
    const urls = [await postgresAddress(t), await postgresAddress(t)];
    for (const url of urls) {
      const store = openStore(url);
      t.after(() => store.close());
      assert.equal(await store.open(), 1);
      assert.deepEqual(await store.begin(signupRow('c1'), null, [], now), { outcome: 'opened' });
    }
  });

  it('needs no more rights than a schema of its own', async (t) => {
    const url = await postgresAddress(t);
    const user = `user_${randomBytes(6).toString('hex')}`;
    const schema = new URL(url).searchParams.get('schema');
    await sql(url, `CREATE ROLE ${user} LOGIN PASSWORD 'x'`);
    t.after(() => sql(url, `DROP OWNED BY ${user}; DROP ROLE ${user}`));
    const theirs = Object.assign(new URL(url), { username: user, password: 'x' }).href;
    const refused = openStore(theirs);
    t.after(() => refused.close());
    await assert.rejects(refused.open(), { code: '42501' });
    await sql(url, `CREATE SCHEMA ${schema} AUTHORIZATION ${user}`);
    const store = openStore(theirs);
    t.after(() => store.close());
    assert.equal(await store.open(), 1);
    await store.begin(signupRow('c1'), null, [], now);
    assert.deepEqual(await store.find('c1'), signupRow('c1'));
  });

  it('refuses a database that is not in UTF8', async (t) => {
    const server = await postgresUrl();
    const name = `ascii_${randomBytes(6).toString('hex')}`;
    await sql(server, `CREATE DATABASE ${name} ENCODING 'SQL_ASCII' TEMPLATE template0`);
    t.after(() => sql(server, `DROP DATABASE ${name} WITH (FORCE)`));
    const store = openStore(Object.assign(new URL(server), { pathname: `/${name}` }).href);
    t.after(() => store.close());
    await assert.rejects(store.open(), { code: 'encoding' });
  });

  it('refuses a pooler that gives one process to two connections', async (t) => {
    const prototype = Client.prototype as unknown as { query: (asked: Asked) => Promise<Answered> };
    const { query } = prototype;
    t.mock.method(prototype, 'query', async function pooled(this: unknown, asked: Asked) {
      const answer = await query.call(this, asked);
      if (asked.text.startsWith('SELECT pg_backend_pid')) answer.rows[0]?.splice(0, 2, 7, '1');
      return answer;
    });
    const store = openStore(await postgresAddress(t));
    t.after(() => store.close());
    await assert.rejects(store.open(), { code: 'pooler' });
  });

  it('keeps what it commits whatever the user prefers', async (t) => {
    const url = await postgresAddress(t);
    const options = encodeURIComponent(
      '-c synchronous_commit=off -c default_transaction_isolation=serializable -c default_transaction_read_only=on',
    );
    const store = openStore(`${url}&options=${options}&application_name=settings`);
    t.after(() => store.close());
    await store.open();
    const rows = Array.from({ length: 20 }, (_, turn) => signupRow(`c${turn}`));
    const outcomes = await Promise.all(rows.map((row) => store.begin(row, null, [], now)));
    assert.ok(outcomes.every(({ outcome }) => outcome === 'opened'));
  });
});

describe('tidy on PostgreSQL', () => {
  it('forgets the windows that have closed', async (t) => {
    const url = await postgresAddress(t);
    const store = openStore(url);
    t.after(() => store.close());
    await store.open();
    await store.begin(signupRow('c1'), null, [{ key: 'planted', attempts: 1, windowMs: 1000 }], now);
    const kept = () => sql(url, 'SELECT key FROM charges');
    await store.claimDue([], now, now + 999);
    await store.tidy();
    assert.deepEqual(await kept(), [['planted']]);
    await store.claimDue([], now, now + 1000);
    await store.tidy();
    assert.deepEqual(await kept(), []);
  });
});

describe('close on PostgreSQL', () => {
  it('makes every later call reject', async (t) => {
    const url = await postgresAddress(t);
    const store = openStore(url);
    await store.open();
    await Promise.all([store.close(), store.close()]);
    const row = signupRow('c1');
    const calls = [
      () => store.open(),
      () => store.find('c1'),
      () => store.begin(row, null, [], now),
      () => store.save(row),
      () => store.remove(row),
      () => store.claim(row, { fence: 2, until: now }, now),
      () => store.claimDue([2], now, now),
      () => store.renew([row], now),
      () => store.tell('c1'),
      () => store.enqueue('undelivered', now),
      () => store.enqueue({ externalId: 'c1' }, now),
      () => store.forget('c1'),
      () => store.nextDue(),
      () => store.list({ limit: 1 }),
      () => store.findByRequest('r1'),
      () => store.backlog(),
      () => store.tidy(),
    ];
    for (const call of calls) await assert.rejects(call, /the store is closed/);
  });

  it('leaves no connection behind', async (t) => {
    const url = await postgresAddress(t);
    const store = openStore(`${url}&application_name=leaving`);
    await store.open();
    await Promise.all(Array.from({ length: 30 }, () => store.nextDue()));
    await store.close();
    const left = () =>
      sql(url, "SELECT count(*)::int FROM pg_stat_activity WHERE application_name = 'leaving'");
    while ((await left())[0]?.[0] !== 0);
  });
});
