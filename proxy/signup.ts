/**
 * How a signup moves: (row, run, what was seen) → (row, run, what to do next). Pure: no clock, no
 * store, no network. work.ts commits the row, tells the browser, and then does what is said here.
 *
 * It refuses to send a POST whose predecessor may still land, to refuse a customer while an
 * organization may exist, and to deliver anything whose echo is not the id that was asked for.
 */
import type { Row } from './row.ts';
import { READ_OFFSETS_MS, SOON_MS, areMany, readDelayMs } from './schedule.ts';
import type { Secret } from './secret.ts';
import { acknowledged, notAcknowledged } from './signup-delivery.ts';
import { refused, refusedForGood, refusedStill } from './signup-refusal.ts';
import { ABSENT, KEYLESS } from './signup-terms.ts';
import type { Answer, Provisioned, Run, Seen, Step } from './signup-terms.ts';

const SECOND = 1000;

/** A POST of unknown outcome may still land; not before this long after it is another one sent. */
export const REPOST_AFTER_MS = 30 * SECOND;
/** A refusal after a doubtful attempt counts only when nothing has appeared this long after it. */
export const DOUBT_MS = 120 * SECOND;
/** A row without an organization for this long needs a person. */
export const ATTENTION_AFTER_MS = 24 * 3600 * SECOND;
/** So many answers with a null or another echo, and the row is parked. */
const ECHO_READS = 4;
/** POSTs in one run; the next customer's request may send more. */
const POSTS_PER_RUN = 3;
/** What a browser is told to wait, where nothing better is known. */
const RETRY_AFTER_MS = 5 * SECOND;
/** `failure` of a row whose partner key Kelviq did not take. */
export const KEY_REFUSED = 'partner_key_refused';
/** `failure` of a row for which Kelviq named another customer, or none. */
export const ECHO_MISMATCH = 'echo_mismatch';
/** Only a person mends it: longer than the widget waits for an outcome, so that it says so at once. */
const keyRefused: Answer = { told: 'unavailable', retryAfterMs: 180 * SECOND };

/** A run that begins now. */
export function newRun(by: Run['by']): Run {
  return { by, readingSince: null, reads: 0, posts: 0, soon: false };
}

/** Time of the latest attempt whose outcome is not known; null when all are. */
export function doubtOf(row: Row): number | null {
  return row.settled ? row.doubtAt : row.attemptedAt;
}

/** The row with one more attempt, to be committed before its POST. */
export function attempted(row: Row, now: number): Row {
  return {
    ...row,
    state: 'requested',
    attempt: row.attempt + 1,
    attemptedAt: now,
    settled: false,
    doubtAt: doubtOf(row),
    refusal: null,
    refusedAt: null,
    failure: null,
    reads: 0,
    updatedAt: now,
  };
}

/** Nothing has happened in the future: what a clock dated so that was set back since, counts from now. */
function datedBy(row: Row, now: number): Row {
  const { attemptedAt, doubtAt, refusedAt } = row;
  if (Math.max(attemptedAt, doubtAt ?? 0, refusedAt ?? 0) <= now) return row;
  return {
    ...row,
    attemptedAt: Math.min(attemptedAt, now),
    doubtAt: doubtAt && Math.min(doubtAt, now),
    refusedAt: refusedAt && Math.min(refusedAt, now),
  };
}

/** The table of transitions. */
export function next(before: Row, run: Run, seen: Seen, now: number): Step {
  const row = datedBy(before, now);
  switch (seen.seen) {
    case 'opened':
      return { row, commit: false, run: { ...run, posts: run.posts + 1 }, effect: { do: 'post' } };
    case 'taken_up':
      return row.state === 'refused' ? lookOnceMore(row, run, now) : reading(row, run, now);
    case 'created':
      return provisioned(row, run, seen.organization, { created: true, heard: seen.heard }, now);
    case 'found':
      return found(row, run, seen.organization, seen.heard, now);
    case 'refused':
      return reading({ ...row, settled: true, refusal: seen.code }, { ...run, soon: false }, now);
    case 'limited':
      return unsent(row, run, seen.retryAfterMs, now);
    case 'unsent':
      return unsent(row, run, RETRY_AFTER_MS, now);
    case 'denied':
      return rest({ ...row, settled: true, failure: KEY_REFUSED }, run, now, keyRefused);
    case 'unusable':
      return rest({ ...row, settled: true, failure: seen.code }, run, now, {
        told: 'upstream_failed',
      });
    case 'unknown':
      return reading(row, { ...run, soon: seen.soon }, now);
    case 'echo_failed':
      return echoFailed(row, run, seen.from, now);
    case 'absent':
      return absent(row, run, now);
    case 'unread':
      return unread(row, run, seen.code, now);
    case 'acknowledged':
      return acknowledged(row, run, now);
    case 'not_acknowledged':
      return notAcknowledged(row, run, seen, now);
  }
}

/** Starts reading: at once, then by the offsets. */
function reading(row: Row, run: Run, now: number): Step {
  return {
    row,
    commit: false,
    run: { ...run, readingSince: now, reads: 1 },
    effect: { do: 'read', afterMs: 0 },
  };
}

/** When a refusal is over, whose it was is of no more use; and Kelviq may have refused what it had just made. */
function lookOnceMore(row: Row, run: Run, now: number): Step {
  return refusedStill(row, run, now) ?? reading({ ...row, emailHash: null }, run, now);
}

/** The next read of a customer's run, or rest when they are used up. The worker reads once. */
function readOn(row: Row, run: Run, now: number, mayPark = true): Step {
  const offset = run.by === 'customer' ? READ_OFFSETS_MS[run.reads] : undefined;
  if (offset === undefined || run.readingSince === null) return rest(row, run, now, undefined, mayPark);
  const afterMs = Math.min(offset, Math.max(0, run.readingSince + offset - now));
  return { row, commit: false, run: { ...run, reads: run.reads + 1 }, effect: { do: 'read', afterMs } };
}

/** Lets go of the row and says when the worker looks again. */
function rest(row: Row, run: Run, now: number, answer: Answer = { told: 'pending' }, mayPark = true): Step {
  const reads = row.reads + 1;
  let dueAt = now + readDelayMs(reads);
  const doubt = doubtOf(row);
  if (row.state === 'requested' && row.refusal && doubt !== null && now < doubt + DOUBT_MS)
    dueAt = Math.min(dueAt, doubt + DOUBT_MS);
  const stale = mayPark && now >= row.attemptedAt + ATTENTION_AFTER_MS;
  const rested: Row = { ...row, reads, dueAt, leaseUntil: 0, updatedAt: now };
  if (stale && row.state === 'requested')
    Object.assign(rested, { state: 'attention', failure: row.failure ?? 'no_organization' });
  // What needs a person is looked at again when a person or the customer asks.
  if (rested.state === 'attention' || (stale && row.state === 'refused')) rested.dueAt = null;
  return { row: rested, commit: true, run, effect: { do: 'rest' }, answer };
}

/** Leaves no row. */
function removed(run: Run, answer: Answer = { told: 'pending' }): Step {
  return { row: null, commit: true, run, effect: { do: 'rest' }, answer };
}

/** Nothing was created by this attempt; without an older doubt nothing is left to remember. */
function unsent(row: Row, run: Run, retryAfterMs: number, now: number): Step {
  const answer: Answer = { told: 'unavailable', retryAfterMs };
  if (row.doubtAt === null) return removed(run, answer);
  return rest({ ...row, settled: true, failure: 'unavailable' }, run, now, answer);
}

function found(row: Row, run: Run, organization: Provisioned, heard: boolean, now: number): Step {
  if (row.organizationIdentifier === null) {
    // A refusal says that this attempt did not create it: whose e-mail owns it is not known then.
    const created = row.refusal === null && row.attempt > 0 && doubtOf(row) !== null;
    return provisioned(row, run, organization, { created, heard }, now);
  }
  if (row.organizationIdentifier !== organization.organizationIdentifier)
    return echoFailed(row, run, 'read', now);
  return deliverOrWait(
    { ...describedBy(organization, row), state: 'provisioned' },
    run,
    organization.serverKey,
    now,
    !row.clientKey,
  );
}

/** The row with all of an organization but the secret; a later null makes nothing unknown. */
function describedBy(organization: Provisioned, row: Row): Row {
  return {
    ...row,
    userId: organization.userId ?? row.userId,
    organizationIdentifier: organization.organizationIdentifier,
    organizationSlug: organization.organizationSlug ?? row.organizationSlug,
    clientKey: organization.clientKey ?? row.clientKey,
  };
}

function provisioned(
  row: Row,
  run: Run,
  organization: Provisioned,
  { created, heard }: { created: boolean; heard: boolean },
  now: number,
): Step {
  const moved: Row = {
    ...describedBy(organization, row),
    state: 'provisioned',
    email: created ? row.email : null,
    businessName: created ? row.businessName : null,
    emailHash: created && !heard ? row.emailHash : null,
    settled: true,
    doubtAt: null,
    refusal: null,
    refusedAt: null,
    created,
    told: !created || heard,
    provisionedAt: now,
    failure: null,
    reads: 0,
    updatedAt: now,
  };
  const step = deliverOrWait(moved, run, organization.serverKey, now, true);
  step.answer = { told: 'organization' };
  return step;
}

/** Both keys are there: deliver. Otherwise Kelviq is not done yet; that costs no delivery attempt. */
function deliverOrWait(row: Row, run: Run, serverKey: Secret | null, now: number, commit: boolean): Step {
  if (serverKey && row.clientKey) return { row, commit, run, effect: { do: 'deliver', serverKey } };
  return { ...rest({ ...row, failure: KEYLESS }, run, now), answer: { told: 'organization' } };
}

function echoFailed(row: Row, run: Run, from: 'post' | 'read', now: number): Step {
  // It was refused: what Kelviq names now is hardly its organization, and needs nobody.
  if (row.state === 'refused') return unread(row, run, ECHO_MISMATCH, now);
  const parked: Row = { ...row, failure: ECHO_MISMATCH, updatedAt: now };
  // A 201 has created something: noted at once, so that no crash can lead to a second POST.
  if (from === 'post') return { ...reading(parked, run, now), commit: true };
  const reads = run.by === 'customer' ? run.reads : row.reads + 1;
  if (row.state === 'attention' && run.by === 'worker') return park(parked, run);
  if (reads < ECHO_READS) return readOn(parked, run, now);
  return park(parked, run);
}

function park(row: Row, run: Run): Step {
  const parked: Row = { ...row, state: 'attention', dueAt: null, leaseUntil: 0 };
  return { row: parked, commit: true, run, effect: { do: 'rest' }, answer: { told: 'upstream_failed' } };
}

function absent(row: Row, run: Run, now: number): Step {
  if (row.organizationIdentifier !== null) return rest({ ...row, failure: ABSENT }, run, now);
  if (row.state === 'refused') return refusedForGood(row, run, now);
  if (row.failure === ECHO_MISMATCH) return run.reads < ECHO_READS ? readOn(row, run, now) : park(row, run);
  const doubt = doubtOf(row);
  const sure = doubt === null || now >= doubt + DOUBT_MS;
  if (row.refusal) return sure ? refused(row, row.refusal, run, now) : readOn(row, run, now);
  // `deliveries forget` has erased it: whoever asks the next time begins anew, with one of their own.
  if (row.email === null) return sure && run.by === 'customer' ? removed(run) : readOn(row, run, now);
  if (run.by === 'customer' && run.posts < POSTS_PER_RUN && mayPost(doubt, run, now))
    return {
      row: attempted(row, now),
      commit: true,
      run: { ...run, posts: run.posts + 1, soon: false },
      effect: { do: 'post' },
    };
  return readOn(row, run, now);
}

function mayPost(doubt: number | null, run: Run, now: number): boolean {
  if (doubt === null || now >= doubt + REPOST_AFTER_MS) return true;
  return run.soon && run.readingSince !== null && now >= run.readingSince + SOON_MS;
}

/** A doubtful echo outlives every other failure: it is what forbids another POST. */
function unread(row: Row, run: Run, code: string, now: number): Step {
  const failed: Row = row.failure === ECHO_MISMATCH ? row : { ...row, failure: code };
  // The first looks after a stop of the server say nothing of what Kelviq has.
  const mayPark = areMany(row.reads, now - row.updatedAt);
  if (code === KEY_REFUSED) return rest(failed, run, now, keyRefused, mayPark);
  return readOn(failed, run, now, mayPark);
}
