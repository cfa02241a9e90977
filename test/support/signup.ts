/** Rows, runs and organizations for tests of the table of transitions, and a walk along it. */
import assert from './assert.ts';
import { newRow, type Row } from '../../proxy/row.ts';
import { Secret } from '../../proxy/secret.ts';
import type { Effect, Provisioned, Run, Seen, Step } from '../../proxy/signup-terms.ts';
import { attempted, newRun, next } from '../../proxy/signup.ts';

/** When every test begins, in milliseconds. */
export const BEGIN = 1_795_478_400_000;

/** What the customer of these tests asked for. */
export const wish = {
  email: 'owner@example.com',
  businessName: 'Bäckerei',
  emailHash: 'hash-of-owner',
  requestId: 'req_1',
};

/** A row whose first attempt was committed at `BEGIN`, with `members` on top. */
export function requested(members: Partial<Row> = {}): Row {
  return { ...attempted(newRow('c1', wish, BEGIN), BEGIN), ...members };
}

/** An organization with both keys, with `members` on top. */
export function organization(members: Partial<Provisioned> = {}): Provisioned {
  return {
    userId: 7,
    organizationIdentifier: 'org-1',
    organizationSlug: 'backerei',
    clientKey: 'ck_1',
    serverKey: new Secret('sk_1'),
    ...members,
  };
}

/** A row that stands in `state`, as the table leaves it there. */
export function rowIn(state: Row['state'], members: Partial<Row> = {}): Row {
  const { serverKey: _, ...known } = organization();
  const settled = { ...known, settled: true, created: true, told: true, emailHash: null };
  const provisionedAt = BEGIN;
  switch (state) {
    case 'requested':
      return requested(members);
    case 'provisioned':
      return requested({ state, ...settled, provisionedAt, ...members });
    case 'undeliverable':
      return requested({ state, ...settled, provisionedAt, deliveryAttempts: 10, ...members });
    case 'delivered':
      return requested({
        state,
        ...settled,
        provisionedAt,
        deliveredAt: BEGIN,
        email: null,
        businessName: null,
        ...members,
      });
    case 'refused':
      return requested({
        state,
        settled: true,
        refusal: 'email_taken',
        refusedAt: BEGIN,
        email: null,
        businessName: null,
        ...members,
      });
    case 'attention':
      return requested({ state, failure: 'no_organization', ...members });
  }
}

/** Every observation that `effect` may bring about; `heard` where a browser waits. */
export function outcomesOf(effect: Effect): Seen[] {
  switch (effect.do) {
    case 'post':
      return [
        { seen: 'created', organization: organization(), heard: true },
        { seen: 'created', organization: organization(), heard: false },
        { seen: 'created', organization: organization({ serverKey: null, clientKey: null }), heard: true },
        { seen: 'refused', code: 'email_taken' },
        { seen: 'refused', code: 'validation_failed' },
        { seen: 'limited', retryAfterMs: 7000 },
        { seen: 'unsent', code: 'ECONNREFUSED' },
        { seen: 'denied' },
        { seen: 'unusable', code: 'http_428' },
        { seen: 'unknown', soon: true, code: 'http_503' },
        { seen: 'unknown', soon: false, code: 'http_502' },
        { seen: 'echo_failed', from: 'post' },
      ];
    case 'read':
      return [
        { seen: 'found', organization: organization(), heard: false },
        { seen: 'found', organization: organization(), heard: true },
        { seen: 'found', organization: organization({ serverKey: null }), heard: true },
        { seen: 'found', organization: organization({ clientKey: null }), heard: false },
        { seen: 'found', organization: organization({ organizationIdentifier: 'org-2' }), heard: true },
        { seen: 'absent' },
        { seen: 'unread', code: 'no_answer' },
        { seen: 'unread', code: 'partner_key_refused' },
        { seen: 'echo_failed', from: 'read' },
      ];
    case 'deliver':
      return [
        { seen: 'acknowledged' },
        { seen: 'not_acknowledged', code: 'http_500', retryAfterMs: null, random: 0 },
        { seen: 'not_acknowledged', code: 'http_429', retryAfterMs: 3_600_000, random: 1 },
      ];
    case 'rest':
      return [];
  }
}

/** A signup that is walked step by step; the clock moves only as far as the table asks or a test says. */
export type Walk = {
  readonly now: number;
  readonly row: Row | null;
  readonly step: Step;
  /** What the browser was told first, if anything. */
  readonly told: Step['answer'];
  /** Observes, `afterMs` later than what the effect itself waits for. */
  see(seen: Seen, afterMs?: number): Walk;
  /** Somebody takes the row up again `afterMs` later. */
  takeUp(by: Run['by'], afterMs: number): Walk;
};

/** Walks from `row`; without one, from the first POST of a new customer. */
export function walk(
  row: Row = requested(),
  by: Run['by'] = 'customer',
  first: Seen = { seen: 'opened' },
): Walk {
  let now = BEGIN;
  let step = next(row, newRun(by), first, now);
  let told = step.answer;
  const walker: Walk = {
    get now() {
      return now;
    },
    get row() {
      return step.row;
    },
    get step() {
      return step;
    },
    get told() {
      return told;
    },
    see(seen, afterMs = 0) {
      assert.ok(step.row, 'there is a row');
      now += afterMs + (step.effect.do === 'read' ? step.effect.afterMs : 0);
      step = next(step.row, step.run, seen, now);
      told ??= step.answer;
      return walker;
    },
    takeUp(taker, afterMs) {
      assert.ok(step.row, 'there is a row');
      now += afterMs;
      step = next(step.row, newRun(taker), { seen: 'taken_up' }, now);
      told = step.answer;
      return walker;
    },
  };
  return walker;
}
