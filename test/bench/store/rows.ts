/**
 * How fast a backlog drains, and what a signup and a delivery cost with few rows in the table and with
 * a hundred thousand. The server is alone on one core; the database and the receiver share the other.
 */
import { fill } from '../../crash/backlog.ts';
import { end, load } from '../proxy/processes.ts';
import { costOf, median, startSite, type Engine, type Server, type Site, type Used } from './site.ts';

const FEW = 1000;
const MANY = 100_000;
/** Rows that wait and are delivered in one round. */
const BATCH = 2000;
const HOUR_MS = 3_600_000;
/** Deliveries before counting begins: the code is warm then. */
const WARM = 5000;
const PACE = 500;

type Table = {
  site: Site;
  server: Server;
  rows: number;
  delivered: number;
  costs: { signup: Used[]; delivery: Used[] };
};
type Drain = { perSecond: number; cost: Used };

/** A server whose table has `rows` rows, all delivered. */
async function prepare(engine: Engine, rows: number): Promise<{ table: Table; drain: Drain }> {
  const site = await startSite(engine);
  const first = await site.serve();
  await end(first.child);
  await fill(site.address, rows, Date.now() - HOUR_MS);
  const server = await site.serve();
  await site.untilDelivered(Math.min(WARM, rows));
  const [from, before, begun] = [await site.delivered(), site.used([server]), performance.now()];
  await site.untilDelivered(rows);
  const count = rows - from;
  const perSecond = (count * 1000) / (performance.now() - begun);
  const cost = costOf(before, site.used([server]), count);
  return {
    table: { site, server, rows, delivered: rows, costs: { signup: [], delivery: [] } },
    drain: { perSecond, cost },
  };
}

/** Deliveries that waited. */
async function deliverMore(table: Table): Promise<Used> {
  const { site, server } = table;
  const before = site.used([server]);
  await fill(site.address, BATCH, Date.now() - HOUR_MS, table.rows);
  table.rows += BATCH;
  table.delivered += BATCH;
  await site.untilDelivered(table.delivered);
  return costOf(before, site.used([server]), BATCH);
}

async function signUpMore(table: Table, seconds: number): Promise<Used> {
  const { site, server } = table;
  const before = site.used([server]);
  const { answered, failed, unanswered } = await load(server.port, seconds, PACE);
  if (failed + unanswered > 0) throw new Error(`${failed + unanswered} signups failed`);
  table.delivered += answered;
  await site.untilDelivered(table.delivered);
  return costOf(before, site.used([server]), answered);
}

const sum = ({ servers, database }: Used) => servers + database;
const middle = (costs: readonly Used[]) => median(costs.map(sum));

/** Measures on `engine`, few and many rows in turn, `rounds` times; as text. */
export async function measureRows(engine: Engine, rounds: number, seconds: number): Promise<string> {
  const { table: few } = await prepare(engine, FEW);
  const { table: many, drain } = await prepare(engine, MANY);
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
    const line = (name: string, kind: 'signup' | 'delivery') => {
      const [one, other] = [middle(few.costs[kind]), middle(many.costs[kind])];
      const differ = ((other / one - 1) * 100).toFixed(0);
      return `| ${name} | ${one.toFixed(0)} µs | ${other.toFixed(0)} µs | ${differ} % |`;
    };
    const { servers, database } = drain.cost;
    return [
      `${engine}: a backlog of ${MANY} drains at ${drain.perSecond.toFixed(0)} deliveries a second; each costs ${servers.toFixed(0)} µs of CPU${database > 0 ? `, and ${database.toFixed(0)} µs of PostgreSQL's` : ''}.`,
      '',
      `| CPU${database > 0 ? ", PostgreSQL's included" : ''} | with ${FEW} to ${few.delivered} rows | with ${MANY} to ${many.delivered} | more by |`,
      '|---|---|---|---|',
      line(`a signup with its delivery, ${PACE}/s`, 'signup'),
      line('a delivery that waited', 'delivery'),
    ].join('\n');
  } finally {
    await few.site.close();
    await many.site.close();
  }
}
