/**
 * Does what the table in signup.ts says: commits the row, tells the browsers that wait, then posts,
 * reads or delivers. Work on a row outlives the request that began it, under a lease that is
 * renewed; a lost lease or a failed commit ends it, and whoever takes the row next reads first.
 */
import type { Clock } from './clock.ts';
import type { Environment } from './limits.ts';
import { DeliveryFailure, failureOf, type Deliver } from './delivery.ts';
import { deliveryEvent } from './event.ts';
import { deliveryId, type Hashing, type KeyedHash } from './keys.ts';
import type { Kelviq } from './kelviq.ts';
import { createNote, withHistory } from './journal.ts';
import { fencesOf } from './fence.ts';
import type { Log } from './log.ts';
import { leave } from './line.ts';
import { createPatience } from './patience.ts';
import type { Row } from './row.ts';
import type { Secret } from './secret.ts';
import { createSlots } from './slots.ts';
import { newRun, next } from './signup.ts';
import type { Answer, Effect, Run, Seen } from './signup-terms.ts';
import type { Store } from './store.ts';
import { failureFields } from './store-trouble.ts';
import { createWaiters, type Told, type Waiters } from './waiters.ts';

/** How long a lease lasts without renewal: the rows of a crashed process are free after it. */
export const LEASE_MS = 12_000;
const RENEW_EVERY_MS = 4000;
/**
 * Deliveries under way at once; more wait in line. First tries have a line of their own, so that a
 * backlog before a receiver that hangs holds up none of them.
 */
const DELIVERIES_AT_ONCE = { customer: 128, worker: 96 };
/** What would stand behind these is left to the worker: a receiver that hangs must turn no customer away. */
const MOST_IN_LINE = 1000;
/** How long a `deliver` may take; that of `webhook()` gives up after half of it. */
const DELIVERY_LIMIT_MS = 30_000;

/** What work needs. */
export type WorkOptions = {
  store: Store;
  kelviq: Kelviq;
  deliver: Deliver;
  environment: Environment;
  hashing: Hashing;
  customerHash: KeyedHash;
  clock: Clock;
  log: Log;
  random: () => number;
};

/** A row being worked on by this process. */
type Task = {
  row: Row;
  /** The row as the store has it, as far as it was written or read here. */
  stored: Row;
  by: Run['by'];
  waiters: Waiters;
  refund: readonly string[];
  /** Whether it is to wait for nothing more, and what ends the wait that it is in. */
  hurried: boolean;
  nap: AbortController | null;
  done: Promise<void>;
};

/** Work that has begun: who waits for its outcome, and its end; `done` never rejects. */
export type Begun = { waiters: Waiters; done: Promise<void> };

/** The rows in this process's hands. */
export type Work = {
  /** A fencing number never used before. */
  fence(): number;
  /** Begins with a row that this process has leased; `seen` says why. */
  begin(row: Row, by: Run['by'], seen: Seen, refund?: readonly string[]): Begun;
  /** The waiters of a row that is in hand here; undefined when it is not. */
  inHand(externalId: string): Waiters | undefined;
  count(): number;
  /** Resolves when nothing is in hand; waits between reads end at once when `hurry`. */
  idle(hurry: boolean): Promise<void>;
  open(): Promise<void>;
};

/** Work on rows of one store, under leases of one process. */
export function createWork(options: WorkOptions): Work {
  const { store, kelviq, clock, log } = options;
  const tasks: Task[] = [];
  const slots = {
    customer: createSlots(DELIVERIES_AT_ONCE.customer),
    worker: createSlots(DELIVERIES_AT_ONCE.worker),
  };
  const patience = createPatience(clock, DELIVERY_LIMIT_MS);
  let hurrying = false;
  let fence = fencesOf(0, 0);
  let renewing = false;
  let opening: Promise<void> | undefined;

  /**
   * Renews all leases in hand while there are any, while stopping too; one statement for all of
   * them. What was not renewed keeps its end, and nothing is sent after it.
   */
  async function renewLeases(): Promise<void> {
    renewing = true;
    while (tasks.length > 0) {
      await clock.sleep(RENEW_EVERY_MS);
      const until = clock.now() + LEASE_MS;
      // One that ends later than any lease may was given before the clock was set back.
      const aging = tasks.filter(({ row }) => Math.abs(until - row.leaseUntil) > RENEW_EVERY_MS / 2);
      if (aging.length === 0) continue;
      const rows = aging.map(({ row }) => row);
      let held: ReadonlySet<number> = new Set();
      try {
        held = await store.renew(rows, until);
      } catch (error) {
        log('warn', 'store_unavailable', { during: 'lease', ...failureFields(error) });
      }
      for (const task of aging) {
        if (!held.has(task.row.fence)) continue;
        task.row = { ...task.row, leaseUntil: until };
        task.stored = { ...task.stored, leaseUntil: until, dueAt: until };
      }
    }
    renewing = false;
  }

  function perform(effect: Effect, task: Task): Promise<Seen | null> | null {
    switch (effect.do) {
      case 'rest':
        return null;
      case 'post':
        return post(task);
      case 'read':
        return read(task, effect.afterMs);
      case 'deliver':
        return deliver(task, effect.serverKey);
    }
  }

  async function post(task: Task): Promise<Seen | null> {
    const { row, waiters } = task;
    if (isOver(task, postEnd(task))) return null;
    if (row.email === null) return { seen: 'unusable', code: 'email_forgotten' };
    const { externalId, email, businessName } = row;
    const seen = await kelviq.provision(
      { externalId, email, businessName },
      () => clock.now() < postEnd(task),
    );
    return seen.seen === 'created' ? { heard: waiters.hears(row.emailHash), ...seen } : seen;
  }

  async function read(task: Task, afterMs: number): Promise<Seen> {
    const { row, waiters } = task;
    if (afterMs > 0) {
      task.nap = new AbortController();
      if (!task.hurried) await clock.sleep(afterMs, task.nap.signal);
      if (task.hurried) return { seen: 'unread', code: 'stopping' };
    }
    const seen = await kelviq.read(row.externalId);
    return seen.seen === 'found' ? { heard: waiters.hears(row.emailHash), ...seen } : seen;
  }

  function deliver(task: Task, serverKey: Secret): Promise<Seen | null> {
    const { row, hurried: stopping } = task;
    if (slots[task.by].waiting() >= MOST_IN_LINE) return Promise.resolve({ seen: 'unread', code: 'in_line' });
    return slots[task.by].run<Seen | null>(() => {
      // What stood in line when stopping began is left to whoever comes next.
      if (task.hurried && !stopping) return { seen: 'unread', code: 'stopping' };
      return isOver(task) ? null : deliverOnce(row, serverKey);
    });
  }

  /** After a stall somebody else may have the row, and may have sent it already. */
  function isOver(task: Task, end = task.row.leaseUntil): boolean {
    if (clock.now() < end) return false;
    lost(task, task.row.state, 'lease_expired');
    return true;
  }

  /** One try. A `deliver` that never settles must hold neither its row nor those in line behind it. */
  async function deliverOnce(row: Row, serverKey: Secret): Promise<Seen> {
    const from = clock.now();
    const handed = await patience(
      handOver(row, serverKey).then(
        () => undefined,
        (error: unknown) => failureOf(error, serverKey),
      ),
    );
    const failure = handed === null ? new DeliveryFailure('timed_out') : handed;
    log('debug', 'delivery_tried', {
      requestId: row.requestId,
      durationMs: clock.now() - from,
      ...(failure && { code: failure.code }),
    });
    if (!failure) return { seen: 'acknowledged' };
    const { code, retryAfterMs } = failure;
    return { seen: 'not_acknowledged', code, retryAfterMs, random: options.random() };
  }

  async function handOver(row: Row, serverKey: Secret): Promise<void> {
    const event = deliveryEvent(row, serverKey, options.environment);
    const id = await deliveryId(options.environment, event.data.organizationIdentifier, options.hashing);
    await options.deliver(event, { id, attempt: row.deliveryAttempts + 1 });
  }

  /** Writes the step's row; false when the lease was lost. */
  function commit(task: Task, row: Row | null, resting: boolean): Promise<boolean> {
    if (row === null) return store.remove(task.row, task.refund);
    const { stored, row: held } = task;
    const asked = clock.now() + LEASE_MS;
    // A lease that is young is left as it is: its end stands in an index, which costs a write of its own.
    const until = asked - held.leaseUntil > RENEW_EVERY_MS / 2 ? asked : held.leaseUntil;
    task.row = resting ? row : { ...row, leaseUntil: until, dueAt: until };
    task.stored = task.row;
    return store.save(task.row, stored);
  }

  async function drive(task: Task, run: Run, first: Seen): Promise<void> {
    let seen: Seen | null = first;
    const startedAt = clock.now();
    const note = createNote(options, task.row.externalId);
    while (seen) {
      const before = task.row;
      // Stopping: as the worker it reads once, sends no further POST and waits for nothing.
      const turn: Run = task.hurried ? { ...run, by: 'worker' } : run;
      const now = clock.now();
      const step = next(before, turn, seen, now);
      const after = step.row && withHistory(step.row, seen, now);
      run = step.run;
      const resting = step.effect.do === 'rest';
      if (step.commit) {
        if (!(await commit(task, after, resting))) return lost(task, before.state, 'lease_lost');
      } else if (after) task.row = after;
      const noting = note({ before, after, seen, durationMs: clock.now() - startedAt });
      if (noting) await noting;
      if (step.answer) task.waiters.tell(toldOf(step.answer, after ?? task.row));
      const performing = perform(step.effect, task);
      seen = performing && (await performing);
    }
  }

  /** Drives a task to its end, whatever that is. */
  async function attend(task: Task, seen: Seen): Promise<void> {
    const { requestId } = task.row;
    try {
      await drive(task, newRun(task.by), seen);
    } catch (error) {
      log('error', 'work_failed', { requestId, ...failureFields(error) });
    }
    leave(tasks, task);
    task.waiters.tell({ told: 'pending' });
  }

  function lost(task: Task, from: string, code: string): void {
    log('warn', 'work_stopped', { requestId: task.row.requestId, from, code });
  }

  return {
    fence: () => fence(),
    // The latest: one that lost its lease may be ending before it.
    inHand: (externalId) => tasks.findLast(({ row }) => row.externalId === externalId)?.waiters,
    count: () => tasks.length,
    open: () =>
      (opening ??= store.open(options.environment).then(
        (epoch) => void (fence = fencesOf(epoch, options.random())),
        (error: unknown) => {
          opening = undefined;
          throw error;
        },
      )),

    begin(row, by, seen, refund = []) {
      const waiters = createWaiters();
      const done = Promise.resolve();
      const task: Task = { row, stored: row, by, waiters, refund, hurried: hurrying, nap: null, done };
      tasks.push(task);
      task.done = attend(task, seen);
      if (!renewing) void renewLeases();
      return { waiters, done: task.done };
    },

    async idle(hurried) {
      hurrying ||= hurried;
      for (const task of hurried ? tasks : []) {
        task.hurried = true;
        task.nap?.abort();
      }
      while (tasks.length > 0) await Promise.all(tasks.map(({ done }) => done));
      if (hurried) hurrying = false;
    },
  };
}

/** What is sent long after its attempt may land when the next one is already allowed. */
function postEnd({ row }: Task): number {
  return Math.min(row.leaseUntil, row.attemptedAt + LEASE_MS);
}

function toldOf(answer: Answer, row: Row): Told {
  return answer.told === 'organization' ? { told: 'organization', row } : answer;
}
