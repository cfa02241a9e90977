/** Opens the SQLite file: its tables, the queue of its writes, and the statements that are asked of it. */
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { makeFile, makeFolder } from './folder.ts';
import { sqliteCharges } from './charges.ts';
import { checkpoint, type Checkpoint } from './checkpoint.ts';
import { type GroupCommit, groupCommit } from './group-commit.ts';
import type { Environment } from '../limits.ts';
import { keepPlace, type Place } from './place.ts';
import {
  command,
  type Connection,
  connect,
  execInThread,
  keepApart,
  migrate,
  prepareStart,
  query,
} from './schema.ts';
import { findRow, listRows, ROWS, typedRows } from './typed.ts';

/** An open file: its queue, and what reads and what writes. */
export type Open = {
  queue: GroupCommit;
  log: Checkpoint;
  reader: ReturnType<typeof prepareReads>;
  writer: ReturnType<typeof prepareWrites>;
  close(): Promise<void>;
};

/**
 * How long the log is waited for while the server runs, in milliseconds: for a commit, not for a reader that
 * stays, such as a backup, because the event loop waits too.
 */
const TRUNCATE_WITHIN_MS = 25;

function prepareReads(db: Connection, busyTimeoutMs: number) {
  const truncate = query(db, 'PRAGMA wal_checkpoint(TRUNCATE)');
  return {
    charges: sqliteCharges(db),
    find: findRow(db),
    findByRequest: query(db, ROWS.findByRequest),
    findByHistory: query(db, ROWS.findByHistory),
    backlog: query(db, ROWS.backlog),
    nextDue: query(db, ROWS.nextDue),
    list: (states: number) => query(db, listRows(states)),
    /** Empties the log where nobody reads it; tells whether it did. At the end there is time to wait. */
    truncate(atEnd: boolean): boolean {
      const within = atEnd ? busyTimeoutMs : Math.min(TRUNCATE_WITHIN_MS, busyTimeoutMs);
      query(db, `PRAGMA busy_timeout = ${within}`)();
      const busy = truncate()[0]?.[0];
      query(db, `PRAGMA busy_timeout = ${busyTimeoutMs}`)();
      return busy === 0;
    },
  };
}

function prepareWrites(db: Connection, place: Place) {
  return {
    ...place,
    start: prepareStart(db),
    charges: sqliteCharges(db),
    rows: typedRows(db),
    find: findRow(db),
    claim: query(db, ROWS.claim),
    due: query(db, ROWS.due),
    dueLately: query(db, ROWS.dueLately),
    renew: command(db, ROWS.renew),
    rewind: command(db, ROWS.rewind),
    tell: command(db, ROWS.tell),
    enqueueOne: command(db, ROWS.enqueueOne),
    enqueueUndelivered: command(db, ROWS.enqueueUndelivered),
    changes: query(db, 'SELECT total_changes()'),
  };
}

/** How long another process is left to write before the next try, in milliseconds. */
const BEGIN_AGAIN_MS = 20;

/** Begins a transaction that writes, within `withinMs` of another process's; meanwhile the event loop goes on. */
async function begin(db: Connection, withinMs: number): Promise<void> {
  const until = performance.now() + withinMs;
  for (;;) {
    try {
      return void db.exec('BEGIN IMMEDIATE');
    } catch (error) {
      const isBusy = (error as { code?: string }).code?.startsWith('SQLITE_BUSY');
      if (!isBusy || performance.now() >= until) throw error;
    }
    await sleep(BEGIN_AGAIN_MS);
  }
}

/** What is in memory stays there. */
const NOWHERE: Place = { inPlace: () => undefined, look: () => undefined };

/** What has no log needs no copying. */
const NO_LOG: Checkpoint = {
  wrote: () => undefined,
  copy: async () => undefined,
  close: async () => undefined,
};

/** Opens the file at `path`, or `:memory:`; a file and its folder are made where they are missing. */
export async function openFile(
  path: string,
  busyTimeoutMs: number,
  environment?: Environment,
  guest?: 'guest',
): Promise<Open> {
  const hasDisk = path !== ':memory:';
  if (hasDisk) {
    await makeFolder(dirname(path));
    // What stands beside it, SQLite makes with the same rights.
    await makeFile(path);
  }
  const db = connect(path, busyTimeoutMs);
  // A database in memory belongs to its connection.
  let beside = db;
  let log = NO_LOG;
  const close = async () => {
    await log.close();
    if (beside !== db) beside.close();
    db.close();
  };
  try {
    migrate(db, undefined, guest);
    if (environment) keepApart(db, environment);
    if (hasDisk) {
      beside = connect(path, busyTimeoutMs);
      log = checkpoint(path, db, busyTimeoutMs);
      // From here on whoever writes waits in `begin`.
      query(db, 'PRAGMA busy_timeout = 0')();
    }
    const transactions = {
      begin: () => begin(db, busyTimeoutMs),
      commit: () => (hasDisk ? execInThread(db, 'COMMIT') : db.exec('COMMIT')),
      // A full disk may have undone it already.
      rollback: () => db.inTransaction && db.exec('ROLLBACK'),
    };
    const queue = groupCommit(transactions, { hasDisk });
    const writer = prepareWrites(db, hasDisk ? keepPlace(path) : NOWHERE);
    return { queue, log, reader: prepareReads(beside, busyTimeoutMs), writer, close };
  } catch (error) {
    await close();
    throw error;
  }
}
