/**
 * The one durable row per customer. It holds no secret: a serverKey is used from memory or read
 * again from Kelviq.
 */

/** Where a signup stands; see signup.ts for how it moves. */
export const ROW_STATES = [
  'requested',
  'provisioned',
  'delivered',
  'undeliverable',
  'refused',
  'attention',
] as const;

/** One state of `ROW_STATES`. */
export type RowState = (typeof ROW_STATES)[number];

/** Why Kelviq refused a signup. */
export type RefusalCode = 'email_taken' | 'validation_failed';

/** A signup. All times are milliseconds since the epoch. */
export type Row = {
  externalId: string;
  state: RowState;
  /** Reference of the request that opened the latest attempt; a customer may quote it. */
  requestId: string;
  /** As typed; null once delivered, refused, or when it is not known to be the owner's. */
  email: string | null;
  businessName: string | null;
  /** Keyed hash of the e-mail, for "the same e-mail gets the same answer"; null once no longer needed. */
  emailHash: string | null;
  createdAt: number;
  updatedAt: number;
  /** Number and time of the latest POST to Kelviq; 0 before the first. */
  attempt: number;
  attemptedAt: number;
  /** Whether the outcome of the latest attempt is known. */
  settled: boolean;
  /** Time of the latest attempt before this one whose outcome never became known. */
  doubtAt: number | null;
  refusal: RefusalCode | null;
  refusedAt: number | null;
  userId: number | null;
  organizationIdentifier: string | null;
  organizationSlug: string | null;
  clientKey: string | null;
  /** Whether the organization was created by this row's own POST, for this row's e-mail. */
  created: boolean;
  /** Whether a browser was told so with a 201. */
  told: boolean;
  provisionedAt: number | null;
  deliveryAttempts: number;
  deliveredAt: number | null;
  /** Latest failure of delivery or reading, as a short code; null after a success. */
  failure: string | null;
  /** Consecutive looks of the worker that brought nothing; sets the pace of the next. */
  reads: number;
  /** When the worker shall look at it next; null when nothing is left to do. */
  dueAt: number | null;
  /** Until when it is worked on; 0 when free. */
  leaseUntil: number;
  /** Fencing number of the latest lease; never used twice. */
  fence: number;
  /** What was seen of it so far; see history.ts. */
  history: string;
};

/** What a customer asked for, checked; `emailHash` is keyed (see keys.ts). */
export type Wish = { email: string; businessName: string | null; emailHash: string; requestId: string };

/** The row of a customer who has none yet, before its first attempt; `wish` is a `Wish` where one was made. */
export function newRow(
  externalId: string,
  wish: Pick<Row, 'email' | 'businessName' | 'emailHash' | 'requestId'>,
  now: number,
): Row {
  return {
    externalId,
    state: 'requested',
    ...wish,
    createdAt: now,
    updatedAt: now,
    attempt: 0,
    attemptedAt: 0,
    settled: true,
    doubtAt: null,
    refusal: null,
    refusedAt: null,
    userId: null,
    organizationIdentifier: null,
    organizationSlug: null,
    clientKey: null,
    created: false,
    told: false,
    provisionedAt: null,
    deliveryAttempts: 0,
    deliveredAt: null,
    failure: null,
    reads: 0,
    dueAt: null,
    leaseUntil: 0,
    fence: 0,
    history: '',
  };
}
