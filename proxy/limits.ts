/**
 * Plain numbers and names of the wire that the widget and the proxy share.
 * No imports and no code, so that the widget's bundle carries only what it uses.
 */

/** The most code points of what a customer types, as Kelviq counts them, after trimming. */
export const MOST = { email: 254, businessName: 200 } as const;

/** Other limits of a request. */
export const LIMITS = {
  bodyBytes: 8192,
  idempotencyKeyBytes: 16,
  /** A solved challenge in base64; ours are about 700. */
  challengeCharacters: 4096,
} as const;

/** Every stable `code` of a problem answer; the widget has words for each. */
export const PROBLEM_CODES = [
  'malformed_request',
  'session_required',
  'session_invalid',
  'session_expired',
  'identity_required',
  'origin_not_allowed',
  'challenge_failed',
  'not_found',
  'method_not_allowed',
  'email_taken',
  'body_too_large',
  'unsupported_media_type',
  'validation_failed',
  'rate_limited',
  'internal_error',
  'upstream_failed',
  'not_available',
  'overloaded',
] as const;

/** One stable `code` of a problem answer. */
export type ProblemCode = (typeof PROBLEM_CODES)[number];

/** Every `code` inside a problem's `errors[]`. */
export const FIELD_ERROR_CODES = ['required', 'invalid', 'too_long', 'unknown_member', 'taken'] as const;

/** One `code` inside a problem's `errors[]`. */
export type FieldErrorCode = (typeof FIELD_ERROR_CODES)[number];

/** Which Kelviq a proxy speaks to; keys do not cross over. */
export type Environment = 'sandbox' | 'production';
