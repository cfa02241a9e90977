/**
 * The durable store as a port: a row and its few queries. Every write is committed before its
 * promise resolves, and every write of a leased row checks the fencing number.
 */
import type { Environment } from './limits.ts';
import type { Row, RowState } from './row.ts';

/** A right to work on a row: a number that is never used twice, and until when (milliseconds). */
export type Lease = { fence: number; until: number };

/** One unit of a durable rate limit: `key` may be charged `attempts` times in `windowMs`. */
export type Charge = { key: string; attempts: number; windowMs: number };

/** A limit that is full, and in how many milliseconds it no longer is. */
export type Limited = { retryAfterMs: number; limit: Charge };

/** What became of a new attempt. */
export type Opened =
  | { outcome: 'opened' }
  /** Somebody else's row stands there; it was not touched. */
  | { outcome: 'exists'; row: Row }
  | ({ outcome: 'limited' } & Limited);

/** Rows that wait in one state, and when the oldest of them was created (milliseconds). */
export type Backlog = { state: RowState; count: number; oldestAt: number };

/** The store. A rejected promise means "not known to be written". */
export type Store = {
  /**
   * Opens and migrates; gives the number of this start, never given before. Idempotent. The first one to
   * name an `environment` says whose signups these are from then on; rejects with an `OtherEnvironment`
   * when they are the other one's. A `guest` says nothing, leases nothing and gets no number: 0; it makes
   * tables where there are none, and rejects, changing nothing, where they are of an older release.
   */
  open(environment?: Environment, guest?: 'guest'): Promise<number>;
  find(externalId: string): Promise<Row | null>;
  /**
   * Commits a new attempt and its charges together. `expect` is null for a customer without a row,
   * else the fence under which the caller holds the row. A row that is there is found, and free of
   * charge, where nothing can be written, too.
   */
  begin(row: Row, expect: number | null, charges: readonly Charge[], now: number): Promise<Opened>;
  /** The limit that stands in the way of `charges` the longest, null when none does; charges nothing. */
  limited(charges: readonly Charge[], now: number): Promise<Limited | null>;
  /**
   * Writes a row whose fence is still the given row's; false when it is not. `known` is how the
   * caller last read or wrote it under that fence: what has not changed since need not be written.
   * What is null of e-mail, business name and the e-mail's hash stays null: a person may have had it erased.
   */
  save(row: Row, known?: Row): Promise<boolean>;
  /**
   * Removes a row under its fence, and gives back one charge of each key in `refund`; false, and
   * nothing given back, when the fence is another.
   */
  remove(row: Row, refund?: readonly string[]): Promise<boolean>;
  /**
   * Leases a row that is free at `now` and that nobody has leased since it was read under its
   * fence; null when it is held, gone, or has been worked on meanwhile.
   */
  claim(row: Pick<Row, 'externalId' | 'fence'>, lease: Lease, now: number): Promise<Row | null>;
  /**
   * Leases up to `fences.length` free rows that are due at `now`, the longest due first; with `after`
   * only those that became due after that time, the latest first.
   */
  claimDue(fences: readonly number[], until: number, now: number, after?: number): Promise<Row[]>;
  /** Prolongs leases; gives the fences that still hold. */
  renew(rows: readonly Pick<Row, 'externalId' | 'fence'>[], until: number): Promise<Set<number>>;
  /** Takes note, once, that a browser was told of its creation with a 201; false when one was before. */
  tell(externalId: string): Promise<boolean>;
  /**
   * Brings rows back that were written by a clock ahead of `now`: a lease that outlasts any ends at
   * `until`, and what waits does so from now on. Gives how many.
   */
  rewind(now: number, until: number): Promise<number>;
  /**
   * Rejects while what is written would not be kept: the latest write failed, and one that weighs as much
   * as a signup fails too; or a file is no longer at its path. Writes nothing while all is well, but the first
   * time that a guest asks.
   */
  check(): Promise<void>;
  /** Earliest time at which a row is due; null when none is. */
  nextDue(): Promise<number | null>;
  /**
   * How far the clock that all who share this store go by is ahead of this machine's, in milliseconds,
   * as of the latest `open` or `nextDue`. Left out where they are on one machine.
   */
  aheadMs?(): number;
  /**
   * Makes free rows due at `now`, with their deliveries counted anew: one of any state but `refused`,
   * or all that are not delivered yet, without those that `forget` has ended. Gives how many.
   */
  enqueue(which: { externalId: string } | 'undelivered', now: number): Promise<number>;
  /**
   * Erases what a row says of a person, unless its signup still needs it; false when it does. A free row
   * whose organization Kelviq no longer knew is no longer due, and one in attention counts no more.
   */
  forget(externalId: string): Promise<boolean>;
  list(filter: { states?: readonly RowState[]; after?: string; limit: number }): Promise<Row[]>;
  /** The row of an attempt, by the reference of the request that opened it; the latest attempts first. */
  findByRequest(requestId: string): Promise<Row | null>;
  /** What is not done: rows that wait for an outcome, a delivery or a person. A state without rows is left out. */
  backlog(): Promise<Backlog[]>;
  /**
   * Forgets charges whose windows have closed by `now`, or by the time that a caller named last;
   * checkpoints and truncates what a deleted value may linger in. Cheap when there is nothing to do. Gives
   * words for a person where that has not been possible for long.
   */
  tidy(now?: number): Promise<string | void>;
  close(): Promise<void>;
};
