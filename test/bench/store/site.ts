/** A store on either engine, Kelviq and the receiver beside it, and the servers that share the store. */
import { execFileSync, type ChildProcess } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '../../../demo/proxy-process.ts';
import { newSchema, startPostgres } from '../../support/postgres-server.ts';
import { end, here, portOf, start, startOwn, usageOf } from '../proxy/processes.ts';

const TICK_S = 0.01;

/** The engines that are measured. */
export const ENGINES = ['SQLite', 'PostgreSQL'] as const;

/** One of `ENGINES`. */
export type Engine = (typeof ENGINES)[number];

/** A server on a store; `port` is where it listens. */
export type Server = { child: ChildProcess; port: number };

/** What was used so far, in seconds, by servers and by the database's own processes. */
export type Used = { servers: number; database: number };

/** Everything around the servers; it ends with `close`. */
export type Site = {
  address: string;
  /** How many deliveries the receiver has taken. */
  delivered(): Promise<number>;
  /** Waits until the receiver has taken so many. */
  untilDelivered(count: number): Promise<void>;
  serve(): Promise<Server>;
  used(servers: readonly Server[]): Used;
  close(): Promise<void>;
};

/** Seconds of a process and of all that it began, those that have ended included. */
function usedByFamily(root: number): number {
  let ticks = 0;
  for (const name of readdirSync('/proc').filter((entry) => /^\d+$/.test(entry))) {
    let stat: string;
    try {
      stat = readFileSync(`/proc/${name}/stat`, 'utf8');
    } catch {
      continue; // It ended meanwhile, and counts as ended from now on.
    }
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const isRoot = Number(name) === root;
    if (!isRoot && Number(fields[1]) !== root) continue;
    const counted = isRoot ? [11, 12, 13, 14] : [11, 12];
    for (const field of counted) ticks += Number(fields[field]);
  }
  return ticks * TICK_S;
}

/** What surrounds the servers shares the second core: this process, and so PostgreSQL, that it starts. */
export function stayAround(): void {
  execFileSync('taskset', ['-cp', '1', String(process.pid)], { stdio: 'ignore' });
}

/** Starts a site. PostgreSQL syncs as it does by default. */
export async function startSite(engine: Engine): Promise<Site> {
  const folder = mkdtempSync(join(tmpdir(), 'kelviq-bench-'));
  const postgres = engine === 'PostgreSQL' ? await startPostgres({ settings: [] }) : null;
  const address = postgres ? newSchema(postgres.url).address : `sqlite:${join(folder, 'bench.db')}`;
  const upstream = start('around', [here('upstream.js')]);
  const origin = `http://127.0.0.1:${await portOf(upstream)}`;
  const servers: ChildProcess[] = [];

  async function delivered(): Promise<number> {
    const answer = await fetch(`${origin}/counts`);
    return ((await answer.json()) as { deliveries: number }).deliveries;
  }

  return {
    address,
    delivered,
    async untilDelivered(count) {
      while ((await delivered()) < count) await sleep(20);
    },

    async serve() {
      const port = await freePort();
      const child = startOwn(origin, port, address);
      servers.push(child);
      for (;;) {
        const ready = await fetch(`http://127.0.0.1:${port}/readyz`).then(
          ({ ok }) => ok,
          () => false,
        );
        if (ready) return { child, port };
        if (child.exitCode !== null) throw new Error('the server ended');
        await sleep(20);
      }
    },

    used(those) {
      const pid = postgres?.pid();
      return {
        servers: those.reduce((sum, { child }) => sum + usageOf(child).cpu, 0),
        database: pid === undefined ? 0 : usedByFamily(pid),
      };
    },

    async close() {
      for (const child of servers) await end(child);
      await end(upstream);
      await postgres?.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** The middle of some figures. */
export const median = (values: readonly number[]): number =>
  values.toSorted((one, other) => one - other)[values.length >> 1] ?? 0;

/** What `count` things cost each between two readings, in microseconds. */
export function costOf(before: Used, after: Used, count: number): Used {
  return {
    servers: ((after.servers - before.servers) * 1e6) / count,
    database: ((after.database - before.database) * 1e6) / count,
  };
}
