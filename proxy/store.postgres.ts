/**
 * The store in a PostgreSQL database, for several replicas. Every operation is one statement, and
 * those of every signup share it with others that wait; one whose answer was lost is looked up, or
 * repeated where that is the same.
 */
import type { Environment } from './limits.ts';
import type { PostgresAddress } from './postgres/address.ts';
import { serverClock } from './postgres/clock.ts';
import { connections, type Connections } from './postgres/pool.ts';
import { type Settle, settling } from './postgres/recovery.ts';
import { openSchema, takeStart } from './postgres/schema.ts';
import { signupGroups, type SignupGroups } from './postgres/signups.ts';
import { beginValues, chargeValues, STATEMENTS, storable } from './postgres/sql.ts';
import type { Row } from './row.ts';
import { sharedTry } from './shared-try.ts';
import { StoreFailure } from './store-failure.ts';
import type { Backlog, Opened, Store } from './store.ts';
import { CLOCK_TOLERANCE_MS, listSql, rowOf } from './store-sql.ts';

/** Rows that are made due by one statement. */
const ENQUEUE_SIZE = 2000;

/** Changes nothing, and is a write. */
const PROBE = { text: 'UPDATE starts SET latest = latest' };

type Open = { database: Connections; settled: Settle; groups: SignupGroups };

function first(rows: readonly unknown[][]): Row | null {
  return rows[0] ? rowOf(rows[0]) : null;
}

/**
 * A store in the database at `address`, in a schema of its own. Operations reject with a
 * `StoreFailure` within about 5 s when the server does not answer, and work again when it does.
 */
export function postgresStore(address: PostgresAddress): Store {
  let opened: Open | null = null;
  let closing: Promise<void> | null = null;
  /** The time that a caller named last, a clock that was set back included; what had closed by then may be forgotten. */
  let latest = 0;
  /** Whether the latest signup or tidying was not written, or a guest has tried none yet. */
  let isDoubtful = false;
  const clock = serverClock(() => Date.now());
  const nextDue = (settled: Settle) => clock.seen(() => settled((ask) => ask(STATEMENTS.nextDue)));

  async function openDatabase(environment?: Environment, guest?: 'guest'): Promise<Open> {
    const database = await connections(address);
    const settled = settling(database);
    try {
      await openSchema(database, settled, address.schema, environment, guest);
      await nextDue(settled);
      return { database, settled, groups: signupGroups(database) };
    } catch (error) {
      await database.end();
      throw error;
    }
  }

  const opening = sharedTry(openDatabase);
  const starting = sharedTry(({ settled }: Open, environment?: Environment) =>
    takeStart(settled, environment),
  );

  function ready(): Open {
    if (closing !== null) throw new Error('the store is closed');
    if (opened === null) throw new Error('the store is not open');
    return opened;
  }

  /** Settles operations, when the store is open. */
  const settle = (): Settle => ready().settled;

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
      const { settled, groups } = ready();
      return settled((_, limits) => groups.find(externalId, limits));
    },

    async begin(row, expect, charges, now) {
      latest = now;
      const values = storable(row);
      const { settled, groups } = ready();
      const written = settled<Opened>(
        async (ask, limits): Promise<Opened> => {
          if (expect === null) {
            const beginning = { externalId: row.externalId, values, charges, now };
            const outcome = await groups.begin(beginning, limits);
            if (outcome) return outcome;
          }
          const alone = beginValues(values, expect, charges, now);
          const [count, place, retryAfterMs] = (await ask(STATEMENTS.begin, alone))[0] ?? [];
          if (count === 1) return { outcome: 'opened' };
          const stored = first(await ask(STATEMENTS.find, [row.externalId]));
          if (stored !== null && stored.fence !== expect) return { outcome: 'exists', row: stored };
          const limit = charges[Number(place) - 1];
          if (limit) return { outcome: 'limited', retryAfterMs: Number(retryAfterMs), limit };
          throw new StoreFailure('40001', 'the row in the way is gone meanwhile');
        },
        async (ask) => {
          const stored = first(await ask(STATEMENTS.find, [row.externalId]));
          return stored?.fence === row.fence ? { outcome: 'opened' } : undefined;
        },
      );
      written.catch(() => (isDoubtful = true));
      return written;
    },

    async limited(charges, now) {
      return settle()(async (ask) => {
        const [place, retryAfterMs] = (await ask(STATEMENTS.limited, chargeValues(charges, now)))[0] ?? [];
        const limit = charges[Number(place) - 1];
        return limit ? { retryAfterMs: Number(retryAfterMs), limit } : null;
      });
    },

    async save(row) {
      const values = storable(row);
      const { settled, groups } = ready();
      // Nobody waits for what is done.
      const patience = row.state === 'delivered' ? 'patient' : undefined;
      return settled(
        async (ask, limits) =>
          (await groups.save({ externalId: row.externalId, values }, limits, patience)) ||
          (await ask(STATEMENTS.save, values)).length > 0,
        // The same values once more change nothing, and its fence shuts out who lost the row meanwhile.
        async () => undefined,
      );
    },

    async remove(row, refund = []) {
      return settle()(
        async (ask) => (await ask(STATEMENTS.remove, [row.externalId, row.fence, refund]))[0]?.[0] === 1,
        async (ask) => {
          const stored = first(await ask(STATEMENTS.find, [row.externalId]));
          if (stored?.fence === row.fence) return undefined;
          // Whoever only leased it kept the time of its creation.
          return stored?.createdAt !== row.createdAt;
        },
      );
    },

    async claim({ externalId, fence }, lease, now) {
      return settle()(
        async (ask) => first(await ask(STATEMENTS.claim, [lease.fence, lease.until, externalId, fence, now])),
        async (ask) => {
          const stored = first(await ask(STATEMENTS.find, [externalId]));
          return stored?.fence === lease.fence ? stored : undefined;
        },
      );
    },

    async claimDue(fences, until, now, after) {
      latest = now;
      const values = [now, fences, until];
      return settle()(
        async (ask) => {
          const rows =
            after === undefined
              ? await ask(STATEMENTS.claimDue, values)
              : await ask(STATEMENTS.claimDueLately, [...values, after]);
          return rows.map(rowOf);
        },
        async (ask) => {
          const rows = (await ask(STATEMENTS.claimed, [until, fences])).map(rowOf);
          return rows.length > 0 ? rows : undefined;
        },
      );
    },

    async renew(rows, until) {
      const values = [until, rows.map(({ externalId }) => externalId), rows.map(({ fence }) => fence)];
      return settle()(async (ask) => {
        const held = await ask(STATEMENTS.renew, values);
        return new Set(held.map(([fence]) => Number(fence)));
      });
    },

    async rewind(now, until) {
      const values = [now, until, until + CLOCK_TOLERANCE_MS];
      return settle()(async (ask) => (await ask(STATEMENTS.rewind, values)).length);
    },

    async tell(externalId) {
      return settle()(
        async (ask) => (await ask(STATEMENTS.tell, [externalId])).length > 0,
        async (ask) => {
          const stored = first(await ask(STATEMENTS.find, [externalId]));
          // Who of two took note cannot be known; the browser is told of no creation rather than twice.
          return stored?.told ? false : undefined;
        },
      );
    },

    async enqueue(which, now) {
      if (which !== 'undelivered')
        return settle()(async (ask) => (await ask(STATEMENTS.enqueueOne, [now, which.externalId])).length);
      let total = 0;
      for (let after: unknown = ''; typeof after === 'string';) {
        const values = [now, after, ENQUEUE_SIZE];
        const [[count, last] = []] = await settle()((ask) => ask(STATEMENTS.enqueueSome, values));
        total += Number(count);
        after = last;
      }
      return total;
    },

    async forget(externalId) {
      return settle()(async (ask) => (await ask(STATEMENTS.forget, [externalId])).length > 0);
    },

    async check() {
      if (!isDoubtful) return;
      await settle()((ask) => ask(PROBE));
      isDoubtful = false;
    },

    async nextDue() {
      return ((await nextDue(settle()))[0]?.[0] ?? null) as number | null;
    },

    aheadMs: () => clock.aheadMs(),

    async list({ states = [], after = '', limit }) {
      const statement = { text: listSql(states.length) };
      return (await settle()((ask) => ask(statement, [after, ...states, limit]))).map(rowOf);
    },

    async findByRequest(requestId) {
      return settle()(
        async (ask) =>
          first(await ask(STATEMENTS.findByRequest, [requestId])) ??
          first(await ask(STATEMENTS.findByHistory, [requestId])),
      );
    },

    async backlog() {
      const rows = await settle()((ask) => ask(STATEMENTS.backlog));
      return rows.map(([state, count, oldestAt]) => ({ state, count, oldestAt }) as Backlog);
    },

    async tidy(now = latest) {
      latest = now;
      try {
        await settle()((ask) => ask(STATEMENTS.purge, [latest]));
      } catch (error) {
        // A server that has become a read-only copy says so here, before a customer finds out.
        isDoubtful = true;
        throw error;
      }
    },

    async close() {
      closing ??= (async () => {
        const open = await opening.latest()?.catch(() => null);
        await open?.database.end();
      })();
      return closing;
    },
  };
}
