/**
 * What a second replica adds. On two cores, replicas, PostgreSQL, Kelviq and the load share what there
 * is; so each replica is held to a fifth of a core, and what is measured is whether the database lets
 * two of them do twice as much.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { load } from '../proxy/processes.ts';
import { hold } from './held.ts';
import { costOf, median, startSite, type Server, type Used } from './site.ts';

const SHARE = 0.2;
const CONNECTIONS = 32;
const SAMPLE_EVERY_MS = 10;

type Run = { perSecond: number; cost: Used; failed: number };

/** Counts how often a statement is seen at work, and how often one waits for another's lock. */
async function sampling(url: string): Promise<() => Promise<{ active: number; locked: number }>> {
  const address = new URL(url);
  address.searchParams.delete('schema');
  const client = new Client({ connectionString: address.href });
  await client.connect();
  const seen = { active: 0, locked: 0 };
  const over = new AbortController();
  const done = (async () => {
    while (!over.signal.aborted) {
      const { rows } = await client.query<{ active: number; locked: number }>(
        `SELECT count(*)::int AS active, count(*) FILTER (WHERE wait_event_type = 'Lock')::int AS locked
         FROM pg_stat_activity
         WHERE backend_type = 'client backend' AND state = 'active' AND pid <> pg_backend_pid()`,
      );
      seen.active += rows[0]?.active ?? 0;
      seen.locked += rows[0]?.locked ?? 0;
      await sleep(SAMPLE_EVERY_MS);
    }
    await client.end();
  })();
  return async () => {
    over.abort();
    await done;
    return seen;
  };
}

/** Measures one replica and two, in turn, `rounds` times; as text. */
export async function measureReplicas(rounds: number, seconds: number): Promise<string> {
  const site = await startSite('PostgreSQL');
  try {
    const servers = [await site.serve(), await site.serve()];
    const one: Run[] = [];
    const two: Run[] = [];
    let taken = 0;

    async function run(those: readonly Server[]): Promise<Run> {
      const before = site.used(those);
      const letGo = hold(those, SHARE);
      const loads = await Promise.all(those.map(({ port }) => load(port, seconds, 0, CONNECTIONS)));
      const late = taken + loads.reduce((sum, each) => sum + each.answered, 0) - (await site.delivered());
      letGo();
      taken += loads.reduce((sum, each) => sum + each.answered, 0);
      await site.untilDelivered(taken);
      const answered = loads.reduce((sum, each) => sum + each.answered, 0);
      const failed = loads.reduce((sum, each) => sum + each.failed + each.unanswered, 0);
      // What was not delivered when the load ended does not count.
      const perSecond =
        loads.reduce((sum, each) => sum + each.perSecond, 0) * (1 - Math.max(0, late) / answered);
      return { perSecond, cost: costOf(before, site.used(those), answered), failed };
    }

    for (const server of servers) taken += (await load(server.port, 2, 0, CONNECTIONS)).answered;
    await site.untilDelivered(taken);
    const sampled = await sampling(site.address);
    for (let round = 0; round < rounds; round++) {
      one.push(await run(servers.slice(0, 1)));
      two.push(await run(servers));
    }
    const { active, locked } = await sampled();
    const ratio = median(two.map(({ perSecond }, round) => perSecond / (one[round]?.perSecond ?? NaN)));
    const line = (name: string, runs: readonly Run[]) =>
      `| ${name} | ${median(runs.map(({ perSecond }) => perSecond)).toFixed(0)} | ${median(runs.map(({ cost }) => cost.servers)).toFixed(0)} µs | ${median(runs.map(({ cost }) => cost.database)).toFixed(0)} µs |`;
    const database = median(two.map(({ cost }) => cost.database));
    return [
      `Replicas on one PostgreSQL, each held to ${SHARE * 100} % of a core, ${CONNECTIONS} connections each; every signup with its delivery, medians of ${rounds} rounds:`,
      '',
      '| | signups/s | CPU of the replicas | CPU of PostgreSQL |',
      '|---|---|---|---|',
      line('one', one),
      line('two', two),
      '',
      `Two give ${ratio.toFixed(2)} × what one gives. One core of PostgreSQL is enough for ${(1e6 / database).toFixed(0)} signups/s.`,
      `Of ${active} statements seen at work, ${locked} waited for another's lock. Signups that failed: ${[...one, ...two].reduce((sum, { failed }) => sum + failed, 0)}.`,
    ].join('\n');
  } finally {
    await site.close();
  }
}
