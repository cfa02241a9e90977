/** How a refusal moves a signup, and how it ends; a part of the table in signup.ts. */
import type { RefusalCode, Row } from './row.ts';
import type { Run, Step } from './signup-terms.ts';

/** How long a refusal is the answer to the same e-mail. */
export const REFUSAL_MS = 600_000;

/** Whether a refusal is still the answer to its e-mail; a clock that was wrong makes it no longer one. */
export function refusalStands({ refusedAt }: Row, now: number): boolean {
  return refusedAt !== null && Math.abs(now - refusedAt) < REFUSAL_MS;
}

/** Kelviq refused, and nothing was created. */
export function refused(row: Row, code: RefusalCode, run: Run, now: number): Step {
  const moved: Row = {
    ...row,
    state: 'refused',
    email: null,
    businessName: null,
    settled: true,
    doubtAt: null,
    refusal: code,
    refusedAt: now,
    failure: null,
    reads: 0,
    dueAt: now + REFUSAL_MS,
    leaseUntil: 0,
    updatedAt: now,
  };
  return { row: moved, commit: true, run, effect: { do: 'rest' }, answer: { told: 'refused', code } };
}

/** A refusal that was taken up too early; null when it no longer stands. */
export function refusedStill(row: Row, run: Run, now: number): Step | null {
  const until = (row.refusedAt ?? now - REFUSAL_MS) + REFUSAL_MS;
  return now < until ? resting(row, run, now, until) : null;
}

/** Nothing has appeared in all the time that the refusal stood: nobody looks at it any more. */
export function refusedForGood(row: Row, run: Run, now: number): Step {
  return resting({ ...row, failure: null }, run, now, null);
}

function resting(row: Row, run: Run, now: number, dueAt: number | null): Step {
  const moved: Row = { ...row, dueAt, leaseUntil: 0, updatedAt: now };
  return { row: moved, commit: true, run, effect: { do: 'rest' } };
}
