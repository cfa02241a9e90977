/**
 * Fencing numbers: one for each lease, never used twice. Every start of a process has a range of its
 * own, so that processes agree without asking each other.
 */

/** Leases of one start: at a thousand a second, seven weeks; two million starts fit into a number. */
const RANGE = 2 ** 32;

/** The numbers of the start `epoch`. Throws once they are used up: a restart gives new ones. */
export function fencesOf(epoch: number): () => number {
  let used = 0;
  return () => {
    if (++used >= RANGE) throw new Error('all fencing numbers of this start are used: restart the process');
    return epoch * RANGE + used;
  };
}

/** The start that a number belongs to. */
export function epochOf(fence: number): number {
  return Math.floor(fence / RANGE);
}
