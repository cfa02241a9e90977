/** The store of `DATABASE_URL`, for a command that works beside a running server. */
import { statSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Environment } from '../../limits.ts';
import { openStore, sqlitePath } from '../../store-url.ts';
import type { Store } from '../../store.ts';
import { readVariable } from '../config.ts';
import { START_AGAIN, serverCutOff, serverWords } from '../server-note.ts';
import type { Terminal } from './command.ts';
import { storeFix, storeTrouble } from '../../store-trouble.ts';

/** What a command needs of the store. */
export type StoreNeeds = {
  /** Whose signups these have to be; left out, anybody's. */
  environment?: Environment;
  /**
   * What is done where the server has made no SQLite file yet, in a folder of this user: `make` it, or `look`
   * at none. Left out, and in any other folder, the command ends there.
   */
  missing?: 'make' | 'look';
};

/** Opens the store, works with it and closes it. 1, with words, when it cannot be opened. */
export async function withStore(
  { env, complain }: Pick<Terminal, 'env' | 'complain'>,
  work: (store: Store) => Promise<number>,
  { environment, missing }: StoreNeeds = {},
): Promise<number> {
  const reading = readVariable(env, 'DATABASE_URL');
  if (!reading.ok) {
    complain(`${reading.mistake}\n`);
    return 1;
  }
  const path = sqlitePath(reading.value);
  const place = path === null ? 'usable' : await placeAt(path, Date.now());
  const isNew = place === 'empty' && path !== null && missing !== undefined && (await mayBegin(path));
  if (place === 'empty' && !isNew) {
    complain(
      'There is no database yet at the path in DATABASE_URL. Run this where the server runs, after its start.\n',
    );
    return 1;
  }
  if (typeof place === 'object') {
    complain(`The database cannot be used: ${place.trouble}.\n→ ${place.fix}\n`);
    return 1;
  }
  if (isNew) complain('There is no database yet at the path in DATABASE_URL: nothing is known so far.\n');
  const store = openStore(isNew && missing === 'look' ? 'sqlite::memory:' : reading.value);
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
    // What was written stays so, whatever is left beside it.
    await store.close().catch(() => undefined);
  }
}

/**
 * Whether a SQLite file that is missing may be made at `path`, as a server would at its start: its folder is
 * there and this user's, and no server runs on the file that was there.
 */
async function mayBegin(path: string): Promise<boolean> {
  const folder = statSync(dirname(path), { throwIfNoEntry: false });
  const isOwn = folder?.isDirectory() && folder.uid === (process.getuid?.() ?? folder.uid);
  return isOwn === true && (await serverCutOff(path, Date.now())) === null;
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
