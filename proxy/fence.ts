/**
 * Fencing numbers: one for each lease, never used twice. Every start of a process has a range of its
 * own, so that processes agree without asking each other.
 */

/** Numbers of one start; two million starts fit into a number. */
const RANGE = 2 ** 32;
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

/** The start that a number belongs to. */
export function epochOf(fence: number): number {
  return Math.floor(fence / RANGE);
}
