/**
 * Fencing numbers: one for each lease, never used twice. Every start of a process has a range of its
 * own, so that processes agree without asking each other.
 */

import { StoreFailure } from './store-failure.ts';

/** Numbers of one start. */
const RANGE = 2 ** 32;
/** Starts whose numbers are exact: one each minute for four years. */
const MOST_STARTS = 2 ** 21 - 1;
/** Where a start begins in its range: what is left gives, at a thousand leases a second, five weeks. */
const BEGINNINGS = RANGE / 4;

/**
 * The numbers of the start `epoch`. A database that was set back, by a failover that lost the newest
 * commits, gives a start again that another process still goes by: `beginning`, 0 to 1, is drawn, so that
 * the two do not meet. Throws once the numbers are used up: a restart gives new ones.
 */
export function fencesOf(epoch: number, beginning = Math.random()): () => number {
  let used = Math.floor(beginning * BEGINNINGS);
  return () => {
    if (++used >= RANGE) throw new Error('all fencing numbers of this start are used: restart the process');
    return epoch * RANGE + used;
  };
}

/**
 * The number of a start as a database counts it. Throws a `StoreFailure` past the last one: its fencing
 * numbers would no longer be told apart.
 */
export function startOf(counted: unknown): number {
  const start = Number(counted);
  if (start > MOST_STARTS)
    throw new StoreFailure(
      'starts_used',
      `the database has counted ${MOST_STARTS.toLocaleString('en')} starts, as many as it can: begin a new one, and run kelviq-onboarding reconcile --yes`,
    );
  return start;
}
