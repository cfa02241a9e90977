/**
 * The store in one SQLite file, for one machine. Reads are direct; writes wait for the transaction
 * that all writes of a turn share, and resolve after it was synced to the disk.
 */
import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Row } from './row.ts';
import { type Charges, sqliteCharges } from './sqlite-charges.ts';
import { type GroupCommit, groupCommit } from './sqlite-group-commit.ts';
import { command, type Connection, connect, migrate, query } from './sqlite-schema.ts';
import type { Backlog, Charge, Lease, Opened, Store } from './store.ts';
import { CLOCK_TOLERANCE_MS, listSql, rowOf, ROWS, valuesOf } from './store-sql.ts';

/** How long one statement waits for another connection to the same file; the event loop waits too. */
const BUSY_TIMEOUT_MS = 2000;

/** An open file: its number of this start, its queue and its prepared statements. */
type Open = { db: Connection; epoch: number; queue: GroupCommit; charges: Charges } & ReturnType<
  typeof prepare
>;

function prepare(db: Connection) {
  return {
    find: query(db, ROWS.find),
    findByRequest: query(db, ROWS.findByRequest),
    findByHistory: query(db, ROWS.findByHistory),
    backlog: query(db, ROWS.backlog),
    insert: command(db, ROWS.insert),
    save: command(db, ROWS.save),
    remove: command(db, ROWS.remove),
    claim: query(db, ROWS.claim),
    due: query(db, ROWS.due),
    dueLately: query(db, ROWS.dueLately),
    renew: command(db, ROWS.renew),
    rewind: command(db, ROWS.rewind),
    tell: command(db, ROWS.tell),
    enqueueOne: command(db, ROWS.enqueueOne),
    enqueueUndelivered: command(db, ROWS.enqueueUndelivered),
    forget: command(db, ROWS.forget),
    nextDue: query(db, ROWS.nextDue),
    changes: query(db, 'SELECT total_changes()'),
    checkpoint: query(db, 'PRAGMA wal_checkpoint(TRUNCATE)'),
  };
}

function first(rows: readonly unknown[][]): Row | null {
  return rows[0] ? rowOf(rows[0]) : null;
}

function begin(open: Open, row: Row, expect: number | null, charges: readonly Charge[], now: number): Opened {
  const stored = first(open.find(row.externalId));
  // A row that was removed meanwhile stands in nobody's way, whatever was expected.
  if (stored !== null && stored.fence !== expect) return { outcome: 'exists', row: stored };
  const limited = open.charges.take(charges, now);
  if (limited !== null) return { outcome: 'limited', ...limited };
  if (stored !== null) open.remove(stored.externalId, stored.fence);
  open.insert(...valuesOf(row));
  return { outcome: 'opened' };
}

async function openFile(path: string, busyTimeoutMs: number): Promise<Open> {
  if (path !== ':memory:') await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const db = connect(path, busyTimeoutMs);
  try {
    const epoch = migrate(db);
    const queue = groupCommit({
      begin: () => db.exec('BEGIN IMMEDIATE'),
      commit: () => db.exec('COMMIT'),
      // A full disk may have undone it already.
      rollback: () => db.inTransaction && db.exec('ROLLBACK'),
    });
    return { db, epoch, queue, charges: sqliteCharges(db), ...prepare(db) };
  } catch (error) {
    db.close();
    throw error;
  }
}

/**
 * A store in the SQLite file at `path`, whose folder is made when it is missing, or in `:memory:`.
 * `busyTimeoutMs` is how long a write waits for another process before it rejects.
 */
export function sqliteStore(path: string, { busyTimeoutMs = BUSY_TIMEOUT_MS } = {}): Store {
  let opening: Promise<Open> | null = null;
  let opened: Open | null = null;
  let closing: Promise<void> | null = null;
  /** The latest time that a caller named; what had closed by then may be forgotten. */
  let latest = 0;
  /** The connection's count of changes at its last checkpoint; an earlier process may have left some. */
  let checkpointed: unknown = null;

  function ready(): Open {
    if (closing !== null) throw new Error('the store is closed');
    if (opened === null) throw new Error('the store is not open');
    return opened;
  }

  async function write<Result>(operation: (open: Open) => Result): Promise<Result> {
    const open = ready();
    return open.queue.write(() => operation(open));
  }

  function checkpoint(open: Open): void {
    const changes = open.changes()[0]?.[0];
    if (changes === checkpointed) return;
    const busy = open.checkpoint()[0]?.[0];
    if (busy === 0) checkpointed = changes;
  }

  function claim(open: Open, externalId: string, held: number, lease: Lease, now: number): Row | null {
    return first(open.claim(lease.fence, lease.until, externalId, held, now));
  }

  return {
    async open() {
      if (closing !== null) throw new Error('the store is closed');
      opening ??= openFile(path, busyTimeoutMs);
      try {
        opened = await opening;
      } catch (error) {
        opening = null;
        throw error;
      }
      return opened.epoch;
    },
    async find(externalId) {
      return first(ready().find(externalId));
    },
    async begin(row, expect, charges, now) {
      latest = Math.max(latest, now);
      return write((open) => begin(open, row, expect, charges, now));
    },
    async limited(charges, now) {
      return ready().charges.limited(charges, now);
    },
    async save(row) {
      return write((open) => open.save(...valuesOf(row)) > 0);
    },
    async remove(row, refund = []) {
      return write((open) => {
        const removed = open.remove(row.externalId, row.fence) > 0;
        if (removed) open.charges.giveBack(refund);
        return removed;
      });
    },
    async claim({ externalId, fence }, lease, now) {
      return write((open) => claim(open, externalId, fence, lease, now));
    },
    async claimDue(fences, until, now, after) {
      latest = Math.max(latest, now);
      return write((open) => {
        const { length } = fences;
        const due = after === undefined ? open.due(now, length) : open.dueLately(now, after, length);
        return due.flatMap(([externalId, held], index) => {
          const lease = { fence: fences[index] as number, until };
          return claim(open, externalId as string, held as number, lease, now) ?? [];
        });
      });
    },
    async renew(rows, until) {
      return write((open) => {
        const held = rows.filter(({ externalId, fence }) => open.renew(until, externalId, fence) > 0);
        return new Set(held.map(({ fence }) => fence));
      });
    },
    async rewind(now, until) {
      return write((open) => open.rewind(now, until, until + CLOCK_TOLERANCE_MS));
    },
    async tell(externalId) {
      return write((open) => open.tell(externalId) > 0);
    },
    async enqueue(which, now) {
      return write((open) =>
        which === 'undelivered' ? open.enqueueUndelivered(now) : open.enqueueOne(now, which.externalId),
      );
    },
    async forget(externalId) {
      return write((open) => open.forget(externalId) > 0);
    },
    async nextDue() {
      return (ready().nextDue()[0]?.[0] ?? null) as number | null;
    },
    async list({ states = [], after = '', limit }) {
      return query(ready().db, listSql(states.length))(after, ...states, limit).map(rowOf);
    },
    async findByRequest(requestId) {
      const open = ready();
      return first(open.findByRequest(requestId)) ?? first(open.findByHistory(requestId));
    },
    async backlog() {
      return ready()
        .backlog()
        .map(([state, count, oldestAt]) => ({ state, count, oldestAt }) as Backlog);
    },
    async tidy(now = latest) {
      latest = Math.max(latest, now);
      await write((open) => open.charges.purge(latest));
      if (closing === null) checkpoint(ready());
    },
    async close() {
      closing ??= (async () => {
        const open = await opening?.catch(() => null);
        if (!open) return;
        try {
          open.queue.flush();
          checkpoint(open);
        } finally {
          open.db.close();
        }
      })();
      return closing;
    },
  };
}
