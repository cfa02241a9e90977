import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { newRow, type Row } from '../../proxy/row.ts';
import { sqliteStore } from '../../proxy/store.sqlite.ts';
import type { Store } from '../../proxy/store.ts';

/** A moment like those that rows hold, in milliseconds. */
export const STORE_TIME = 1_795_478_400_000;

/** A row of the customer `externalId`, with an attempt under way and `members` on top. */
export function signupRow(externalId: string, members: Partial<Row> = {}): Row {
  const wish = {
    email: `${externalId}@example.com`,
    businessName: 'Bäckerei',
    emailHash: 'h1',
    requestId: 'r1',
  };
  const row = newRow(externalId, wish, STORE_TIME);
  return { ...row, attempt: 1, attemptedAt: STORE_TIME, settled: false, fence: 1, ...members };
}

/** A path for a database in a new folder, which is removed with the test. */
export async function databasePath(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'kelviq-store-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
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
