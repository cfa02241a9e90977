/** The store of `DATABASE_URL`, for a command that works beside a running server. */
import { statSync } from 'node:fs';
import type { Environment } from '../../limits.ts';
import { openStore, sqlitePath } from '../../store-url.ts';
import type { Store } from '../../store.ts';
import { readVariable } from '../config.ts';
import { START_AGAIN, serverCutOff, serverWords } from '../server-note.ts';
import type { Terminal } from './command.ts';
import { storeFix, storeTrouble } from './store-trouble.ts';

/**
 * Opens the store, for `environment` where the work depends on it, works with it and closes it. 1, with
 * words, when it cannot be opened.
 */
export async function withStore(
  { env, complain }: Pick<Terminal, 'env' | 'complain'>,
  work: (store: Store) => Promise<number>,
  environment?: Environment,
): Promise<number> {
  const reading = readVariable(env, 'DATABASE_URL');
  if (!reading.ok) {
    complain(`${reading.mistake}\n`);
    return 1;
  }
  const path = sqlitePath(reading.value);
  const place = path === null ? 'usable' : await placeAt(path, Date.now());
  if (place === 'empty') {
    complain(
      'There is no database yet at the path in DATABASE_URL. Run this where the server runs, after its start.\n',
    );
    return 1;
  }
  if (place !== 'usable') {
    complain(`The database cannot be used: ${place.trouble}.\n→ ${place.fix}\n`);
    return 1;
  }
  const store = openStore(reading.value);
  const failed = (error: unknown) => {
    complain(`The database cannot be used: ${storeTrouble(error)}.\n→ ${storeFix(error, path !== null)}\n`);
    return 1;
  };
  try {
    await store.open(environment, 'guest');
  } catch (error) {
    await store.close().catch(() => undefined);
    return failed(error);
  }
  try {
    return await work(store);
  } catch (error) {
    return failed(error);
  } finally {
    await store.close();
  }
}

/** Whether the SQLite file at `path` may be opened now: there is none yet, or why nobody should and what to do. */
export async function placeAt(
  path: string,
  now: number,
): Promise<'usable' | 'empty' | { trouble: string; fix: string }> {
  try {
    statSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EACCES') return 'empty';
    return {
      trouble: 'the folder of the database is closed to this user',
      fix: 'run this as the user that the server runs as',
    };
  }
  const lost = await serverCutOff(path, now);
  if (lost === null) return 'usable';
  const what =
    lost.why === 'gone'
      ? 'what SQLite keeps beside the database, -wal or -shm, is gone'
      : 'another file stands in the place of the database';
  return {
    trouble: `${what} under a server that runs: ${serverWords(lost.server)}`,
    fix: START_AGAIN[lost.why],
  };
}
