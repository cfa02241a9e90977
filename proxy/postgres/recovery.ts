/**
 * What becomes of a write whose answer was lost. Its old connection is ended for good first, so that
 * the statement cannot be carried out later; then what is stored says what happened, and a write
 * that did not happen is repeated. Where none of that is possible in time, the write rejects.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import {
  type Backend,
  type Connections,
  type Limits,
  type Statement,
  Unanswered,
  type Values,
} from './pool.ts';
import { StoreFailure } from '../store-failure.ts';

/** Within this time every operation gives its result or rejects. */
const LIMIT_MS = 5000;
/** How long an operation may wait to be sent; the rest is for its answer, or for finding out what became of it. */
const SEND_TIMEOUT_MS = 3000;
const PAUSE_MS = 100;
const MOST_TURNS = 5;
/** Deadlock, serialization, and the division by which begin undoes itself: nothing was written. */
const AGAIN = new Set(['40P01', '40001', '22012']);

/** Ends the connection's server process; true once there is none. Before version 14 nothing waits for its end. */
const END_BACKEND: Statement = {
  text: `SELECT count(pg_terminate_backend(pid)) = 0 FROM pg_stat_activity
    WHERE pid = $1 AND extract(epoch FROM backend_start)::text = $2`,
};
const END_LIMIT_MS = 1000;
const END_PAUSE_MS = 10;

/** Asks a statement inside an operation's limit. */
export type AskInTime = (statement: Statement, values?: Values) => Promise<unknown[][]>;

/** Runs operations so that a lost answer is not a lost outcome; `limits` are those of `ask`. */
export type Settle = {
  /** An operation that may be carried out twice, even late. */
  <Result>(operation: (ask: AskInTime, limits: Limits) => Promise<Result>): Promise<Result>;
  /** A write; `found` reads what became of it, undefined when it is to be repeated. */
  <Result>(
    write: (ask: AskInTime, limits: Limits) => Promise<Result>,
    found: (ask: AskInTime) => Promise<Result | undefined>,
  ): Promise<Result>;
};

/** Operations on one database. They reject with a `StoreFailure` within 5 s. */
export function settling(database: Connections): Settle {
  const askBy =
    (limits: Limits): AskInTime =>
    (statement, values = []) =>
      database.ask(statement, values, limits);

  return async <Result>(
    operation: (ask: AskInTime, limits: Limits) => Promise<Result>,
    found?: (ask: AskInTime) => Promise<Result | undefined>,
  ): Promise<Result> => {
    const until = performance.now() + LIMIT_MS;
    const ask = askBy({ sentBy: until, until });

    /** Tries until time is up: the server may be on its way back. */
    async function persist<T>(attempt: () => Promise<T>): Promise<T> {
      for (;;) {
        try {
          return await attempt();
        } catch (error) {
          if (performance.now() + PAUSE_MS >= until) throw error;
          await sleep(PAUSE_MS);
        }
      }
    }

    async function endBackend({ pid, startedAt }: Backend): Promise<void> {
      const giveUpAt = performance.now() + END_LIMIT_MS;
      for (;;) {
        const [ended] = await persist(() => ask(END_BACKEND, [pid, startedAt]));
        if (ended?.[0] === true) return;
        if (performance.now() >= giveUpAt) throw lost();
        await sleep(END_PAUSE_MS);
      }
    }

    async function recover(backend: Backend): Promise<Result | undefined> {
      if (!found) return undefined;
      await endBackend(backend);
      return persist(() => found(ask));
    }

    for (let turn = 1; ; turn++) {
      try {
        const limits = { sentBy: Math.min(until, performance.now() + SEND_TIMEOUT_MS), until };
        return await operation(askBy(limits), limits);
      } catch (error) {
        const last = turn === MOST_TURNS || performance.now() >= until;
        if (error instanceof Unanswered) {
          const outcome = await recover(error.backend).catch(() => {
            throw lost();
          });
          if (outcome !== undefined) return outcome;
          if (last) throw lost();
        } else if (last || !(error instanceof StoreFailure && AGAIN.has(error.code))) throw error;
      }
    }
  };
}

function lost(): StoreFailure {
  return new StoreFailure('ECONNRESET', 'the connection to the database was lost');
}
