/** When things are tried again. All times in milliseconds. */

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/** Waits before the second, third, … delivery; the first goes out at once (Standard Webhooks' schedule). */
export const DELIVERY_DELAYS_MS = [
  5000,
  5 * MINUTE,
  30 * MINUTE,
  2 * HOUR,
  5 * HOUR,
  10 * HOUR,
  14 * HOUR,
  20 * HOUR,
  24 * HOUR,
] as const;

/** Waits between looks at a row that is not ready, by how many brought nothing; the last one repeats. */
const READ_DELAYS_MS = [1000, 2000, 4000, 8000, 15_000, 30_000, MINUTE, 2 * MINUTE, 5 * MINUTE, 15 * MINUTE];

/** When a customer's run reads again, counted from the moment the outcome became doubtful. */
export const READ_OFFSETS_MS = [0, 500, 1000, 2000, 4000, 8000] as const;

/** After Kelviq's own 500 or 503 a POST may follow the read at this offset. */
export const SOON_MS = 2000;

/**
 * Wait after the delivery attempt number `attempts` failed, up to a tenth longer by `random` (0 to 1),
 * so that rows that failed together do not come back together; null when it was the last.
 */
export function deliveryDelayMs(attempts: number, random: number): number | null {
  const delay = DELIVERY_DELAYS_MS[attempts - 1];
  return delay === undefined ? null : Math.round(delay * (1 + random / 10));
}

/** Wait before the next look, after `reads` in a row (from 1) brought nothing. */
export function readDelayMs(reads: number): number {
  return READ_DELAYS_MS[Math.min(reads, READ_DELAYS_MS.length) - 1] ?? 1000;
}

/** So many looks in vain are many: the longest wait is reached, after ten minutes. */
export const MANY_READS = READ_DELAYS_MS.length;

/** Whether looks in vain were many, and went on: `sinceMs` is the age of the latest. */
export function areMany(reads: number, sinceMs: number): boolean {
  return reads >= MANY_READS && sinceMs < HOUR;
}
