/**
 * Refusals as RFC 9457 problems; the one file that writes error answers. Texts are for developers:
 * the widget translates `code`. A defect says nothing about itself.
 */
import type { FieldError, Problem } from './contract.ts';
import type { FieldErrorCode, ProblemCode } from './limits.ts';
import { written } from './written.ts';

/** Status and title of every problem. */
const PROBLEMS: Record<ProblemCode, { status: number; title: string; detail: string }> = {
  malformed_request: { status: 400, title: 'Malformed request', detail: 'The body is not a JSON object.' },
  session_required: {
    status: 401,
    title: 'Session required',
    detail: 'Send a session token as "Authorization: Bearer …"; open sign-up is off.',
  },
  session_invalid: {
    status: 401,
    title: 'Session invalid',
    detail: 'The session token does not hold: check its secret, algorithm (HS256), aud, sub and exp.',
  },
  session_expired: {
    status: 401,
    title: 'Session expired',
    detail: 'The session token has expired; fetch a fresh one.',
  },
  identity_required: {
    status: 401,
    title: 'Identity required',
    detail: 'Open sign-up needs an "Idempotency-Key" header of 22 to 128 characters A-Z a-z 0-9 _ -.',
  },
  origin_not_allowed: {
    status: 403,
    title: 'Origin not allowed',
    detail: 'This page may not use this proxy; add its origin to ALLOWED_ORIGINS.',
  },
  challenge_failed: {
    status: 403,
    title: 'Challenge failed',
    detail: 'The proof of work is missing, wrong, expired or spent; ask for a fresh challenge.',
  },
  not_found: {
    status: 404,
    title: 'Not found',
    detail: "There is nothing at this path. The element's endpoint is the base URL, without /v1.",
  },
  method_not_allowed: {
    status: 405,
    title: 'Method not allowed',
    detail: 'This path does not take this method; see the Allow header.',
  },
  email_taken: {
    status: 409,
    title: 'E-mail taken',
    detail: 'This e-mail address already belongs to a Kelviq user.',
  },
  body_too_large: { status: 413, title: 'Body too large', detail: 'The body is larger than 8 KiB.' },
  unsupported_media_type: {
    status: 415,
    title: 'Unsupported media type',
    detail: 'Send the body as application/json.',
  },
  validation_failed: {
    status: 422,
    title: 'Validation failed',
    detail: 'Some members of the body are missing or wrong; see errors.',
  },
  rate_limited: {
    status: 429,
    title: 'Rate limited',
    detail: 'Too many new signups; try again after the time in Retry-After.',
  },
  internal_error: { status: 500, title: 'Internal error', detail: 'Something is wrong on our side.' },
  upstream_failed: {
    status: 502,
    title: 'Upstream failed',
    detail: 'Kelviq gave an answer that cannot be used.',
  },
  not_available: {
    status: 503,
    title: 'Not available',
    detail: 'Signing up is not possible right now; sending the same request again is safe.',
  },
  overloaded: {
    status: 503,
    title: 'Overloaded',
    detail: 'Too much is in hand; sending the same request again is safe.',
  },
};

/** Status, title and detail of a problem, where nothing more is known. */
export function describeProblem(code: ProblemCode): { status: number; title: string; detail: string } {
  return PROBLEMS[code];
}

/** What a refusal may add to its code. `retryAfterMs` becomes `Retry-After` in whole seconds. */
export type ProblemExtras = {
  detail?: string;
  errors?: FieldError[];
  retryAfterMs?: number;
  headers?: Record<string, string>;
};

/** A refusal thrown from anywhere inside a request; the app answers with it. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly code: ProblemCode;
  readonly extras: ProblemExtras;

  constructor(code: ProblemCode, extras: ProblemExtras = {}) {
    super(code);
    this.code = code;
    this.extras = extras;
  }
}

/** The problem as an answer, `application/problem+json`. */
export function problem(code: ProblemCode, requestId: string, extras: ProblemExtras = {}): Response {
  const { status, title, detail } = PROBLEMS[code];
  const body: Problem = {
    type: `urn:kelviq-onboarding:problem:${code}`,
    title,
    status,
    code,
    detail: extras.detail ?? detail,
    requestId,
    ...(extras.errors && { errors: extras.errors }),
  };
  const headers: Record<string, string> = {
    'Content-Type': 'application/problem+json',
    'Cache-Control': 'no-store',
    // RFC 9110, 15.5.2: a 401 names a way in.
    ...(status === 401 && { 'WWW-Authenticate': 'Bearer' }),
    ...extras.headers,
  };
  if (extras.retryAfterMs !== undefined)
    headers['Retry-After'] = String(Math.max(1, Math.ceil(extras.retryAfterMs / 1000)));
  const text = JSON.stringify(body);
  return written(text, { status, headers }, ownWords(text, body));
}

/** A problem without what a client called a member, or its origin: that comes back to it alone. */
function ownWords(text: string, { errors = [], detail, ...body }: Problem): string {
  const ours = errors.filter(({ code }) => code !== 'unknown_member');
  const isOrigin = body.code === 'origin_not_allowed';
  if (!isOrigin && ours.length === errors.length) return text;
  return JSON.stringify([body, isOrigin ? '' : detail, ours]);
}

const FIELD_DETAILS: Record<FieldErrorCode, string> = {
  required: 'This member is required.',
  invalid: 'This value is not valid.',
  too_long: 'This value is too long.',
  unknown_member: 'This member is not known; remove it.',
  taken: 'This e-mail address already belongs to a Kelviq user.',
};

/** One entry of `errors[]`; `member` is a name in the body, or null for the body itself. */
export function fieldError(member: string | null, code: FieldErrorCode): FieldError {
  const pointer = member === null ? '' : `/${member.replaceAll('~', '~0').replaceAll('/', '~1')}`;
  return { pointer, code, detail: FIELD_DETAILS[code] };
}
