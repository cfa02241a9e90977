/**
 * How fast a backlog drains, and what a signup and a delivery cost with few rows in the table and with
 * many. The servers are on one core; the databases and the receivers share the other.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { fill } from '../../crash/backlog.ts';
import { end, load } from '../proxy/processes.ts';
import { fillDelivered, fillWaiting, takeOut } from './long-ago.ts';
import { costOf, median, startSite, type Engine, type Server, type Site, type Used } from './site.ts';

const FEW = 1000;
const MANY = 100_000;
/** Rows of a backlog that drains. */
const BACKLOG = 100_000;
/** Rows that wait in a table and are delivered in one round. */
const BATCH = 10_000;
const HOUR_MS = 3_600_000;
/** Deliveries before counting begins: the code is warm then. */
const WARM = 5000;
/** Signups a second in each of two tables. */
const PACE = 250;
/** After this long without work a store has copied and truncated what its log holds. */
const QUIET_MS = 1500;

type Kind = 'signup' | 'delivery';

/** A table, and what a signup and a delivery cost with it in each round, in microseconds. */
type Table = {
  site: Site;
  server: Server;
  /** Customers of long ago. */
  rows: number;
  /** Rows that were ever put to wait, and deliveries that the receiver has taken when all is done. */
  waited: number;
  delivered: number;
  costs: Record<Kind, number[]>;
};

/** What was measured: as text, and by which part many rows make a signup and a delivery dearer. */
export type Measured = { text: string; dearer: Record<Kind, number> };

/** A site whose tables have been made. */
async function startWithTables(engine: Engine): Promise<Site> {
  const site = await startSite(engine);
  await end((await site.serve()).child);
  return site;
}

/** Measures how fast a long backlog drains on `engine`; as text. */
export async function measureDrain(engine: Engine): Promise<string> {
  const site = await startWithTables(engine);
  try {
    await fill(site.address, { count: BACKLOG, now: Date.now() - HOUR_MS });
    const server = await site.serve();
    await site.untilDelivered(WARM);
    const [from, used, begun] = [await site.delivered(), site.used([server]), performance.now()];
    await site.untilDelivered(BACKLOG);
    const count = BACKLOG - from;
    const perSecond = (count * 1000) / (performance.now() - begun);
    const { servers, database } = costOf(used, site.used([server]), count);
    const ofPostgres = database > 0 ? `, and ${database.toFixed(0)} µs of PostgreSQL's` : '';
    return `${engine}: a backlog of ${BACKLOG} drains at ${perSecond.toFixed(0)} deliveries a second; each costs ${servers.toFixed(0)} µs of CPU${ofPostgres}.`;
  } finally {
    await site.close();
  }
}

async function prepare(engine: Engine, rows: number): Promise<Table> {
  const site = await startWithTables(engine);
  await fillDelivered(site.address, rows);
  return {
    site,
    rows,
    server: await site.serve(),
    waited: 0,
    delivered: 0,
    costs: { signup: [], delivery: [] },
  };
}

/** Begins what is measured; gives what had been used before it, and how many deliveries come of it. */
async function begin(table: Table, kind: Kind, seconds: number): Promise<{ before: Used; count: number }> {
  const { site, server } = table;
  if (kind === 'delivery') {
    await fillWaiting(site.address, BATCH, table.waited);
    table.waited += BATCH;
    return { before: site.used([server]), count: BATCH };
  }
  const before = site.used([server]);
  const { answered, failed, unanswered } = await load(server.port, seconds, PACE);
  if (failed + unanswered > 0) throw new Error(`${failed + unanswered} signups failed`);
  return { before, count: answered };
}

/**
 * Measures `kind` on all tables at once: whatever else the machine does disturbs one as much as the
 * other. The tables are as before after it.
 */
async function measureAtOnce(tables: readonly Table[], kind: Kind, seconds: number): Promise<void> {
  const begun = await Promise.all(
    tables.map(async (table) => {
      const { before, count } = await begin(table, kind, seconds);
      table.delivered += count;
      await table.site.untilDelivered(table.delivered);
      return { table, before, count };
    }),
  );
  // What they leave to be done is a part of what they cost.
  await sleep(QUIET_MS);
  for (const { table, before, count } of begun) {
    const { servers, database } = costOf(before, table.site.used([table.server]), count);
    table.costs[kind].push(servers + database);
  }
  for (const { site, rows } of tables) await takeOut(site.address, rows);
}

const percent = (part: number) => `${Math.round(part * 100)} %`;

/**
 * Measures `rounds` times on `engine` what a signup and a delivery cost with a thousand rows and with
 * `rows`. How much dearer many rows make them is the median of what the rounds say, each of itself.
 */
export async function measureRows(
  engine: Engine,
  rounds: number,
  seconds: number,
  rows = MANY,
): Promise<Measured> {
  const tables: Table[] = [];
  try {
    const few = await prepare(engine, FEW);
    tables.push(few);
    const many = await prepare(engine, rows);
    tables.push(many);
    // The first round warms up.
    for (let round = -1; round < rounds; round++) {
      for (const kind of ['delivery', 'signup'] as const)
        await measureAtOnce(round % 2 ? [many, few] : [few, many], kind, seconds);
    }
    const dearerBy = (kind: Kind) =>
      many.costs[kind].map((cost, round) => cost / (few.costs[kind][round] ?? NaN) - 1).slice(1);
    const line = (name: string, kind: Kind) => {
      const parts = dearerBy(kind);
      const [cost, costOfMany] = [few, many].map(({ costs }) => median(costs[kind].slice(1)).toFixed(0));
      return `| ${name} | ${cost} µs | ${costOfMany} µs | ${percent(median(parts))} | ${percent(Math.min(...parts))} to ${percent(Math.max(...parts))} |`;
    };
    const text = [
      `${engine}, two tables at once on one core, medians of ${rounds} rounds; each begins with these rows, all delivered:`,
      '',
      `| CPU${engine === 'PostgreSQL' ? ", PostgreSQL's included" : ''} | ${FEW} rows | ${rows} rows | more by | in single rounds |`,
      '|---|---|---|---|---|',
      line(`a signup with its delivery, ${PACE}/s`, 'signup'),
      line(`a delivery that waited, one of ${BATCH}`, 'delivery'),
    ].join('\n');
    return { text, dearer: { signup: median(dearerBy('signup')), delivery: median(dearerBy('delivery')) } };
  } finally {
    for (const { site } of tables) await site.close();
  }
}
