/** The store of `DATABASE_URL`, for a command that works beside a running server. */
import { statSync } from 'node:fs';
import type { Environment } from '../../limits.ts';
import { openStore, sqlitePath } from '../../store-url.ts';
import type { Store } from '../../store.ts';
import { readVariable } from '../config.ts';
import { START_AGAIN, serverCutOff, serverWords, type CutOff } from '../server-note.ts';
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
  const place = path === null ? 'there' : placeAt(path);
  if (place !== 'there') {
    complain(
      place === 'hidden'
        ? `The database cannot be used: ${HIDDEN}.\n→ ${AS_THE_SERVER}\n`
        : 'There is no database yet at the path in DATABASE_URL. Run this where the server runs, after its start.\n',
    );
    return 1;
  }
  const lost = path === null ? null : await serverCutOff(path, Date.now());
  if (lost) {
    complain(`${cutOff(lost)}.\n→ ${START_AGAIN[lost.why]}\n`);
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

/** Whether a file is at `path`; `hidden` where this user may not look, as in the folder of another one. */
export function placeAt(path: string): 'there' | 'nothing' | 'hidden' {
  try {
    statSync(path);
    return 'there';
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EACCES' ? 'hidden' : 'nothing';
  }
}

/** A database where this user may not look, and what is done about it. */
export const HIDDEN = 'the folder of the database is closed to this user';
export const AS_THE_SERVER = 'run this as the user that the server runs as';

/** A server that is cut off from its file, in words. */
export function cutOff({ server, why }: CutOff): string {
  const what =
    why === 'gone'
      ? 'what SQLite keeps beside the database, -wal or -shm, is gone'
      : 'another file stands in the place of the database';
  return `${what} under a server that runs: ${serverWords(server)}`;
}
