/** The SQLite file: how it is opened, and how its tables came to be. */
import { createRequire } from 'node:module';
import Libsql from 'libsql';
import { startOf } from '../fence.ts';
import type { Environment } from '../limits.ts';
import { checkEnvironment, checkSchema } from '../store-failure.ts';
import type { SqlValue } from '../store-sql.ts';

/** One open connection. */
export type Connection = InstanceType<typeof Libsql>;

/** A query whose rows come as arrays of values. */
export type Query = (...values: SqlValue[]) => unknown[][];
/** A statement that gives no rows; the number of rows that it changed. */
export type Command = (...values: SqlValue[]) => number;

/** Writes the file anew, by way of memory, so that nothing lingers in its pages; never part of a transaction. */
const REWRITE = 'PRAGMA temp_store = MEMORY; VACUUM';

/** Erases, in its very place, the text of a row as it was. */
const ERASE = `UPDATE typed SET live = 0, email = zeroblob(length(email)),
      business_name = zeroblob(length(business_name)) WHERE id = OLD.typed_id`;

/** Entry n brings the tables from version n to n + 1; never edited once released. */
const MIGRATIONS = [
  `CREATE TABLE signups (
    external_id TEXT NOT NULL PRIMARY KEY,
    state TEXT NOT NULL CHECK (state IN
      ('requested', 'provisioned', 'delivered', 'undeliverable', 'refused', 'attention')),
    request_id TEXT NOT NULL,
    email TEXT,
    business_name TEXT,
    email_hash TEXT,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    attempt INTEGER NOT NULL,
    attempted_at INTEGER NOT NULL,
    settled INTEGER NOT NULL,
    doubt_at INTEGER,
    refusal TEXT,
    refused_at INTEGER,
    user_id INTEGER,
    organization_identifier TEXT,
    organization_slug TEXT,
    client_key TEXT,
    created INTEGER NOT NULL,
    told INTEGER NOT NULL,
    provisioned_at INTEGER,
    delivery_attempts INTEGER NOT NULL,
    delivered_at INTEGER,
    failure TEXT,
    reads INTEGER NOT NULL,
    due_at INTEGER,
    lease_until INTEGER NOT NULL,
    fence INTEGER NOT NULL
  ) WITHOUT ROWID;
  CREATE INDEX signups_due ON signups (due_at) WHERE due_at IS NOT NULL;
  CREATE INDEX signups_request ON signups (request_id);
  CREATE TABLE charges (
    key TEXT NOT NULL PRIMARY KEY,
    opened_at INTEGER NOT NULL,
    closes_at INTEGER NOT NULL,
    count INTEGER NOT NULL CHECK (count >= 0)
  ) WITHOUT ROWID;
  CREATE TABLE starts (latest INTEGER NOT NULL);
  INSERT INTO starts (latest) VALUES (0);`,
  `ALTER TABLE signups ADD COLUMN history TEXT NOT NULL DEFAULT '';
  CREATE INDEX signups_parked ON signups (state) WHERE state IN ('undeliverable', 'attention');`,
  // Rows in the order of their arrival: those that are written together stand on the same pages.
  `DROP INDEX signups_due;
  DROP INDEX signups_request;
  DROP INDEX signups_parked;
  ALTER TABLE signups RENAME TO signups_by_name;
  CREATE TABLE signups (
    external_id TEXT NOT NULL UNIQUE,
    state TEXT NOT NULL CHECK (state IN
      ('requested', 'provisioned', 'delivered', 'undeliverable', 'refused', 'attention')),
    request_id TEXT NOT NULL,
    email TEXT,
    business_name TEXT,
    email_hash TEXT,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    attempt INTEGER NOT NULL,
    attempted_at INTEGER NOT NULL,
    settled INTEGER NOT NULL,
    doubt_at INTEGER,
    refusal TEXT,
    refused_at INTEGER,
    user_id INTEGER,
    organization_identifier TEXT,
    organization_slug TEXT,
    client_key TEXT,
    created INTEGER NOT NULL,
    told INTEGER NOT NULL,
    provisioned_at INTEGER,
    delivery_attempts INTEGER NOT NULL,
    delivered_at INTEGER,
    failure TEXT,
    reads INTEGER NOT NULL,
    due_at INTEGER,
    lease_until INTEGER NOT NULL,
    fence INTEGER NOT NULL,
    history TEXT NOT NULL
  );
  INSERT INTO signups SELECT * FROM signups_by_name ORDER BY created_at, external_id;
  DROP TABLE signups_by_name;
  CREATE INDEX signups_due ON signups (due_at, external_id) WHERE due_at IS NOT NULL;
  CREATE INDEX signups_request ON signups (request_id);
  CREATE INDEX signups_parked ON signups (state) WHERE state IN ('undeliverable', 'attention');
  CREATE INDEX charges_closing ON charges (closes_at);`,
  // What was typed; see typed.ts.
  `CREATE TABLE typed (id INTEGER PRIMARY KEY, live INTEGER NOT NULL, email BLOB, business_name BLOB);
  ALTER TABLE signups ADD COLUMN typed_id INTEGER;
  UPDATE signups SET typed_id = rowid WHERE email IS NOT NULL OR business_name IS NOT NULL;
  INSERT INTO typed (id, live, email, business_name)
    SELECT typed_id, 1, CAST(email AS BLOB), CAST(business_name AS BLOB)
    FROM signups WHERE typed_id IS NOT NULL ORDER BY rowid;
  ALTER TABLE signups DROP COLUMN email;
  ALTER TABLE signups DROP COLUMN business_name;`,
  REWRITE,
  // No reference, no text: whatever takes a row's reference away erases what it led to.
  `CREATE TRIGGER signups_erase AFTER UPDATE OF typed_id ON signups WHEN OLD.typed_id IS NOT NEW.typed_id
    BEGIN ${ERASE}; END;
  CREATE TRIGGER signups_erase_removed AFTER DELETE ON signups
    BEGIN ${ERASE}; END;`,
  // Whose signups these are; see `Store.open`.
  'ALTER TABLE starts ADD COLUMN environment TEXT',
];

/** libsql cuts a text at NUL and keeps it; nothing here may be stored other than it was given. */
function bound(values: readonly SqlValue[]): readonly SqlValue[] {
  for (const value of values) {
    if (typeof value === 'string' && value.includes('\0')) throw new TypeError('a text holds NUL');
  }
  return values;
}

/**
 * Prepares a query. It is always read to its end with `all`: `get` on a statement that was not
 * reset keeps the values of the call before.
 */
export function query(db: Connection, sql: string): Query {
  const statement = db.prepare(sql).raw();
  return (...values) => statement.all(bound(values)) as unknown[][];
}

/** Prepares a statement that gives no rows. */
export function command(db: Connection, sql: string): Command {
  const statement = db.prepare(sql);
  return (...values) => statement.run(bound(values)).changes;
}

/** libsql's shell with promises; required, because the types that it ships cannot be compiled. */
const { exec } = (
  createRequire(import.meta.url)('libsql/promise') as {
    prototype: { exec: (this: Connection, sql: string) => Promise<void> };
  }
).prototype;

/** Runs `sql` in another thread, so that the event loop goes on while the disk is at work. */
export async function execInThread(db: Connection, sql: string): Promise<void> {
  // Both shells hold the native connection in the same member.
  await exec.call(db, sql);
}

/** Opens the file, waits up to `busyTimeoutMs` for other connections from then on. */
export function connect(path: string, busyTimeoutMs: number): Connection {
  const db = new Libsql(path, { timeout: busyTimeoutMs });
  try {
    query(db, 'PRAGMA journal_mode = WAL')();
    query(db, 'PRAGMA secure_delete = ON')();
    db.exec('PRAGMA synchronous = FULL');
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}

/** Which migrations the tables have seen; see `checkSchema`. */
function versionOf(db: Connection, guest?: 'guest'): number {
  const version = Number(query(db, 'PRAGMA user_version')()[0]?.[0]);
  checkSchema(version, MIGRATIONS.length, guest);
  return version;
}

/**
 * Brings the tables up to date, or to an older version, as tests do. Writes nothing where they are; for a
 * `guest`, only where there are none.
 */
export function migrate(db: Connection, upTo = MIGRATIONS.length, guest?: 'guest'): void {
  function commitAt(version: number): void {
    db.exec(`PRAGMA user_version = ${version}`);
    db.exec('COMMIT');
  }
  if (versionOf(db, guest) >= upTo) return;
  db.exec('BEGIN IMMEDIATE');
  try {
    const version = versionOf(db, guest);
    for (const [index, step] of MIGRATIONS.slice(0, upTo).entries()) {
      if (index < version) continue;
      if (step !== REWRITE) db.exec(step);
      // Nothing lingers in a file that has just been made.
      else if (version > 0) {
        commitAt(index);
        db.exec(REWRITE);
        db.exec('BEGIN IMMEDIATE');
      }
    }
    commitAt(Math.max(version, upTo));
  } catch (error) {
    if (db.inTransaction) db.exec('ROLLBACK');
    throw error;
  }
}

/** Sees that the signups are not those of another environment; nobody may have said yet whose they are. */
export function keepApart(db: Connection, environment: Environment): void {
  checkEnvironment(query(db, 'SELECT environment FROM starts')()[0]?.[0], environment);
}

/** Prepares taking the next number of a start, inside a transaction; see `Store.open`. */
export function prepareStart(db: Connection): (environment?: Environment) => number {
  const start = query(
    db,
    `UPDATE starts SET latest = latest + 1, environment = ifnull(environment, $1)
    RETURNING latest, environment`,
  );
  return (environment) => {
    const [[latest, stored] = []] = start(environment ?? null);
    if (environment) checkEnvironment(stored, environment);
    return startOf(latest);
  };
}
