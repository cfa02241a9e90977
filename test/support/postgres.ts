/**
 * A PostgreSQL server for tests: the one that DATABASE_URL_TEST names, else one from npm that ends
 * with the test file. Every test has a schema of its own on it.
 */
import { after, type TestContext } from 'node:test';
import { newSchema, sql, startPostgres, type PostgresServer } from './postgres-server.ts';

let shared: Promise<PostgresServer> | undefined;

after(async () => (await shared)?.close());

/** Address of the server that the tests of this file share. */
export async function postgresUrl(): Promise<string> {
  const given = process.env['DATABASE_URL_TEST'];
  if (given) return given;
  shared ??= startPostgres();
  return (await shared).url;
}

/** Address of an empty schema on `url`, which is removed with the test. */
export async function postgresAddress(t: TestContext, url?: string): Promise<string> {
  const server = url ?? (await postgresUrl());
  const { schema, address } = newSchema(server);
  t.after(() => sql(server, `DROP SCHEMA IF EXISTS ${schema} CASCADE`));
  return address;
}
