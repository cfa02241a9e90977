/**
 * Why a store fails and what to do about it, in words, by what engines call it. A code is no secret; the
 * messages of engines may quote one.
 */
import { errorFrames, type LogFields } from './log.ts';
import { OtherEnvironment, StoreFailure } from './store-failure.ts';

/** Why a store fails. */
export function storeTrouble(error: unknown): string {
  const { message } = (error instanceof Error ? error : {}) as { message?: string };
  // The store's own words, which hold two numbers.
  if (message?.startsWith('the database has schema')) return message;
  const code = codeOf(error);
  const [, words] = known(code) ?? [];
  if (words) return `${words} (${code})`;
  return error instanceof StoreFailure ? error.message : errorFrames(error);
}

/** What to do about a store that fails, a file or a server, in words that continue a sentence. */
export function storeFix(error: unknown, isFile: boolean): string {
  if (error instanceof OtherEnvironment)
    return 'set KELVIQ_ENV to the environment of this database, or give each a database of its own: another DATABASE_URL for this one';
  if (storeTrouble(error).includes('newer release')) return 'run that release, or a newer one';
  if (isOlder(error))
    return 'a server of that release may run on it, so it is left as it is: run the command of that release, or start a server of this one first, which brings the tables up to date';
  const [, , fix] = known(codeOf(error)) ?? [];
  if (fix) return fix;
  return isFile
    ? 'check that DATABASE_URL names the server’s own file, and that this user may write it and its folder'
    : 'check DATABASE_URL, and that the database server runs and lets this machine in';
}

/** What a log line says of a store that failed: a `StoreFailure`'s words are fit to be read, an engine's are not. */
export function failureFields(error: unknown): Pick<LogFields, 'error' | 'hint'> {
  const [, words, fix] = known(codeOf(error)) ?? [];
  const sentence = words && `The database cannot be used: ${words}${fix ? `; ${fix}` : ''}.`;
  const hint = error instanceof StoreFailure ? error.message : sentence;
  return { error: errorFrames(error), ...(hint && { hint }) };
}

/** Whether a store is as an older release left it: a server of this one goes on with it. */
export function isOlder(error: unknown): boolean {
  return codeOf(error) === 'older_schema';
}

function codeOf(error: unknown): string {
  const { code, message } = (error instanceof Error ? error : {}) as { code?: unknown; message?: string };
  // libsql names no code where a file does not open at all.
  if (message?.startsWith('ConnectionFailed')) return 'SQLITE_CANTOPEN';
  return typeof code === 'string' ? code : '';
}

const known = (code: string) => TROUBLES.find(([pattern]) => pattern.test(code));

/** Codes, what they mean, and what to do where that is not the same for all. */
const TROUBLES: readonly (readonly [codes: RegExp, words: string, fix?: string])[] = [
  [/^SQLITE_(?:BUSY|LOCKED)/, 'another process keeps it locked'],
  [/^SQLITE_CANTOPEN$/, 'it is no file, or this user may not open it'],
  [/^SQLITE_(?:READONLY|PERM)|^(?:EACCES|EROFS|EPERM)$/, 'it cannot be written by this user'],
  [/^(?:EEXIST|ENOTDIR|ENOENT)$/, 'its folder cannot be made'],
  [
    /^SQLITE_(?:NOTADB|CORRUPT)/,
    'the file is no database, or damaged',
    'check that DATABASE_URL names the server’s own file; if it does: stop the server, move the file away together with its -wal and -shm, start the server, and run kelviq-onboarding reconcile --yes',
  ],
  [/^(?:SQLITE_FULL|ENOSPC|53100)/, 'its disk is full', 'make room on it'],
  [/^SQLITE_IOERR/, 'its disk fails'],
  [/^(?:ENOTFOUND|EAI_AGAIN)$/, 'the name of its server is not found'],
  [/^no_socket$/, 'no server has a socket in the folder that the address names, for its port'],
  [/^ECONNREFUSED$/, 'its server refuses connections'],
  [/^55P03$/, 'somebody else keeps it locked'],
  [/^(?:ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|ECONNRESET)$/, 'its server cannot be reached'],
  [
    /^ERR_TLS_FILE$/,
    'a file that the address names for its encryption cannot be read',
    'check the paths of sslrootcert, sslcert and sslkey in DATABASE_URL, and that this user may read them',
  ],
  [
    /^ERR_TLS$/,
    'its server offers no encryption, and the address asks for it with sslmode',
    'turn encryption on at the server (ssl = on), or take sslmode out of DATABASE_URL',
  ],
  [
    /^(?:ERR_TLS_|ERR_SSL_|CERT_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_)/,
    'its server shows no certificate that sslmode and sslrootcert of the address let pass',
    'name the server in DATABASE_URL as its certificate does, and with sslrootcert the file of who signed it',
  ],
  [
    /^pooler$/,
    'the pooler before its server is not in session mode',
    'use its session mode, or name the server’s own address in DATABASE_URL',
  ],
  [
    /^encoding$/,
    'it is not in UTF8',
    "make one that is: CREATE DATABASE … ENCODING 'UTF8' TEMPLATE template0",
  ],
  [
    /^28000$/,
    'its server does not let this user in from here, or not without encryption (sslmode)',
    'let it in at the server (pg_hba.conf), or add sslmode=require to DATABASE_URL',
  ],
  [
    /^28/,
    'its server does not take the user or password',
    'correct them in DATABASE_URL; the characters % / ? # : @ of a password are written %25 %2F %3F %23 %3A %40',
  ],
  [/^3D000$/, 'its server has no database of this name', 'make it, or correct the name in DATABASE_URL'],
  [
    // Where the tables are there but not for this user, PostgreSQL finds no schema.
    /^(?:42501|3F000)$/,
    'the user may not make or write its tables',
    'let the user make them (GRANT CREATE ON DATABASE), or, where they are there, own their schema and them (ALTER … OWNER TO)',
  ],
  [
    /^starts_used$/,
    'it has counted as many starts as it can',
    'stop every server, name a new database in DATABASE_URL or move the file away together with its -wal and -shm, start again, and run: kelviq-onboarding reconcile --yes',
  ],
  [/^25006$/, 'its server is a copy that takes no writes', 'name the server that takes them in DATABASE_URL'],
  [
    /^53300$/,
    'its server has no connection left',
    'let more in (max_connections, or the limit of this user): a server takes up to 10',
  ],
  [/^57/, 'its server is starting, stopping or busy'],
];
