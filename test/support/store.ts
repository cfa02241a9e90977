import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, type TestContext } from 'node:test';
import type { Row } from '../../proxy/row.ts';
import { Secret } from '../../proxy/secret.ts';
import { connect } from '../../proxy/sqlite/schema.ts';
import { sqliteStore } from '../../proxy/store.sqlite.ts';
import type { Store } from '../../proxy/store.ts';
import { openStore as storeAt, sqlitePath } from '../../proxy/store-url.ts';
import { postgresAddress } from './postgres.ts';
import { sql } from './postgres-server.ts';
import { STORE_TIME } from './signup-row.ts';

/** A path for a database in a new folder, which is removed with the test. */
export async function databasePath(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'kelviq-store-'));
  // A server that is ended by a later hook of the test may write there meanwhile.
  t.after(() => rm(folder, { recursive: true, force: true, maxRetries: 10 }));
  return join(folder, 'data', 'signups.db');
}

/** An open store on a real file, closed with the test; `rows` are in it. */
export async function openStore(t: TestContext, rows: readonly Row[] = [], path?: string): Promise<Store> {
  const store = sqliteStore(path ?? (await databasePath(t)), { busyTimeoutMs: 200 });
  t.after(() => store.close());
  await store.open();
  await Promise.all(rows.map((row) => store.begin(row, null, [], STORE_TIME)));
  return store;
}

/** Asks one statement of the database at an address itself, past the store. */
export async function askDatabase(address: string, text: string): Promise<unknown[][]> {
  const path = sqlitePath(new Secret(address));
  if (path === null) return sql(address, text);
  const db = connect(path, 200);
  try {
    const statement = db.prepare(text);
    return statement.reader ? (statement.raw().all([]) as unknown[][]) : (statement.run([]), []);
  } finally {
    db.close();
  }
}

/** An engine, as tests that hold for all of them use it. */
export type Engine = {
  name: string;
  /** Address of an empty database, which is removed with the test. */
  address: (t: TestContext) => Promise<string>;
};

const ENGINES: readonly Engine[] = [
  { name: 'SQLite', address: async (t) => `sqlite:${await databasePath(t)}` },
  { name: 'PostgreSQL', address: postgresAddress },
];

/** Opens a store on an address; it is closed with the test, and `rows` are in it. */
export type OpenStore = (t: TestContext, rows?: readonly Row[], address?: string) => Promise<Store>;

/** Declares the tests of `suite` for every engine. */
export function onEveryEngine(suite: (open: OpenStore, engine: Engine) => void): void {
  for (const engine of ENGINES) {
    const open: OpenStore = async (t, rows = [], address) => {
      const store = storeAt(address ?? (await engine.address(t)));
      t.after(() => store.close());
      await store.open();
      await Promise.all(rows.map((row) => store.begin(row, null, [], STORE_TIME)));
      return store;
    };
    describe(engine.name, () => suite(open, engine));
  }
}
