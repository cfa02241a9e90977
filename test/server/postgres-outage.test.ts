import assert from '../support/assert.ts';
import { after, before, describe, it } from 'node:test';
import { inspect } from 'node:util';
import { Client } from 'pg';
import { StoreFailure } from '../../proxy/store-failure.ts';
import type { Store } from '../../proxy/store.ts';
import { openStore } from '../../proxy/store-url.ts';
import { postgresAddress } from '../support/postgres.ts';
import { sql, startPostgres, type PostgresServer } from '../support/postgres-server.ts';
import { startWire } from '../support/postgres-wire.ts';
import { signupRow, STORE_TIME as now } from '../support/signup-row.ts';

const PASSWORD = 'planted-password-1';
/** Within this time every call ends; the contract says about 5 s. */
const LIMIT_MS = 6000;

let server: PostgresServer;
before(async () => (server = await startPostgres({ password: PASSWORD })));
after(() => server.close());

const turnOfLoop = () => new Promise<void>((resolve) => void setImmediate(resolve));

const until = async (enough: () => boolean) => {
  while (!enough()) await turnOfLoop();
};

/** The server's address with other parts. */
const change = (members: Partial<Pick<URL, 'password' | 'username' | 'pathname' | 'port'>>, query = '') => {
  const url = Object.assign(new URL(server.url), members);
  return `${url.href}?${query}`;
};

/** The code of a failure that came in time, and that shows neither password nor row. */
async function failureOf(call: Promise<unknown>): Promise<string> {
  const begun = performance.now();
  const error = await call.then(
    (value) => assert.fail(`it gave ${String(value)}`),
    (reason: unknown) => reason,
  );
  assert.ok(performance.now() - begun < LIMIT_MS, `it took ${performance.now() - begun} ms`);
  assert.ok(error instanceof StoreFailure, inspect(error));
  assert.doesNotMatch(inspect(error, { depth: 9, showHidden: true }), /planted|example\.com|Bäckerei/);
  return error.code;
}

describe('a PostgreSQL store', { concurrency: true }, () => {
  for (const [what, write] of [
    ['a signup', (store: Store) => store.begin(signupRow('c1'), null, [], now)],
    ['a tidying', (store: Store) => store.tidy(now)],
  ] as const) {
    it(`is unfit from ${what} that could not be written until one can`, async (t) => {
      const address = await postgresAddress(t, server.url);
      const store = openStore(address);
      t.after(() => store.close());
      await store.open();
      await store.check();
      const schema = new URL(address).searchParams.get('schema');
      const rename = async (from: string, to: string) => {
        for (const table of ['charges', 'starts'])
          await sql(server.url, `ALTER TABLE ${schema}.${table}${from} RENAME TO ${table}${to}`);
      };
      await rename('', '_away');
      assert.equal(await failureOf(write(store)), '42P01');
      assert.equal(await failureOf(store.check()), '42P01');
      await rename('_away', '');
      await store.check();
      assert.equal((await store.begin(signupRow('c1'), null, [], now)).outcome, 'opened');
    });
  }

  it('goes on after its connections were ended', async (t) => {
    const store = openStore(`${await postgresAddress(t, server.url)}&application_name=doomed`);
    t.after(() => store.close());
    await store.open();
    await Promise.all(Array.from({ length: 20 }, () => store.nextDue()));
    await sql(
      server.url,
      'SELECT pg_terminate_backend(pid, 1000) FROM pg_stat_activity WHERE application_name = $1',
      ['doomed'],
    );
    await Promise.all(
      Array.from({ length: 20 }, (_, turn) => store.begin(signupRow(`c${turn}`), null, [], now)),
    );
    assert.equal((await store.list({ limit: 99 })).length, 20);
  });

  it('opens a bounded number of connections', async (t) => {
    const store = openStore(`${await postgresAddress(t, server.url)}&application_name=bounded`);
    t.after(() => store.close());
    await store.open();
    const connections = "SELECT count(*)::int FROM pg_stat_activity WHERE application_name = 'bounded'";
    await Promise.all(
      Array.from({ length: 300 }, (_, turn) => store.begin(signupRow(`c${turn}`), null, [], now)),
    );
    // A slow machine opens another for a group that takes long.
    const few = Number((await sql(server.url, connections))[0]?.[0]);
    assert.ok(few <= 5, `what is asked in groups needs few, not ${few}`);
    await Promise.all(Array.from({ length: 300 }, () => store.nextDue()));
    assert.deepEqual(await sql(server.url, connections), [[10]]);
  });

  it('makes do with the connections that the server leaves it', async (t) => {
    const url = new URL(await postgresAddress(t, server.url));
    const [user, schema] = [`few_${url.searchParams.get('schema')}`, url.searchParams.get('schema')];
    await sql(server.url, `CREATE ROLE ${user} LOGIN PASSWORD '${PASSWORD}' CONNECTION LIMIT 2`);
    t.after(() => sql(server.url, `DROP OWNED BY ${user} CASCADE; DROP ROLE ${user}`));
    await sql(server.url, `CREATE SCHEMA ${schema} AUTHORIZATION ${user}`);
    const store = openStore(Object.assign(url, { username: user }).href);
    t.after(() => store.close());
    await store.open();
    await Promise.all(
      Array.from({ length: 50 }, async (_, turn) => {
        await store.begin(signupRow(`c${turn}`), null, [], now);
        await Promise.all([store.nextDue(), store.tell(`c${turn}`)]);
      }),
    );
    assert.equal((await store.list({ limit: 99 })).filter(({ told }) => told).length, 50);
  });

  it('rejects in time while a row is locked', async (t) => {
    const url = await postgresAddress(t, server.url);
    const store = openStore(url);
    t.after(() => store.close());
    await store.open();
    await store.begin(signupRow('c1'), null, [], now);
    const schema = new URL(url).searchParams.get('schema');
    const other = new Client({ connectionString: server.url });
    t.after(() => other.end());
    await other.connect();
    await other.query(`BEGIN; SELECT FROM ${schema}.signups FOR UPDATE`);
    const codes = await Promise.all([
      failureOf(store.save(signupRow('c1', { state: 'provisioned' }))),
      failureOf(store.tell('c1')),
      failureOf(store.begin(signupRow('c1', { fence: 2 }), 1, [], now)),
    ]);
    // The lock's own limit, or the statement's for who stood in line for it.
    for (const code of codes) assert.match(code, /^(?:55P03|57014)$/);
    await other.query('ROLLBACK');
    assert.equal((await store.find('c1'))?.state, 'requested');
    assert.equal(await store.tell('c1'), true);
  });

  it('hears why a signup cannot be written, when asked alone too', async (t) => {
    const url = await postgresAddress(t, server.url);
    const store = openStore(url);
    t.after(() => store.close());
    await store.open();
    const schema = new URL(url).searchParams.get('schema');
    const other = new Client({ connectionString: server.url });
    t.after(() => other.end());
    await other.connect();
    await other.query(`BEGIN; LOCK TABLE ${schema}.signups IN SHARE MODE`);
    const codes = await Promise.all(
      ['c1', 'c2'].map((customer) => failureOf(store.begin(signupRow(customer), null, [], now))),
    );
    await other.query('ROLLBACK');
    assert.deepEqual(codes, ['55P03', '55P03']);
    assert.deepEqual(await store.list({ limit: 9 }), []);
  });

  it('rejects in time while the server hangs', async (t) => {
    const wire = await startWire(t, await postgresAddress(t, server.url));
    const store = openStore(wire.url);
    t.after(() => store.close());
    await store.open();
    await store.begin(signupRow('c1'), null, [], now);
    wire.hangAll();
    const codes = await Promise.all([
      failureOf(store.find('c1')),
      failureOf(store.begin(signupRow('c2'), null, [], now)),
      failureOf(store.save(signupRow('c1', { state: 'provisioned' }))),
      ...Array.from({ length: 30 }, () => failureOf(store.nextDue())),
    ]);
    for (const code of codes) assert.match(code, /^(?:ETIMEDOUT|ECONNRESET)$/);
    assert.match(await failureOf(openStore(wire.url).open()), /^(?:ETIMEDOUT|ECONNRESET)$/);
    wire.mend();
    assert.equal((await store.find('c1'))?.state, 'requested');
    assert.equal(await store.find('c2'), null);
  });

  it('closes in time while the server hangs', async (t) => {
    const wire = await startWire(t, await postgresAddress(t, server.url));
    const store = openStore(wire.url);
    await store.open();
    wire.hangAll();
    const begun = performance.now();
    await store.close();
    assert.ok(performance.now() - begun < LIMIT_MS);
  });
});

describe('a server that restarts', () => {
  it('loses nothing that was acknowledged', async (t) => {
    const store = openStore(await postgresAddress(t, server.url));
    t.after(() => store.close());
    await store.open();
    const acknowledged: string[] = [];
    let failed = 0;
    const over = new AbortController();
    const lanes = Array.from({ length: 8 }, async (_, lane) => {
      for (let turn = 0; !over.signal.aborted; turn++) {
        const begun = performance.now();
        const externalId = `c-${lane}-${turn}`;
        await store.begin(signupRow(externalId), null, [], now).then(
          ({ outcome }) => {
            assert.equal(outcome, 'opened');
            acknowledged.push(externalId);
          },
          () => failed++,
        );
        assert.ok(performance.now() - begun < LIMIT_MS);
        // A server that is away refuses at once; the event loop has other things to do as well.
        await turnOfLoop();
      }
    });
    const more = (count: number) => {
      const enough = acknowledged.length + count;
      return until(() => acknowledged.length >= enough);
    };
    for (const refused of [0, 0, 1]) {
      await more(50);
      await server.stop();
      const enough = failed + refused;
      await until(() => failed >= enough);
      await server.start();
    }
    await more(50);
    over.abort();
    await Promise.all(lanes);
    const kept = new Set((await store.list({ limit: 1_000_000 })).map(({ externalId }) => externalId));
    assert.deepEqual(
      acknowledged.filter((externalId) => !kept.has(externalId)),
      [],
    );
  });
});

describe('open', () => {
  const failures: [string, () => string, string][] = [
    ['another password', () => change({ password: 'planted-2' }), '28P01'],
    ['an unknown user', () => change({ username: 'planted' }), '28P01'],
    ['no password', () => change({ password: '' }), '28P01'],
    ['an unknown database', () => change({ pathname: '/planted' }), '3D000'],
    ['a port where nobody is', () => change({ port: '1' }), 'ECONNREFUSED'],
    ['a folder without a socket', () => change({}, 'host=/planted'), 'no_socket'],
    ['encryption that is not there', () => change({}, 'sslmode=require'), 'ERR_TLS'],
    [
      'a certificate that is not there',
      () => change({}, 'sslmode=verify-full&sslrootcert=/planted'),
      'ERR_TLS_FILE',
    ],
  ];
  for (const [name, url, code] of failures) {
    it(`says so at ${name}`, async (t) => {
      const store = openStore(url());
      t.after(() => store.close());
      assert.equal(await failureOf(store.open()), code);
      await assert.rejects(store.find('c1'), /not open/);
    });
  }

  it('can be tried again', async (t) => {
    const store = openStore(await postgresAddress(t, server.url));
    t.after(() => store.close());
    await server.stop();
    const code = await failureOf(store.open());
    await server.start();
    assert.deepEqual([code, await store.open()], ['ECONNREFUSED', 1]);
  });
});
