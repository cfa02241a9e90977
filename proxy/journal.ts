/**
 * What is said of each step along the table in signup.ts: a line in the row's history, one in the log,
 * and how it ended a signup or a delivery. Metrics count these lines (see meter.ts), so that table,
 * log and metrics say the same.
 */
import { recorded, type HistoryEntry } from './history.ts';
import type { KeyedHash } from './keys.ts';
import type { Log, LogFields } from './log.ts';
import type { Row } from './row.ts';
import { ABSENT, KEYLESS, type Seen, type StepOutcome } from './signup-terms.ts';
import { MANY_READS } from './schedule.ts';
import { KEY_REFUSED } from './signup.ts';
import { whenThere, type Soon } from './soon.ts';

/** What a step from `before` to `after` (null: removed) ended; null where it ended nothing. */
export function outcomeOf(before: Row, after: Row | null): StepOutcome | null {
  if (after === null) return 'unsent';
  if (after.deliveryAttempts > before.deliveryAttempts) {
    if (after.state === 'delivered' || after.state === 'undeliverable') return after.state;
    return 'failed';
  }
  if (before.organizationIdentifier === null && after.organizationIdentifier !== null)
    return after.created ? 'created' : 'adopted';
  const parked = after.state === 'attention' && after.organizationIdentifier === null;
  if (after.state === before.state || !(parked || after.state === 'refused')) return null;
  return parked ? 'attention' : 'refused';
}

/** `row` with what was seen in its history; who took it up, and why, says nothing about it. */
export function withHistory(row: Row, seen: Seen, now: number): Row {
  if (seen.seen === 'opened' || seen.seen === 'taken_up') return row;
  const entry: Omit<HistoryEntry, 'times'> = { at: now, observation: seen.seen, to: row.state };
  if ('code' in seen) entry.code = seen.code;
  return { ...row, history: recorded(row.history, entry) };
}

/** `row` with a new attempt in its history, by the reference of the request that opened it. */
export function withOpening(row: Row, now: number): Row {
  const { requestId } = row;
  return {
    ...row,
    history: recorded(row.history, { at: now, observation: 'opened', to: 'requested', requestId }),
  };
}

/** One step: the row before and after it (null: removed), and for how long the row has been worked on. */
export type NotedStep = { before: Row; after: Row | null; seen: Seen; durationMs: number };

/**
 * Logs one step: `signup_moved` where its state changed, else `signup_seen`; how loudly, `weightOf` says.
 * Gives a promise where the customer has to be hashed first.
 */
export type Note = (step: NotedStep) => Soon<void>;

/** What Kelviq, or the way there, did wrong when it was to create something. */
const AMISS: ReadonlySet<Seen['seen']> = new Set(['unsent', 'unusable', 'unknown']);

/**
 * What a person has to mend is loud the first time it is seen, not when the last try was in vain:
 * a wrong webhook secret would else be silent for three days.
 */
function weightOf(
  moved: boolean,
  to: string,
  outcome: StepOutcome | null,
  seen: Seen,
  { failure, reads }: Row,
) {
  if (seen.seen === 'denied' || ('code' in seen && seen.code === KEY_REFUSED)) return 'error';
  if (AMISS.has(seen.seen) || (seen.seen === 'absent' && failure === ABSENT)) return 'warn';
  if (failure === KEYLESS && reads >= MANY_READS) return 'warn';
  if (outcome === 'failed' || (moved && (to === 'undeliverable' || to === 'attention'))) return 'warn';
  return moved ? 'info' : 'debug';
}

/** Notes the steps of one row; its customer is hashed once, when a line of it is heard. */
export function createNote(
  { log, customerHash }: { log: Log; customerHash: KeyedHash },
  externalId: string,
): Note {
  let customer: Soon<string> | undefined;

  return ({ before, after, seen, durationMs }) => {
    const from = seen.seen === 'opened' ? (before.attempt > 1 ? 'refused' : 'none') : before.state;
    const to = after?.state ?? 'removed';
    const moved = from !== to;
    const outcome = outcomeOf(before, after);
    const row = after ?? before;
    const { failure, attempt, deliveryAttempts } = row;
    const code = failure ?? ('code' in seen ? seen.code : null);
    const weight = weightOf(moved, to, outcome, seen, row);
    const fields: LogFields = { from, to, observation: seen.seen };
    if (outcome !== null) fields.outcome = outcome;
    fields.attempt = deliveryAttempts > before.deliveryAttempts ? deliveryAttempts : attempt;
    fields.durationMs = durationMs;
    if (code !== null) fields.code = code;
    if ('retryAfterMs' in seen && seen.retryAfterMs !== null) fields.waitMs = seen.retryAfterMs;
    const event = moved ? 'signup_moved' : 'signup_seen';
    if (log.hears?.(weight) === false) return log(weight, event, fields);
    return whenThere((customer ??= customerHash(externalId)), (hash) =>
      log(weight, event, { requestId: before.requestId, customer: hash, ...fields }),
    );
  };
}
