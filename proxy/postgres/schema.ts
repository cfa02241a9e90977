/** The tables in PostgreSQL, in a schema of their own, and how they came to be. */
import { startOf } from '../fence.ts';
import type { Ask, Connections } from './pool.ts';
import type { Settle } from './recovery.ts';
import type { Environment } from '../limits.ts';
import { checkEnvironment, checkSchema } from '../store-failure.ts';

/** How long a replica waits for another one that is migrating. */
const MIGRATION_LIMIT_MS = 60_000;
/** First half of the advisory lock's number; the other is made from the schema's name. */
const LOCK = 0x6b656c76;

/** Entry n brings the tables from version n to n + 1; never edited once released. */
const MIGRATIONS = [
  `CREATE TABLE signups (
    external_id text COLLATE "C" PRIMARY KEY,
    state text NOT NULL CHECK (state IN
      ('requested', 'provisioned', 'delivered', 'undeliverable', 'refused', 'attention')),
    request_id text NOT NULL,
    email text,
    business_name text,
    email_hash text,
    created_at bigint NOT NULL,
    updated_at bigint NOT NULL,
    attempt integer NOT NULL,
    attempted_at bigint NOT NULL,
    settled smallint NOT NULL,
    doubt_at bigint,
    refusal text,
    refused_at bigint,
    user_id bigint,
    organization_identifier text,
    organization_slug text,
    client_key text,
    created smallint NOT NULL,
    told smallint NOT NULL,
    provisioned_at bigint,
    delivery_attempts integer NOT NULL,
    delivered_at bigint,
    failure text,
    reads integer NOT NULL,
    due_at bigint,
    lease_until bigint NOT NULL,
    fence bigint NOT NULL,
    history text NOT NULL
  );
  CREATE INDEX signups_due ON signups (due_at, external_id) WHERE due_at IS NOT NULL;
  CREATE INDEX signups_request ON signups (request_id);
  CREATE INDEX signups_parked ON signups (state) WHERE state IN ('undeliverable', 'attention');
  CREATE TABLE charges (
    key text COLLATE "C" PRIMARY KEY,
    opened_at bigint NOT NULL,
    closes_at bigint NOT NULL,
    count integer NOT NULL CHECK (count >= 0)
  );
  CREATE INDEX charges_closing ON charges (closes_at);
  CREATE TABLE starts (latest bigint NOT NULL);
  INSERT INTO starts (latest) VALUES (0);`,
  // Whose signups these are; see `Store.open`.
  'ALTER TABLE starts ADD COLUMN environment text',
];

const HAS_SCHEMA = { text: 'SELECT to_regnamespace($1) IS NOT NULL' };
const HAS_VERSION = { text: "SELECT to_regclass('schema_version') IS NOT NULL" };
const VERSION = { text: 'SELECT version FROM schema_version' };
const ENVIRONMENT = { text: 'SELECT environment FROM starts' };
/** An environment that nobody has named yet is the one that is named first. */
const START = {
  text: `UPDATE starts SET latest = latest + 1, environment = coalesce(environment, $1)
    RETURNING latest, environment`,
};

/**
 * Sees that each connection is one, that the tables are up to date, and that they hold no other
 * environment's signups. Replicas may do so at once: one migrates, the others wait. A `guest` makes tables
 * only where there are none.
 */
export async function openSchema(
  database: Connections,
  settle: Settle,
  schema: string,
  environment?: Environment,
  guest?: 'guest',
): Promise<void> {
  await settle((_, limits) => database.apart(limits));
  if ((await settle((ask) => versionOf(ask, guest))) < MIGRATIONS.length)
    await database.transaction((ask) => migrate(ask, schema), MIGRATION_LIMIT_MS);
  if (!environment) return;
  const [[stored] = []] = await settle((ask) => ask(ENVIRONMENT));
  checkEnvironment(stored, environment);
}

/** Takes the next number of a start; see `Store.open`. One whose answer was lost is never given. */
export async function takeStart(settle: Settle, environment?: Environment): Promise<number> {
  const [[latest, stored] = []] = await settle((ask) => ask(START, [environment ?? null]));
  if (environment) checkEnvironment(stored, environment);
  return startOf(latest);
}

/** The version of the tables; 0 when there are none. See `checkSchema`. */
async function versionOf(ask: Ask, guest?: 'guest'): Promise<number> {
  const [has] = await ask(HAS_VERSION);
  if (has?.[0] !== true) return 0;
  const [row] = await ask(VERSION);
  const version = Number(row?.[0]);
  checkSchema(version, MIGRATIONS.length, guest);
  return version;
}

async function migrate(ask: Ask, schema: string): Promise<void> {
  await ask({ text: `SET LOCAL statement_timeout = ${MIGRATION_LIMIT_MS}` });
  await ask({ text: `SET LOCAL lock_timeout = ${MIGRATION_LIMIT_MS}` });
  await ask({ text: 'SELECT pg_advisory_xact_lock($1, hashtext($2))' }, [LOCK, schema]);
  // Its right to create schemas is asked of a user only where there is none yet.
  const [has] = await ask(HAS_SCHEMA, [schema]);
  if (has?.[0] !== true) await ask({ text: `CREATE SCHEMA ${schema}` });
  const version = await versionOf(ask);
  if (version === 0) await ask({ text: 'CREATE TABLE schema_version (version integer NOT NULL)' });
  for (const step of MIGRATIONS.slice(version)) {
    // One statement after the other: a prepared statement holds no more than one.
    for (const statement of step.split(';').filter((text) => text.trim() !== ''))
      await ask({ text: statement });
  }
  await ask({ text: 'DELETE FROM schema_version' });
  await ask({ text: 'INSERT INTO schema_version (version) VALUES ($1)' }, [MIGRATIONS.length]);
}
