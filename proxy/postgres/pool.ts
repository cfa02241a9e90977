/**
 * Connections to one PostgreSQL database: few, bounded in time, and none that died may end the
 * process. It tells apart a statement that was answered and one of which nobody knows.
 */
import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { DatabaseError, Pool, type PoolClient, types as standardTypes } from 'pg';
import type { PostgresAddress, PostgresTls } from './address.ts';
import { StoreFailure } from '../store-failure.ts';
import type { SqlValue } from '../store-sql.ts';

const MOST_CONNECTIONS = 10;
const CONNECT_TIMEOUT_MS = 3000;
const IDLE_MS = 30_000;
const KEEP_ALIVE_MS = 10_000;
const END_TIMEOUT_MS = 2000;
/** The server's own limits come first, because what it cancels is known not to be written. */
const STATEMENT_TIMEOUT_MS = 2500;
const LOCK_TIMEOUT_MS = 2000;
/** How long a statement that was sent may stay without an answer. */
const ANSWER_TIMEOUT_MS = 3000;
const INT8 = 20;
const READ_ONLY = '25006';
const TOO_MANY = '53300';
/** How long the connections that a server allows are taken for all that it will. */
const SCARCE_MS = 10_000;

/** Text of a statement; with a name it is prepared once for each connection. */
export type Statement = { name?: string; text: string };

/** Values of a statement; an array is one value of an array type. */
export type Values = readonly (SqlValue | readonly SqlValue[])[];

/** Asks one statement; rows come as arrays of values. */
export type Ask = (statement: Statement, values?: Values) => Promise<unknown[][]>;

/** A connection's server process: its number and its start, which together are never used twice. */
export type Backend = { pid: number; startedAt: string };

/** The connection ended before a statement's answer came: it may be written, now or in a moment. */
export class Unanswered extends Error {
  override readonly name = 'Unanswered';
  readonly backend: Backend;

  constructor(backend: Backend) {
    super('the connection ended without an answer');
    this.backend = backend;
  }
}

/** When a statement is sent, and answered, at the latest; times are those of `performance.now()`. */
export type Limits = { sentBy: number; until: number };

/** Connections to one database. */
export type Connections = {
  /**
   * Asks a statement that is a transaction of its own. Rejects with `Unanswered`, or with
   * `StoreFailure` when it is known not to be written.
   */
  ask(statement: Statement, values: Values, limits: Limits): Promise<unknown[][]>;
  /** Runs `work` in one transaction within `limitMs`, which its statements may use up. */
  transaction<Result>(work: (ask: Ask) => Promise<Result>, limitMs: number): Promise<Result>;
  /** Rejects, in time, where connections share one server process, as a pooler's may. */
  apart(limits: Limits): Promise<void>;
  end(): Promise<void>;
};

/** What holds on every connection, whatever the database or the user have as their defaults. */
const PREPARE = `SELECT pg_backend_pid(),
  (SELECT extract(epoch FROM backend_start)::text FROM pg_stat_activity WHERE pid = pg_backend_pid()),
  current_setting('server_encoding'),
  set_config('search_path', $1, false),
  set_config('statement_timeout', '${STATEMENT_TIMEOUT_MS}', false),
  set_config('lock_timeout', '${LOCK_TIMEOUT_MS}', false),
  set_config('idle_in_transaction_session_timeout', '${STATEMENT_TIMEOUT_MS}', false),
  set_config('default_transaction_isolation', 'read committed', false),
  set_config('default_transaction_read_only', 'off', false),
  set_config('synchronous_commit',
    CASE current_setting('synchronous_commit') WHEN 'off' THEN 'on'
    ELSE current_setting('synchronous_commit') END, false)`;

/** Numbers are read as numbers: none that is stored here is beyond 2 ** 53. */
const types = {
  getTypeParser: ((oid: number, format?: 'text') =>
    oid === INT8 ? Number : standardTypes.getTypeParser(oid, format)) as typeof standardTypes.getTypeParser,
};

/** What the server answered, or null when the connection failed in place of an answer. */
function answerOf(error: unknown): string | null {
  const code = error instanceof DatabaseError ? (error.code ?? '') : '';
  // A server that stops, and what ends a connection, answers nothing about the statement itself.
  return code === '' || /^(?:08|57P|58|XX)/.test(code) ? null : code;
}

/** A failure before a statement was sent, by its code. */
function connectFailure(error: unknown): StoreFailure {
  if (error instanceof StoreFailure) return error;
  const { code, message = '' } = (error instanceof Error ? error : {}) as { code?: string; message?: string };
  if (code === 'ENOENT') return new StoreFailure('no_socket', 'the database has no socket in its folder');
  if (code !== undefined) return new StoreFailure(code, `the database cannot be used (${code})`);
  // What the client itself refuses has no code.
  if (/SSL/.test(message)) return new StoreFailure('ERR_TLS', 'the database offers no encryption');
  return /password/i.test(message)
    ? new StoreFailure('28P01', 'the database asks for a password')
    : new StoreFailure('ETIMEDOUT', 'the database does not answer');
}

async function readPem(path: string | null): Promise<string | undefined> {
  if (path === null) return undefined;
  return readFile(path, 'utf8').catch(() => {
    throw new StoreFailure('ERR_TLS_FILE', 'a file of the address cannot be read');
  });
}

async function tlsOf({ mode, rootCertificate, certificate, key }: PostgresTls) {
  if (mode === 'disable') return false;
  const [ca, cert, secret] = await Promise.all([rootCertificate, certificate, key].map(readPem));
  return {
    rejectUnauthorized: mode !== 'require' || ca !== undefined,
    ...(mode !== 'verify-full' && { checkServerIdentity: () => undefined }),
    ...(ca !== undefined && { ca }),
    ...(cert !== undefined && { cert }),
    ...(secret !== undefined && { key: secret }),
  };
}

/** Connections to the database at `address`; none is made before the first statement. */
export async function connections(address: PostgresAddress): Promise<Connections> {
  const pool = new Pool({
    host: address.host,
    port: address.port,
    user: address.user,
    password: () => address.password.reveal(),
    database: address.database,
    ssl: await tlsOf(address.tls),
    enableChannelBinding: address.channelBinding,
    application_name: address.applicationName,
    ...(address.options !== null && { options: address.options }),
    types,
    max: MOST_CONNECTIONS,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    idleTimeoutMillis: IDLE_MS,
    keepAlive: true,
    keepAliveInitialDelayMillis: KEEP_ALIVE_MS,
  });
  let growing: NodeJS.Timeout | undefined;
  let inHand = 0;
  const backends = new WeakMap<PoolClient, Backend>();
  // A connection that dies while it is idle, or in hand between two statements, is found out by its next use.
  pool.on('error', () => undefined);
  pool.on('connect', (client) => void client.on('error', () => undefined));

  async function prepare(client: PoolClient): Promise<Backend> {
    const rows = await query(client, { text: PREPARE }, [address.schema]).catch((error: unknown) => {
      throw connectFailure(error);
    });
    const [pid, startedAt, encoding] = rows[0] ?? [];
    if (encoding !== 'UTF8') throw new StoreFailure('encoding', 'the database is not in UTF8');
    const backend = { pid: Number(pid), startedAt: String(startedAt) };
    backends.set(client, backend);
    return backend;
  }

  /** Where the server has no connection left, those that are there go round, and for a while no more are asked for. */
  async function connect(until: number): Promise<PoolClient> {
    for (;;) {
      try {
        return await pool.connect();
      } catch (error) {
        const there = inHand + pool.idleCount;
        const scarce = error instanceof DatabaseError && error.code === TOO_MANY && there > 0;
        if (!scarce || performance.now() >= until) throw error;
        pool.options.max = there;
        clearTimeout(growing);
        growing = setTimeout(() => (pool.options.max = MOST_CONNECTIONS), SCARCE_MS).unref();
      }
    }
  }

  /** A connection until `until`; the one that comes too late goes back. */
  async function checkout(until: number): Promise<PoolClient> {
    const connecting = connect(until);
    const over = new AbortController();
    const late = sleep(Math.max(0, until - performance.now()), null, { signal: over.signal });
    try {
      const client = await Promise.race([connecting, late]);
      if (client !== null) return client;
    } catch (error) {
      throw connectFailure(error);
    } finally {
      over.abort();
      late.catch(() => undefined);
    }
    connecting.then(
      (client) => client.release(),
      () => undefined,
    );
    throw connectFailure(null);
  }

  /**
   * Works with one connection, which has to be there by `sentBy`, for `mostMs` or until `until`. It goes
   * back to the others only when `work` says that it is whole; else it is ended, whatever it is at.
   */
  async function hold<Result>(
    { sentBy, until }: Limits,
    mostMs: number,
    work: (client: PoolClient, backend: Backend, whole: () => void) => Promise<Result>,
  ): Promise<Result> {
    const client = await checkout(sentBy);
    inHand++;
    let held = true;
    const release = (broken: boolean) => {
      if (!held) return;
      held = false;
      inHand--;
      client.release(broken);
    };
    // The server's own limits begin when a statement arrives there, and so does this one.
    const leftMs = Math.min(mostMs, until - performance.now());
    const timer = setTimeout(() => release(true), Math.max(1, leftMs));
    try {
      const backend = backends.get(client) ?? (await prepare(client));
      return await work(client, backend, () => release(false));
    } finally {
      clearTimeout(timer);
      release(true);
    }
  }

  return {
    async ask(statement, values, limits) {
      return hold(limits, ANSWER_TIMEOUT_MS, async (client, backend, whole) => {
        try {
          const rows = await query(client, statement, values);
          whole();
          return rows;
        } catch (error) {
          const code = answerOf(error);
          if (code === null) throw new Unanswered(backend);
          // A server that became a read-only copy is left, so that the next connection finds its successor.
          if (code !== READ_ONLY) whole();
          throw new StoreFailure(code, `the database refused a statement (${code})`);
        }
      });
    },

    async transaction(work, limitMs) {
      const until = performance.now() + limitMs;
      return hold({ sentBy: until, until }, limitMs, async (client, _, whole) => {
        try {
          await query(client, { text: 'BEGIN' }, []);
          const result = await work((statement, values = []) => query(client, statement, values));
          await query(client, { text: 'COMMIT' }, []);
          whole();
          return result;
        } catch (error) {
          throw connectFailure(error);
        }
      });
    },

    async apart(limits) {
      await hold(limits, ANSWER_TIMEOUT_MS, async (_, one, whole) => {
        const second = hold(
          limits,
          ANSWER_TIMEOUT_MS,
          async (__, backend, wholeToo) => (wholeToo(), backend),
        );
        const other = await second.catch(() => null);
        whole();
        // Settings and prepared statements of one would be another's, and those of a third be gone.
        if (other?.pid === one.pid && other.startedAt === one.startedAt)
          throw new StoreFailure('pooler', 'the pooler before the database is not in session mode');
      });
    },

    async end() {
      clearTimeout(growing);
      const ended = pool.end().catch(() => undefined);
      // A server that hangs says no goodbye.
      await Promise.race([ended, sleep(END_TIMEOUT_MS, undefined, { ref: false })]);
    },
  };
}

async function query(client: PoolClient, statement: Statement, values: Values): Promise<unknown[][]> {
  const { rows } = await client.query<unknown[]>({ ...statement, values: [...values], rowMode: 'array' });
  return rows;
}
