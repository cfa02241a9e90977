/** The store of `DATABASE_URL`, for a command that works beside a running server. */
import { existsSync } from 'node:fs';
import { errorFrames } from '../../log.ts';
import type { Environment } from '../../limits.ts';
import { OtherEnvironment, StoreFailure } from '../../store-failure.ts';
import { openStore, sqlitePath } from '../../store-url.ts';
import type { Store } from '../../store.ts';
import { readVariable } from '../config.ts';
import { START_AGAIN, serverCutOff, serverWords, type ServerName } from '../server-note.ts';
import type { Terminal } from './command.ts';

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
  if (path !== null && !existsSync(path)) {
    complain(
      'There is no database yet at the path in DATABASE_URL. Run this where the server runs, after its start.\n',
    );
    return 1;
  }
  const server = path === null ? null : await serverCutOff(path, Date.now());
  if (server) {
    complain(`${cutOff(server)}.\n→ ${START_AGAIN}\n`);
    return 1;
  }
  const store = openStore(reading.value);
  try {
    await store.open(environment, 'guest');
  } catch (error) {
    complain(`The database cannot be used: ${storeTrouble(error)}.\n`);
    await store.close().catch(() => undefined);
    return 1;
  }
  try {
    return await work(store);
  } catch (error) {
    complain(`The database cannot be used: ${storeTrouble(error)}.\n`);
    return 1;
  } finally {
    await store.close();
  }
}

/** A server whose file has lost what belongs to it, in words. */
export function cutOff(server: ServerName): string {
  return `what SQLite keeps beside the database, -wal or -shm, is gone under a server that runs: ${serverWords(server)}`;
}

/** Why a store fails, by what engines call it; a code is no secret, their messages may quote one. */
export function storeTrouble(error: unknown): string {
  const { code, message } = (error instanceof Error ? error : {}) as { code?: unknown; message?: string };
  // The store's own words, which hold two numbers.
  if (message?.startsWith('the database has schema')) return message;
  // libsql names no code where a file does not open at all.
  const own = message?.startsWith('ConnectionFailed') ? 'SQLITE_CANTOPEN' : code;
  const name = typeof own === 'string' ? own : '';
  const known = TROUBLES.find(([pattern]) => pattern.test(name));
  if (known) return `${known[1]} (${name})`;
  return error instanceof StoreFailure ? error.message : errorFrames(error);
}

/** What to do about a store that fails, a file or a server, in words that continue a sentence. */
export function storeFix(error: unknown, isFile: boolean): string {
  const trouble = storeTrouble(error);
  if (error instanceof OtherEnvironment)
    return 'give each environment a database of its own: another DATABASE_URL for this one';
  if (trouble.includes('newer release')) return 'run that release, or a newer one';
  if (trouble.startsWith(DISK_FULL)) return 'make room on it';
  if (trouble.startsWith(POOLER))
    return 'use its session mode, or name the server’s own address in DATABASE_URL';
  return isFile
    ? 'check that DATABASE_URL names the server’s own file, and that this user may write it and its folder'
    : 'check DATABASE_URL, and that the database server runs and lets this machine in';
}

const DISK_FULL = 'its disk is full';
const POOLER = 'the pooler before its server is not in session mode';

const TROUBLES: readonly (readonly [RegExp, string])[] = [
  [/^SQLITE_(?:BUSY|LOCKED)/, 'another process keeps it locked'],
  [/^SQLITE_CANTOPEN$/, 'it is no file, or this user may not open it'],
  [/^SQLITE_(?:READONLY|PERM)|^(?:EACCES|EROFS|EPERM)$/, 'it cannot be written by this user'],
  [/^(?:EEXIST|ENOTDIR|ENOENT)$/, 'its folder cannot be made'],
  [/^SQLITE_(?:NOTADB|CORRUPT)/, 'the file is no database, or damaged'],
  [/^(?:SQLITE_FULL|ENOSPC|53100)/, DISK_FULL],
  [/^SQLITE_IOERR/, 'its disk fails'],
  [/^(?:ENOTFOUND|EAI_AGAIN)$/, 'the name of its server is not found'],
  [/^no_socket$/, 'no server has a socket in the folder that the address names, for its port'],
  [/^ECONNREFUSED$/, 'its server refuses connections'],
  [/^55P03$/, 'somebody else keeps it locked'],
  [/^(?:ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|ECONNRESET)$/, 'its server cannot be reached'],
  [/^ERR_TLS_FILE$/, 'a file that the address names for its encryption cannot be read'],
  [/^ERR_TLS$/, 'its server offers no encryption, and the address asks for it with sslmode'],
  [
    /^(?:ERR_TLS_|ERR_SSL_|CERT_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_)/,
    'its server shows no certificate that sslmode and sslrootcert of the address let pass',
  ],
  [/^pooler$/, POOLER],
  [/^encoding$/, 'it is not in UTF8'],
  [/^28000$/, 'its server does not let this user in from here, or not without encryption (sslmode)'],
  [/^28/, 'its server does not take the user or password'],
  [/^3D000$/, 'its server has no database of this name'],
  // Where the tables are there but not for this user, PostgreSQL finds no schema.
  [/^(?:42501|3F000)$/, 'the user may not make or write its tables'],
  [/^25006$/, 'its server is a copy that takes no writes'],
  [/^53300$/, 'its server has no connection left'],
  [/^57/, 'its server is starting, stopping or busy'],
];
