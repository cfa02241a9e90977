/** The terms of the table of transitions in signup.ts: what may be seen, done and answered. */
import type { RefusalCode, Row } from './row.ts';
import type { Secret } from './secret.ts';

/** An organization as Kelviq described it, its echo checked. */
export type Provisioned = {
  userId: number | null;
  organizationIdentifier: string;
  organizationSlug: string | null;
  clientKey: string | null;
  serverKey: Secret | null;
};

/** What was seen. `heard`: a browser that asked with the row's e-mail is still waiting. */
export type Seen =
  | { seen: 'opened' }
  | { seen: 'taken_up' }
  | { seen: 'created'; organization: Provisioned; heard: boolean }
  | { seen: 'refused'; code: RefusalCode }
  | { seen: 'limited'; retryAfterMs: number }
  | { seen: 'unsent'; code: string }
  | { seen: 'denied' }
  | { seen: 'unusable'; code: string }
  | { seen: 'unknown'; soon: boolean; code: string }
  | { seen: 'echo_failed'; from: 'post' | 'read' }
  | { seen: 'found'; organization: Provisioned; heard: boolean }
  | { seen: 'absent' }
  | { seen: 'unread'; code: string }
  | { seen: 'acknowledged' }
  | { seen: 'not_acknowledged'; code: string; retryAfterMs: number | null; random: number };

/** What happens during one lease; lost with it. */
export type Run = {
  by: 'customer' | 'worker';
  /** When the outcome became doubtful in this run; reads are counted from here. */
  readingSince: number | null;
  reads: number;
  posts: number;
  /** Kelviq itself answered 500 or 503 to this run's POST. */
  soon: boolean;
};

/** What to do next, after the row is committed. */
export type Effect =
  | { do: 'post' }
  | { do: 'read'; afterMs: number }
  | { do: 'deliver'; serverKey: Secret }
  | { do: 'rest' };

/** What a waiting browser may be told. */
export type Answer =
  | { told: 'organization' }
  | { told: 'refused'; code: RefusalCode }
  | { told: 'unavailable'; retryAfterMs: number }
  | { told: 'upstream_failed' }
  | { told: 'pending' };

/** One move. `row` is null when it is to be removed; `commit` is false where it stands unchanged. */
export type Step = { row: Row | null; commit: boolean; run: Run; effect: Effect; answer?: Answer };

/** `failure` of a row whose organization Kelviq does not know under this partner key. */
export const ABSENT = 'absent_at_kelviq';

/** `failure` of a row in attention that a person is done with, until something else is seen of it. */
export const FORGOTTEN = 'forgotten';

/** `failure` of a row whose organization has not got both of its keys yet. */
export const KEYLESS = 'keys_not_ready';

/** How a signup ends: `adopted` was found at Kelviq but not made by it, `unsent` left nothing behind. */
export const SIGNUP_OUTCOMES = ['created', 'adopted', 'refused', 'attention', 'unsent'] as const;

/** How one try of a delivery ends; `undeliverable` was the last one. */
export const DELIVERY_OUTCOMES = ['delivered', 'failed', 'undeliverable'] as const;

/** What a step ended. */
export type StepOutcome = (typeof SIGNUP_OUTCOMES)[number] | (typeof DELIVERY_OUTCOMES)[number];
