/**
 * The store in one SQLite file, for one machine. Reads are direct, on a connection of their own;
 * writes wait for the transaction that they share, and resolve after it was synced to the disk.
 */
import type { Environment } from './limits.ts';
import type { Row } from './row.ts';
import { sharedTry } from './shared-try.ts';
import { type Open, openFile } from './sqlite/open.ts';
import type { Backlog, Charge, Lease, Opened, Store } from './store.ts';
import { CLOCK_TOLERANCE_MS, rowOf } from './store-sql.ts';

/** How long a write waits for another process that writes to the same file. */
const BUSY_TIMEOUT_MS = 2000;

/** Weighs more than a signup: a disk that takes it takes one. */
const PROBE: Charge = { key: 'x'.repeat(32_768), attempts: 1, windowMs: 0 };

/** So long may somebody read the file, as a backup does, before it is said. */
const READ_FOR_LONG_MS = 10 * 60_000;
const READ_FOR_LONG =
  'Another program has been reading the database for ten minutes. Until it ends, the file -wal beside it grows with every signup and keeps what was erased: end it, be it a backup that hangs or an open shell.';

function first(rows: readonly unknown[][]): Row | null {
  return rows[0] ? rowOf(rows[0]) : null;
}

type Writer = Open['writer'];

function begin(
  writer: Writer,
  row: Row,
  expect: number | null,
  charges: readonly Charge[],
  now: number,
): Opened {
  writer.inPlace();
  // Most customers are new: the table itself says who is not.
  let keepText = expect === null ? writer.rows.insert(row) : null;
  const stored = keepText ? null : writer.find(row.externalId);
  // A row that was removed meanwhile stands in nobody's way, whatever was expected.
  if (stored !== null && stored.fence !== expect) return { outcome: 'exists', row: stored };
  const limited = writer.charges.take(charges, now);
  if (limited !== null) {
    if (keepText) writer.rows.remove(row.externalId, row.fence);
    return { outcome: 'limited', ...limited };
  }
  if (stored !== null) writer.rows.remove(stored.externalId, stored.fence);
  keepText ??= writer.rows.insert(row);
  keepText?.();
  return { outcome: 'opened' };
}

function claim(writer: Writer, externalId: string, held: number, lease: Lease, now: number): Row | null {
  return first(writer.claim(lease.fence, lease.until, externalId, held, now));
}

/**
 * A store in the SQLite file at `path`, whose folder is made when it is missing, or in `:memory:`.
 * `busyTimeoutMs` is how long a write waits for another process before it rejects.
 */
export function sqliteStore(path: string, { busyTimeoutMs = BUSY_TIMEOUT_MS } = {}): Store {
  let opened: Open | null = null;
  let closing: Promise<void> | null = null;
  /** The time that a caller named last, a clock that was set back included; what had closed by then may be forgotten. */
  let latest = 0;
  /** The connection's count of changes when the log was last emptied; an earlier process may have left some. */
  let truncated: unknown = null;
  /** Since when the log could not be emptied; null when it could. */
  let readSince: number | null = null;
  /** Whether the latest write failed that anybody knows of, or a guest has tried none yet. */
  let isDoubtful = false;

  const opening = sharedTry((environment?: Environment, guest?: 'guest') =>
    openFile(path, busyTimeoutMs, environment, guest),
  );
  const starting = sharedTry(({ queue, writer }: Open, environment?: Environment) =>
    queue.write(() => writer.start(environment)),
  );

  function ready(): Open {
    if (closing !== null) throw new Error('the store is closed');
    if (opened === null) throw new Error('the store is not open');
    return opened;
  }

  async function write<Result>(operation: (writer: Writer) => Result, patience?: 'patient'): Promise<Result> {
    const { queue, log, writer } = ready();
    try {
      const result = await queue.write(() => operation(writer), patience);
      log.wrote();
      return result;
    } catch (error) {
      isDoubtful = true;
      throw error;
    }
  }

  /** Empties the log, and tells whether it is empty. `changes` is what the writing connection has counted so far. */
  async function truncate({ log, reader }: Open, changes: unknown, atEnd = false): Promise<boolean> {
    if (changes === truncated) return true;
    // What is left to do after it takes no time.
    await log.copy();
    if (!reader.truncate(atEnd)) return false;
    truncated = changes;
    return true;
  }

  return {
    async open(environment, guest) {
      if (closing !== null) throw new Error('the store is closed');
      const open = await opening.made(environment, guest);
      const start = await (guest ? starting.latest() : starting.made(open, environment));
      opened = open;
      isDoubtful ||= guest !== undefined;
      return start ?? 0;
    },
    async find(externalId) {
      return ready().reader.find(externalId);
    },
    async begin(row, expect, charges, now) {
      latest = now;
      try {
        return await write((writer) => begin(writer, row, expect, charges, now));
      } catch (error) {
        // Whoever is known is so where nothing can be written, too.
        const stored = expect === null ? ready().reader.find(row.externalId) : null;
        if (stored === null || stored.fence === row.fence) throw error;
        return { outcome: 'exists', row: stored };
      }
    },
    async limited(charges, now) {
      return ready().reader.charges.limited(charges, now);
    },
    async save(row, known) {
      // Nobody waits for the note that a delivery has arrived.
      const patience = row.state === 'delivered' ? 'patient' : undefined;
      return write((writer) => {
        // A further attempt may be sent after it. What Kelviq has made is better kept here than nowhere.
        if (row.state === 'requested') writer.inPlace();
        return writer.rows.save(row, known);
      }, patience);
    },
    async remove(row, refund = []) {
      return write((writer) => {
        const removed = writer.rows.remove(row.externalId, row.fence);
        if (removed) writer.charges.giveBack(refund);
        return removed;
      });
    },
    async claim({ externalId, fence }, lease, now) {
      return write((writer) => claim(writer, externalId, fence, lease, now));
    },
    async claimDue(fences, until, now, after) {
      latest = now;
      return write((writer) => {
        const { length } = fences;
        const due = after === undefined ? writer.due(now, length) : writer.dueLately(now, after, length);
        return due.flatMap(([externalId, held], index) => {
          const lease = { fence: fences[index] as number, until };
          return claim(writer, externalId as string, held as number, lease, now) ?? [];
        });
      });
    },
    async renew(rows, until) {
      return write((writer) => {
        const held = rows.filter(({ externalId, fence }) => writer.renew(until, externalId, fence) > 0);
        return new Set(held.map(({ fence }) => fence));
      });
    },
    async rewind(now, until) {
      return write((writer) => writer.rewind(now, until, until + CLOCK_TOLERANCE_MS));
    },
    async tell(externalId) {
      return write((writer) => writer.tell(externalId) > 0);
    },
    async enqueue(which, now) {
      return write((writer) =>
        which === 'undelivered' ? writer.enqueueUndelivered(now) : writer.enqueueOne(now, which.externalId),
      );
    },
    async forget(externalId) {
      return write((writer) => writer.rows.forget(externalId));
    },
    async check() {
      ready().writer.look();
      if (!isDoubtful) return;
      await write((writer) => {
        writer.charges.take([PROBE], 0);
        writer.charges.purge(latest);
      });
      isDoubtful = false;
    },
    async nextDue() {
      return (ready().reader.nextDue()[0]?.[0] ?? null) as number | null;
    },
    async list({ states = [], after = '', limit }) {
      return ready()
        .reader.list(states.length)(after, ...states, limit)
        .map(rowOf);
    },
    async findByRequest(requestId) {
      const { reader } = ready();
      return first(reader.findByRequest(requestId)) ?? first(reader.findByHistory(requestId));
    },
    async backlog() {
      return ready()
        .reader.backlog()
        .map(([state, count, oldestAt]) => ({ state, count, oldestAt }) as Backlog);
    },
    async tidy(now = latest) {
      latest = now;
      const changes = await write((writer) => {
        writer.charges.purge(latest);
        writer.rows.tidy();
        return writer.changes()[0]?.[0];
      });
      const isEmpty = closing !== null || (await truncate(ready(), changes));
      readSince = isEmpty ? null : Math.min(readSince ?? latest, latest);
      return readSince !== null && latest - readSince >= READ_FOR_LONG_MS ? READ_FOR_LONG : undefined;
    },
    async close() {
      closing ??= (async () => {
        const open = await opening.latest()?.catch(() => null);
        if (!open) return;
        try {
          await open.queue.flush();
          const changes = open.writer.changes()[0]?.[0];
          // Whoever only read leaves the log to those who write.
          if (changes !== 0) await truncate(open, changes, true);
        } finally {
          await open.close();
        }
      })();
      return closing;
    },
  };
}
