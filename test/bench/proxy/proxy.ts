/**
 * `npm run bench`: what a signup with its delivery costs, beside lower bounds: a server that forwards
 * once and keeps nothing, one that takes the same steps with the same parts and guards none of them, and
 * one synced write. All in one run, round by round, because only ratios within a run mean anything;
 * Fastify's http-proxy, which forwards once too, is a row between.
 */
import { closeSync, fdatasyncSync, mkdtempSync, openSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { end, here, load, obstacle, portOf, start, usageOf, type Load } from './processes.ts';
import { memory, plot, table, type Figures } from './report.ts';
import { beside, own, starts, type Kind, type Running } from './starts.ts';

const ROUNDS = Number(process.env['BENCH_ROUNDS'] ?? 3);
const SECONDS = Number(process.env['BENCH_SECONDS'] ?? 4);
const STARTS = Number(process.env['BENCH_STARTS'] ?? 9);
const RATE = 1000;
/** So many signups a server has answered when its memory is told; it is looked at four times on the way. */
const SIGNUPS = Number(process.env['BENCH_SIGNUPS'] ?? 100_000);
const LOOKS = 4;
const FORWARDS = 'forwards once, keeps nothing';
const UNGUARDED = 'the same steps, but minds no crash, no lost answer and no repeat';

type Measured = { cpu: number; full: Load; paced: Load };
/** `looks`: its memory in MiB whenever another part of the signups was answered. */
type Server = Kind & Running & { answered: number; runs: Measured[]; looks: number[]; failed: number };

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

/** Loads a server, and looks at its memory. */
async function loaded(server: Server, rate: number): Promise<Load> {
  const seen = await load(server.port, SECONDS, rate);
  server.answered += seen.answered;
  server.failed += seen.failed + seen.unanswered;
  const { rss } = usageOf(server.child);
  while (server.looks.length < LOOKS && server.answered >= ((server.looks.length + 1) * SIGNUPS) / LOOKS)
    server.looks.push(rss);
  return seen;
}

async function measure(server: Server): Promise<Measured> {
  const before = usageOf(server.child);
  const full = await loaded(server, 0);
  // What is under way when the last answer has come belongs to it too.
  await new Promise((resolve) => setTimeout(resolve, 300));
  const { cpu } = usageOf(server.child);
  const paced = await loaded(server, RATE);
  return { cpu: ((cpu - before.cpu) * 1e6) / full.answered, full, paced };
}

function figuresOf({ name, does, startMs, runs, looks, failed }: Server): Figures {
  const of = (value: (run: Measured) => number) => median(runs.map(value));
  return {
    name,
    does,
    startMs,
    cpu: of(({ cpu }) => cpu),
    perSecond: of(({ full }) => full.perSecond),
    p50: of(({ paced }) => paced.p50),
    p99: of(({ paced }) => paced.p99),
    looks,
    failed,
  };
}

async function bench(folder: string): Promise<void> {
  const sync = syncedWrite(folder);
  const upstream = start('around', [here('upstream.js')]);
  const origin = `http://127.0.0.1:${await portOf(upstream)}`;
  let databases = 0;
  const file = () => join(folder, `bench-${databases++}.db`);
  const kinds = [
    beside({ name: 'bare node:http + undici', does: FORWARDS, file: 'bare.js' }, origin),
    beside({ name: 'Fastify http-proxy', does: FORWARDS, file: 'fastify.js' }, origin),
    beside({ name: 'the same parts, unguarded', does: UNGUARDED, file: 'parts.js' }, origin, () => ({
      DATABASE: file(),
    })),
    own(origin, Number(process.env['PORT'] ?? 8799), () => `sqlite:${file()}`),
  ];
  const servers: Server[] = [];
  try {
    for (const [kind, taken] of await starts(kinds, STARTS)) {
      const running = { ...(await kind.open()), startMs: median(taken) };
      servers.push({ ...kind, ...running, answered: 0, runs: [], looks: [], failed: 0 });
    }
    // The first round warms up.
    for (let round = -1; round < ROUNDS; round++) {
      for (const server of servers) {
        const measured = await measure(server);
        if (round >= 0) server.runs.push(measured);
      }
    }
    for (const server of servers) while (server.looks.length < LOOKS) await loaded(server, 0);
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
    `${caption}. Medians of ${ROUNDS} rounds of ${SECONDS} s, 32 connections, each server alone on one core, and of ${STARTS} starts.\n`,
    `${table(rows, SIGNUPS)}\n`,
    `${memory(rows, SIGNUPS)}\n`,
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
