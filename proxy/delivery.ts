/**
 * What delivery means, whoever does it: an event is handed over and resolves once the partner's
 * backend has stored it; a failure says, where the other side did, when to come back.
 */
import type { DeliveryEvent } from './contract.ts';

/**
 * Hands an event to the partner's backend. Resolving means stored there; rejecting means try again, and
 * so does not settling within 30 s. `id` is the same on every try of one event; `attempt` counts from 1.
 */
export type Deliver = (event: DeliveryEvent, context: { id: string; attempt: number }) => Promise<void>;

/** A try that did not arrive. `code` is a short word for rows and logs; it never quotes an answer. */
export class DeliveryFailure extends Error {
  override readonly name = 'DeliveryFailure';
  readonly code: string;
  /** Milliseconds the other side asked to be left alone, 0 to 24 hours; null when it did not say. */
  readonly retryAfterMs: number | null;

  constructor(code: string, waitMs: number | null = null, options?: ErrorOptions) {
    super(code, options);
    this.code = code;
    this.retryAfterMs = waitMs;
  }
}

const LONGEST_MS = 24 * 60 * 60 * 1000;

/** RFC 9110 §5.6.7: the two forms that say GMT, and asctime, which means it. */
const HTTP_DATE =
  /^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)(?:[a-z]{3,6})?(?:, \d\d[ -][A-Z][a-z]{2}[ -]\d{2,4} \d\d:\d\d:\d\d GMT| [A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d \d{4})$/;

/**
 * A `Retry-After` header in milliseconds from `now` (milliseconds since the epoch), held between 0
 * and 24 hours; null when it is missing or neither whole seconds nor an HTTP date.
 */
export function retryAfterMs(header: string | null | undefined, now: number): number | null {
  const value = header?.trim() ?? '';
  if (/^\d+$/.test(value)) return Math.min(Number(value) * 1000, LONGEST_MS);
  if (!HTTP_DATE.test(value)) return null;
  const at = Date.parse(value.endsWith('GMT') ? value : `${value} GMT`);
  return Number.isNaN(at) ? null : Math.min(Math.max(at - now, 0), LONGEST_MS);
}
