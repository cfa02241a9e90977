/**
 * Opens a store by its address. An engine is loaded when it is asked for, so that a partner who
 * brings another store needs none of its packages.
 */
import { isPostgresAddress, readPostgresAddress } from './postgres/address.ts';
import { Secret } from './secret.ts';
import type { Store } from './store.ts';

/** Path of the SQLite file that an address names; null for a server's. */
export function sqlitePath(databaseUrl: Secret): string | null {
  return /^sqlite:(.+)$/.exec(databaseUrl.reveal())?.[1] ?? null;
}

/**
 * The path behind `sqlite:`; undefined where there is none. An Error, whose message continues the name of
 * a setting, for what other tools read as more than a path: here it would name a file nobody means.
 */
export function readSqliteAddress(address: string): string | Error | undefined {
  const path = /^sqlite:(.+)$/.exec(address)?.[1];
  if (path === undefined || !/^(?:\s|file:|~|\/\/(?!\/))|\?/.test(path)) return path;
  return new Error(
    'takes a plain path behind "sqlite:", such as sqlite:./data/onboarding.db or sqlite:/var/lib/onboarding.db, without a space, "file:", "//" or "~" before it and without "?".',
  );
}

/**
 * A store for `sqlite:path` or `postgres://…`. Throws a TypeError, without any value, for an address
 * that is of no known engine or wrongly written.
 */
export function openStore(address: string | Secret): Store {
  const text = address instanceof Secret ? address.reveal() : address;
  if (isPostgresAddress(text)) {
    const parts = readPostgresAddress(text);
    if (parts instanceof Error) throw new TypeError(`The address of the store ${parts.message}`);
    return lazyStore(async () => (await import('./store.postgres.ts')).postgresStore(parts));
  }
  const path = readSqliteAddress(text);
  if (path instanceof Error) throw new TypeError(`The address of the store ${path.message}`);
  if (path === undefined) throw new TypeError('A store is an address such as sqlite:./data/onboarding.db');
  return lazyStore(async () => (await import('./store.sqlite.ts')).sqliteStore(path));
}

/** A store that is made at its first use; every method waits for it. */
function lazyStore(make: () => Promise<Store>): Store {
  let made: Promise<Store> | undefined;
  let own: Store | undefined;
  const store = () => (made ??= make().then((opened) => (own = opened)));
  return {
    open: async (...args) => (await store()).open(...args),
    find: async (...args) => (await store()).find(...args),
    begin: async (...args) => (await store()).begin(...args),
    limited: async (...args) => (await store()).limited(...args),
    save: async (...args) => (await store()).save(...args),
    remove: async (...args) => (await store()).remove(...args),
    claim: async (...args) => (await store()).claim(...args),
    claimDue: async (...args) => (await store()).claimDue(...args),
    renew: async (...args) => (await store()).renew(...args),
    rewind: async (...args) => (await store()).rewind(...args),
    tell: async (...args) => (await store()).tell(...args),
    enqueue: async (...args) => (await store()).enqueue(...args),
    forget: async (...args) => (await store()).forget(...args),
    check: async () => (await store()).check(),
    nextDue: async () => (await store()).nextDue(),
    aheadMs: () => own?.aheadMs?.() ?? 0,
    list: async (...args) => (await store()).list(...args),
    findByRequest: async (...args) => (await store()).findByRequest(...args),
    backlog: async () => (await store()).backlog(),
    tidy: async (...args) => (await store()).tidy(...args),
    close: async () => (made ? (await made).close() : undefined),
  };
}
