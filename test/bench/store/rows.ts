/**
 * How fast a backlog drains, and what a signup and a delivery cost with few rows in the table and with
 * many. The server is alone on one core; the database and the receiver share the other.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { fill, fillDelivered } from '../../crash/backlog.ts';
import { end, load } from '../proxy/processes.ts';
import { costOf, median, startSite, type Engine, type Server, type Site, type Used } from './site.ts';

const FEW = 1000;
/** The backlog that drains into the table with many rows. */
const MANY = 100_000;
/** Rows that wait and are delivered in one round. */
const BATCH = 2000;
const HOUR_MS = 3_600_000;
/** Deliveries before counting begins: the code is warm then. */
const WARM = 5000;
const PACE = 500;
/** After this long without work a store has copied and truncated what its log holds. */
const QUIET_MS = 1500;

type Table = {
  site: Site;
  server: Server;
  /** Rows that were there before the backlog, and how many came by it. */
  before: number;
  rows: number;
  delivered: number;
  costs: { signup: Used[]; delivery: Used[] };
};
type Drain = { perSecond: number; cost: Used };

/** What was measured: as text, and by which part many rows make a signup and a delivery dearer. */
export type Measured = { text: string; dearer: { signup: number; delivery: number } };

/** A server whose table has `rows` rows of a backlog behind `before` others, all delivered. */
async function prepare(engine: Engine, rows: number, before = 0): Promise<{ table: Table; drain: Drain }> {
  const site = await startSite(engine);
  const first = await site.serve();
  await end(first.child);
  if (before > 0) await fillDelivered(site.address, before, Date.now() - HOUR_MS);
  await fill(site.address, rows, Date.now() - HOUR_MS);
  const server = await site.serve();
  await site.untilDelivered(Math.min(WARM, rows));
  const [from, used, begun] = [await site.delivered(), site.used([server]), performance.now()];
  await site.untilDelivered(rows);
  const count = rows - from;
  const perSecond = (count * 1000) / (performance.now() - begun);
  const cost = costOf(used, site.used([server]), count);
  return {
    table: { site, server, before, rows, delivered: rows, costs: { signup: [], delivery: [] } },
    drain: { perSecond, cost },
  };
}

/** Waits for so many deliveries, and for what they leave to be done: it is a part of what they cost. */
async function untilQuiet({ site, delivered }: Table): Promise<void> {
  await site.untilDelivered(delivered);
  await sleep(QUIET_MS);
}

/** Deliveries that waited. */
async function deliverMore(table: Table): Promise<Used> {
  const { site, server } = table;
  await fill(site.address, BATCH, Date.now() - HOUR_MS, table.rows);
  const before = site.used([server]);
  table.rows += BATCH;
  table.delivered += BATCH;
  await untilQuiet(table);
  return costOf(before, site.used([server]), BATCH);
}

async function signUpMore(table: Table, seconds: number): Promise<Used> {
  const { site, server } = table;
  const before = site.used([server]);
  const { answered, failed, unanswered } = await load(server.port, seconds, PACE);
  if (failed + unanswered > 0) throw new Error(`${failed + unanswered} signups failed`);
  table.delivered += answered;
  await untilQuiet(table);
  return costOf(before, site.used([server]), answered);
}

const sum = ({ servers, database }: Used) => servers + database;
const countOf = ({ before, delivered }: Table) => before + delivered;
const middle = (costs: readonly Used[]) => median(costs.map(sum));

/**
 * Measures on `engine`, few and many rows in turn, `rounds` times. Many are those of a backlog that
 * drains, or of `longAgo`.
 */
export async function measureRows(
  engine: Engine,
  rounds: number,
  seconds: number,
  longAgo = 0,
): Promise<Measured> {
  const { table: few } = await prepare(engine, FEW);
  const { table: many, drain } = await prepare(engine, longAgo > 0 ? WARM : MANY, longAgo);
  const begun = [few, many].map(countOf);
  try {
    // The first round warms up.
    for (let round = -1; round < rounds; round++) {
      for (const table of round % 2 ? [many, few] : [few, many]) {
        const delivery = await deliverMore(table);
        const signup = await signUpMore(table, seconds);
        if (round < 0) continue;
        table.costs.delivery.push(delivery);
        table.costs.signup.push(signup);
      }
    }
    const dearer = (kind: 'signup' | 'delivery') => middle(many.costs[kind]) / middle(few.costs[kind]) - 1;
    const line = (name: string, kind: 'signup' | 'delivery') =>
      `| ${name} | ${middle(few.costs[kind]).toFixed(0)} µs | ${middle(many.costs[kind]).toFixed(0)} µs | ${(dearer(kind) * 100).toFixed(0)} % |`;
    const { servers, database } = drain.cost;
    const ofPostgres = database > 0 ? `, and ${database.toFixed(0)} µs of PostgreSQL's` : '';
    const text = [
      ...(longAgo > 0
        ? [`${engine}, behind ${longAgo} rows of long ago:`]
        : [
            `${engine}: a backlog of ${MANY} drains at ${drain.perSecond.toFixed(0)} deliveries a second; each costs ${servers.toFixed(0)} µs of CPU${ofPostgres}.`,
          ]),
      '',
      `| CPU${engine === 'PostgreSQL' ? ", PostgreSQL's included" : ''} | with ${begun[0]} to ${countOf(few)} rows | with ${begun[1]} to ${countOf(many)} | more by |`,
      '|---|---|---|---|',
      line(`a signup with its delivery, ${PACE}/s`, 'signup'),
      line('a delivery that waited', 'delivery'),
    ].join('\n');
    return { text, dearer: { signup: dearer('signup'), delivery: dearer('delivery') } };
  } finally {
    await few.site.close();
    await many.site.close();
  }
}
