/**
 * The real server on its real settings, with failpoints in front of its ports and a clock of the
 * test's pace. Its parent arms points, moves the clock and asks for the rows; it ends with its parent.
 */
import Libsql from 'libsql';
import { createLog } from '../../proxy/log.ts';
import { readSettings } from '../../proxy/node/config.ts';
import { startServer } from '../../proxy/node/server.ts';
import type { Row } from '../../proxy/row.ts';
import { openStore } from '../../proxy/store-url.ts';
import { Failpoints, failingOutside, failingStore } from './failpoints.ts';
import { scaledClock, type Pace } from './scaled-clock.ts';

/** What the parent may ask for. */
export type Command = { arm: string } | { jump: number } | { rows: true };

/** What it is answered. */
export type CommandAnswer = { rows: Row[] } | { done: true };

const MOST_ROWS = 100_000;

const { env } = process;
const reading = readSettings(env);
if (!reading.ok) throw new Error(reading.mistakes.join('\n'));
const { settings } = reading;
const clock = scaledClock(JSON.parse(env['PACE'] ?? '') as Pace);
const store = openStore(settings.databaseUrl);
const failpoints = new Failpoints();
const { reach } = failpoints;
failpoints.arm(env['FAILPOINT'] ?? '');

const { exec } = Libsql.prototype;
Libsql.prototype.exec = function failingExec(this: InstanceType<typeof Libsql>, sql: string) {
  const step = /^(BEGIN|COMMIT)\b/.exec(sql)?.[1] as 'BEGIN' | 'COMMIT' | undefined;
  if (step) reach(`before ${step}`);
  const result = exec.call(this, sql);
  if (step) reach(`after ${step}`);
  return result;
};

async function obey(command: Command): Promise<CommandAnswer> {
  if ('rows' in command) return { rows: await store.list({ limit: MOST_ROWS }) };
  if ('jump' in command) clock.jump(command.jump);
  else failpoints.arm(command.arm);
  return { done: true };
}

process.on('disconnect', () => process.exit(1));
process.on('message', (command: Command) => {
  void obey(command).then((given) => process.send?.(given));
});

const log = createLog(settings.logLevel, (line) => void process.stdout.write(line));
await startServer(
  settings,
  (level, event, fields) => {
    log(level, event, fields);
    if (event === 'request' && fields?.method === 'POST') reach('before answer');
  },
  (ports) => ({
    ...ports,
    ...failingOutside(ports, reach),
    store: failingStore(store, reach),
    clock,
  }),
);
