/** The start that a fencing number belongs to: each has 2^32 of its own. */
export function epochOf(fence: number): number {
  return Math.floor(fence / 2 ** 32);
}
