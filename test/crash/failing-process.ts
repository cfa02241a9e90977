import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Row } from '../../proxy/row.ts';
import { failingServe } from './bundle.ts';
import type { Command, CommandAnswer } from './failing-serve.ts';
import { KILLED_AT } from './failpoints.ts';

/** The server with failpoints, in a process of its own. */
export type FailingProcess = {
  /** Where it listens; null when it ended before. */
  url: string | null;
  /** Arms a point: `name#n`; an empty text disarms. */
  arm: (point: string) => Promise<void>;
  /** Moves its clock forward by so many milliseconds. */
  jump: (ms: number) => Promise<void>;
  /** All rows of its store; null when it is dead. */
  rows: () => Promise<Row[] | null>;
  /** The rows that are leased, or due by its clock; null when it is dead. */
  busy: () => Promise<Row[] | null>;
  /** Bytes that it has in memory; 0 when it is dead. */
  rss: () => Promise<number>;
  kill: () => void;
  signal: (name: NodeJS.Signals) => void;
  /** Exit code, or the signal that ended it. */
  ended: Promise<number | string>;
  isAlive: () => boolean;
  /** The point at which it killed itself; null when it did not. */
  killedAt: () => string | null;
  /** Everything on standard output and error so far. */
  output: () => string;
};

/** Starts it on these settings alone and waits until it listens or has ended; the caller ends it. */
export async function startFailing(settings: Readonly<Record<string, string>>): Promise<FailingProcess> {
  const child = spawn(process.execPath, [await failingServe()], {
    env: { PATH: process.env['PATH'], HOST: '127.0.0.1', PORT: '0', LOG_LEVEL: 'debug', ...settings },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  let output = '';
  let alive = true;
  const answers: ((answer: CommandAnswer | null) => void)[] = [];
  child.on('message', (answer) => answers.shift()?.(answer as CommandAnswer));
  child.on('error', () => undefined);
  const ended = once(child, 'close').then(([code, signal]) => {
    alive = false;
    for (const answer of answers.splice(0)) answer(null);
    return (code ?? signal) as number | string;
  });
  const listening = new Promise<string | null>((resolve) => {
    let found = false;
    const read = (chunk: Buffer) => {
      output += String(chunk);
      if (found) return;
      const [, url] = /"event":"listening".*?"url":"([^"]+)"/.exec(output) ?? [];
      found = url !== undefined;
      if (url) resolve(url);
    };
    child.stdout?.on('data', read);
    child.stderr?.on('data', read);
    void ended.then(() => resolve(null));
  });

  const ask = (command: Command): Promise<CommandAnswer | null> =>
    new Promise((resolve) => {
      if (!child.connected) return resolve(null);
      answers.push(resolve);
      child.send(command, () => undefined);
    });

  async function rows(which: 'all' | 'busy'): Promise<Row[] | null> {
    const given = await ask({ rows: which });
    return given && 'rows' in given ? given.rows : null;
  }

  return {
    url: await listening,
    arm: async (point) => void (await ask({ arm: point })),
    jump: async (ms) => void (await ask({ jump: ms })),
    rows: () => rows('all'),
    busy: () => rows('busy'),
    async rss() {
      const given = await ask({ memory: true });
      return given && 'rss' in given ? given.rss : 0;
    },
    kill: () => void child.kill('SIGKILL'),
    signal: (name) => void child.kill(name),
    ended,
    isAlive: () => alive,
    killedAt: () => new RegExp(`"event":"${KILLED_AT}","point":"([^"]+)"`).exec(output)?.[1] ?? null,
    output: () => output,
  };
}
