/**
 * The real server on its real settings, with failpoints in front of its ports and a clock of the
 * test's pace. Its parent arms points, moves the clock and asks for the rows; it ends with its parent.
 */
import { createRequire } from 'node:module';
import Libsql from 'libsql';
import type { HttpSend } from '../../proxy/http.ts';
import { createLog } from '../../proxy/log.ts';
import { readSettings } from '../../proxy/node/config.ts';
import { startServer } from '../../proxy/node/server.ts';
import type { Row } from '../../proxy/row.ts';
import { openStore } from '../../proxy/store-url.ts';
import { type Failpoint, Failpoints, failingOutside, failingStore } from './failpoints.ts';
import { scaledClock, type Pace } from './scaled-clock.ts';

/** What the parent may ask for. */
export type Command = { arm: string } | { jump: number } | { rows: 'all' | 'busy' } | { memory: true };

/** What it is answered. */
export type CommandAnswer = { rows: Row[] } | { rss: number } | { done: true };

const MOST_ROWS = 100_000;
const SHORTEST_TIMEOUT_MS = 1000;

const { env } = process;
const reading = readSettings(env);
if (!reading.ok) throw new Error(reading.mistakes.join('\n'));
const { settings } = reading;
const pace = JSON.parse(env['PACE'] ?? '') as Pace;
const clock = scaledClock(pace);
const store = openStore(settings.databaseUrl);
const failpoints = new Failpoints();
const { reach } = failpoints;
failpoints.arm(env['FAILPOINT'] ?? '');

const TRANSACTION = /^(?:BEGIN|COMMIT)\b/;

/** Time-outs that run as fast as the clock does, but no shorter than a busy machine needs. */
const inPace =
  (send: HttpSend): HttpSend =>
  (request) =>
    send({ ...request, timeoutMs: Math.max(SHORTEST_TIMEOUT_MS, request.timeoutMs / pace.speed) });

/** The points of SQLite's transactions, those that another thread commits included. */
function failSqlite(): void {
  type Shell = { prototype: { exec: (sql: string) => unknown } };
  const threaded = createRequire(import.meta.url)('libsql/promise') as Shell;
  for (const { prototype } of [Libsql as unknown as Shell, threaded]) {
    const { exec } = prototype;
    prototype.exec = function failingExec(this: unknown, sql) {
      const step = TRANSACTION.exec(sql)?.[0] as 'BEGIN' | 'COMMIT' | undefined;
      if (step) reach(`before ${step}`);
      const result = exec.call(this, sql);
      const passed = () => step && reach(`after ${step}`);
      if (!(result instanceof Promise)) passed();
      return result instanceof Promise ? result.then(passed) : result;
    };
  }
}

/** The points of PostgreSQL's statements: `sent` comes when a statement is out and not answered. */
async function failPostgres(): Promise<void> {
  const { Client } = await import('pg');
  type Query = (statement: { name?: string; text: string }) => Promise<unknown>;
  const prototype = Client.prototype as unknown as { query: Query };
  const { query } = prototype;
  prototype.query = async function failingQuery(this: unknown, statement) {
    const step = TRANSACTION.exec(statement.text)?.[0] as 'BEGIN' | 'COMMIT' | undefined;
    if (step) reach(`before ${step}`);
    const answer = query.call(this, statement);
    // What is asked for one row and for many is one step.
    const name = statement.name?.replace(/^kelviq_|_all$/g, '') ?? statement.text;
    reach(`sent ${name}` as Failpoint);
    const result = await answer;
    if (step) reach(`after ${step}`);
    return result;
  };
}

async function obey(command: Command): Promise<CommandAnswer> {
  if ('rows' in command) {
    const rows = await store.list({ limit: MOST_ROWS });
    const now = clock.now();
    const isBusy = ({ leaseUntil, dueAt }: Row) => leaseUntil !== 0 || (dueAt !== null && dueAt <= now);
    return { rows: command.rows === 'all' ? rows : rows.filter(isBusy) };
  }
  if ('memory' in command) return { rss: process.memoryUsage.rss() };
  if ('jump' in command) clock.jump(command.jump);
  else failpoints.arm(command.arm);
  return { done: true };
}

process.on('disconnect', () => process.exit(1));
process.on('message', (command: Command) => {
  void obey(command).then((given) => process.send?.(given));
});

await (settings.databaseUrl.reveal().startsWith('sqlite:') ? failSqlite() : failPostgres());
const log = createLog(settings.logLevel, (line) => void process.stdout.write(line));
await startServer(
  settings,
  (level, event, fields) => {
    log(level, event, fields);
    if (event === 'request' && fields?.method === 'POST') reach('before answer');
  },
  ({ send, ...ports }) => ({
    ...ports,
    ...failingOutside({ ...ports, send: inPace(send) }, reach),
    store: failingStore(store, reach),
    clock,
  }),
);
