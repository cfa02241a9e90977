/**
 * What delivery means, whoever does it: an event is handed over and resolves once the partner's
 * backend has stored it; a failure says, where the other side did, when to come back.
 */
import type { DeliveryEvent } from './contract.ts';
import type { Secret } from './secret.ts';

/**
 * Hands an event to the partner's backend. Resolving means stored there; rejecting means try again, and
 * so does not settling within 30 s. `id` is the same on every try of one event; `attempt` counts from 1.
 */
export type Deliver = (event: DeliveryEvent, context: { id: string; attempt: number }) => Promise<void>;

/**
 * A try that did not arrive. `code` is a short word for rows and logs; it never quotes an answer. A wait
 * that is no number (`parseInt` of a header that is not there) counts as none.
 */
export class DeliveryFailure extends Error {
  override readonly name = 'DeliveryFailure';
  readonly code: string;
  /** Milliseconds the other side asked to be left alone, 0 to 24 hours; null when it did not say. */
  readonly retryAfterMs: number | null;

  constructor(code: string, waitMs: number | null = null, options?: ErrorOptions) {
    super(code, options);
    this.code = code;
    this.retryAfterMs = heldWait(waitMs);
  }
}

const LONGEST_MS = 24 * 60 * 60 * 1000;

/** Whole milliseconds, 0 to 24 hours: a due time made of anything else would never come. */
function heldWait(waitMs: number | null): number | null {
  const whole = waitMs === null ? NaN : Math.ceil(waitMs);
  return Number.isNaN(whole) ? null : Math.min(Math.max(whole, 0), LONGEST_MS);
}

/** Longer codes are messages. */
const MOST_CHARACTERS = 64;

/**
 * What is kept of an error that a `deliver` rejected with. A `deliver` of the partner's own may put
 * another error's message where a code belongs, and databases quote in theirs what they were given.
 */
export function failureOf(error: unknown, serverKey: Secret): DeliveryFailure {
  if (!(error instanceof DeliveryFailure))
    return new DeliveryFailure('deliver_threw', null, { cause: error });
  const given: { code: unknown } = error;
  const said = String(given.code);
  const code = said.includes(serverKey.reveal()) ? 'deliver_threw' : said.replaceAll(/[^\w.:-]+/g, '_');
  return new DeliveryFailure(code.slice(0, MOST_CHARACTERS), error.retryAfterMs, { cause: error });
}

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
