/**
 * The one durable row per customer. It holds no secret: a serverKey is used from memory or read
 * again from Kelviq.
 */

/** Where a signup stands; see signup.ts for how it moves. */
export const ROW_STATES = ['requested', 'provisioned', 'delivered', 'undeliverable', 'refused', 'attention'] as const;

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
  /** As typed; null once delivered, refused, or when the owner's is not known. */
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
  /** Time of the latest attempt whose outcome never became known; a refusal has to outwait it. */
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
  /** Last failure of delivery or reading, as a short code. */
  failure: string | null;
  /** Consecutive reads that brought nothing; sets the pace of the next. */
  reads: number;
  /** When the worker shall look at it next; null when nothing is left to do. */
  dueAt: number | null;
  /** Until when it is worked on; 0 when free. */
  leaseUntil: number;
  /** Fencing number of the latest lease; never used twice. */
  fence: number;
};
