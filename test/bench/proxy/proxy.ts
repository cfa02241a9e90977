/**
 * `npm run bench`: what a signup with its delivery costs, beside the least that it could: a server that
 * forwards once and keeps nothing, and one synced write. All in one run, round by round, because only
 * ratios within a run mean anything; Fastify's http-proxy, which does as little, is a row between.
 */
import { closeSync, fdatasyncSync, mkdtempSync, openSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import type { ChildProcess } from 'node:child_process';
import { get } from 'node:http';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { end, here, load, obstacle, portOf, start, startOwn, usageOf, type Load } from './processes.ts';
import { plot, table, type Figures } from './report.ts';

const ROUNDS = Number(process.env['BENCH_ROUNDS'] ?? 3);
const SECONDS = Number(process.env['BENCH_SECONDS'] ?? 4);
const RATE = 1000;

type Measured = { cpu: number; full: Load; paced: Load; rss: number };
type Server = {
  name: string;
  does: string;
  child: ChildProcess;
  port: number;
  startMs: number;
  runs: Measured[];
};

const median = (values: readonly number[]) =>
  values.toSorted((one, other) => one - other)[values.length >> 1] ?? 0;

/** The time of one synced write of 4 KiB and its CPU, in microseconds. */
function syncedWrite(folder: string): { wallUs: number; cpuUs: number } {
  const file = openSync(join(folder, 'synced'), 'w');
  const page = Buffer.alloc(4096, 1);
  const before = process.cpuUsage();
  const from = performance.now();
  for (let turn = 0; turn < 300; turn++) {
    writeSync(file, page, 0, page.length, turn * page.length);
    fdatasyncSync(file);
  }
  const { user, system } = process.cpuUsage(before);
  closeSync(file);
  return { wallUs: ((performance.now() - from) * 1000) / 300, cpuUs: (user + system) / 300 };
}

/** Waits until a server answers anything at all; gives how long that took. */
async function firstAnswer(port: number, from: number): Promise<number> {
  for (;;) {
    const answered = await new Promise<boolean>((resolve) => {
      const request = get({ port, host: '127.0.0.1', path: '/healthz', agent: false }, () => resolve(true));
      request.on('error', () => resolve(false));
    });
    if (answered) return performance.now() - from;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

async function measure({ child, port }: Server): Promise<Measured> {
  const before = usageOf(child);
  const full = await load(port, SECONDS, 0);
  // What is under way when the last answer has come belongs to it too.
  await new Promise((resolve) => setTimeout(resolve, 300));
  const { cpu } = usageOf(child);
  const paced = await load(port, SECONDS, RATE);
  return { cpu: ((cpu - before.cpu) * 1e6) / full.answered, full, paced, rss: usageOf(child).rss };
}

const lost = ({ full, paced }: Measured) => full.failed + full.unanswered + paced.failed + paced.unanswered;

function figuresOf({ name, does, startMs, runs }: Server): Figures {
  const of = (value: (run: Measured) => number) => median(runs.map(value));
  return {
    name,
    does,
    startMs,
    cpu: of(({ cpu }) => cpu),
    perSecond: of(({ full }) => full.perSecond),
    p50: of(({ paced }) => paced.p50),
    p99: of(({ paced }) => paced.p99),
    rss: Math.max(...runs.map(({ rss }) => rss)),
    failed: runs.reduce((sum, run) => sum + lost(run), 0),
  };
}

async function bench(folder: string): Promise<void> {
  const sync = syncedWrite(folder);
  const upstream = start('around', [here('upstream.js')]);
  const origin = `http://127.0.0.1:${await portOf(upstream)}`;
  const servers: Server[] = [];

  async function add(name: string, does: string, file: string): Promise<void> {
    const from = performance.now();
    const child = start('server', [here(file)], { UPSTREAM: origin });
    const port = await portOf(child);
    servers.push({ name, does, child, port, startMs: await firstAnswer(port, from), runs: [] });
  }

  async function addOwn(port: number): Promise<void> {
    const from = performance.now();
    const child = startOwn(origin, port, `sqlite:${join(folder, 'bench.db')}`);
    const startMs = await firstAnswer(port, from);
    const does = 'everything: three commits, two requests, signed delivery';
    servers.push({ name: 'kelviq-onboarding', does, child, port, startMs, runs: [] });
  }

  try {
    await add('bare node:http + undici', 'forwards once, keeps nothing', 'bare.js');
    await add('Fastify http-proxy', 'forwards once, keeps nothing', 'fastify.js');
    await addOwn(Number(process.env['PORT'] ?? 8799));
    // The first round warms up.
    for (let round = -1; round < ROUNDS; round++) {
      for (const server of servers) {
        const measured = await measure(server);
        if (round >= 0) server.runs.push(measured);
      }
    }
    const answer = await fetch(`${origin}/counts`);
    report(servers.map(figuresOf), sync, await answer.json());
  } finally {
    for (const { child } of servers) await end(child);
    await end(upstream);
  }
}

function report(rows: Figures[], sync: ReturnType<typeof syncedWrite>, counts: unknown): void {
  const when = new Date().toISOString().slice(0, 10);
  const machine = `${cpus().length} cores, ${process.platform} ${process.arch}, Node ${process.versions.node}`;
  const caption = `${when}; ${machine}`;
  const failed = rows.reduce((sum, row) => sum + row.failed, 0);
  const said = [
    `${caption}. Medians of ${ROUNDS} rounds of ${SECONDS} s, 32 connections, each server alone on one core.\n`,
    `${table(rows)}\n`,
    `One synced write of 4 KiB on this disk: ${sync.wallUs.toFixed(0)} µs, of which CPU ${sync.cpuUs.toFixed(0)} µs.`,
    `Signups that failed: ${failed}. Seen upstream: ${JSON.stringify(counts)}.\n`,
  ].join('\n');
  writeFileSync(here('results.txt'), said);
  writeFileSync(here('results.svg'), plot(rows, caption));
  process.stdout.write(said);
  if (failed > 0) process.exitCode = 1;
}

const hindrance = obstacle();
if (hindrance !== null) {
  process.stderr.write(`${hindrance}\n`);
  process.exitCode = 1;
} else {
  const folder = mkdtempSync(join(tmpdir(), 'kelviq-bench-'));
  try {
    await bench(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
