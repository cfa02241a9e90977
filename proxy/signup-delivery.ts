/** How a delivery moves a signup; a part of the table in signup.ts. */
import type { Row } from './row.ts';
import { deliveryDelayMs } from './schedule.ts';
import type { Run, Seen, Step } from './signup-terms.ts';

/** The partner's backend has it: nothing is left to do, and what was typed is erased. */
export function acknowledged(row: Row, run: Run, now: number): Step {
  const moved: Row = {
    ...row,
    state: 'delivered',
    email: null,
    businessName: null,
    deliveryAttempts: row.deliveryAttempts + 1,
    deliveredAt: now,
    failure: null,
    reads: 0,
    dueAt: null,
    leaseUntil: 0,
    updatedAt: now,
  };
  return { row: moved, commit: true, run, effect: { do: 'rest' } };
}

/** To be tried again by the schedule, or later where the partner's backend asked for that; then given up. */
export function notAcknowledged(
  row: Row,
  run: Run,
  seen: Extract<Seen, { seen: 'not_acknowledged' }>,
  now: number,
): Step {
  const deliveryAttempts = row.deliveryAttempts + 1;
  const delayMs = deliveryDelayMs(deliveryAttempts, seen.random);
  const over = delayMs === null;
  const moved: Row = {
    ...row,
    state: over ? 'undeliverable' : 'provisioned',
    deliveryAttempts,
    failure: seen.code,
    reads: 0,
    dueAt: over ? null : now + Math.max(delayMs, seen.retryAfterMs ?? 0),
    leaseUntil: 0,
    updatedAt: now,
  };
  return { row: moved, commit: true, run, effect: { do: 'rest' } };
}
