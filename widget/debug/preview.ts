/**
 * Shows a state of the element without a network: `preview="email_taken"`. The element runs as it is; only
 * its proxy is played here, so that what is seen is what customers see. In sandbox or without an endpoint
 * alone, and the page's own listeners hear nothing of it.
 */
import { PROBLEM_CODES, type ProblemCode } from '../../proxy/limits.ts';
import type { Organization, SessionAnswer } from '../../proxy/contract.ts';
import { resolveEndpoint } from '../client.ts';
import type { KelviqOnboarding } from '../kelviq-onboarding.ts';

type Played = { status: number; body: object | string; retryAfterS?: number } | 'silent' | 'unreachable';

/** How a state comes about: answers to the session and to the POST, and what is typed and sent, if anything. */
type Script = { session?: Played; post?: Played; type?: string };

const EMAIL = 'ana@example.com';
/** Beyond the element's patience, so that it says at once what it would say in the end. */
const TOO_LONG_S = 600;

const session: SessionAnswer = {
  environment: 'sandbox',
  email: null,
  businessName: null,
  challenge: 'none',
  pending: false,
  organization: null,
};
const organization: Organization = {
  externalId: 'ks_0123456789abcdefghijkl',
  organizationIdentifier: '00000000-0000-4000-8000-000000000000',
  organizationSlug: 'preview',
  clientKey: 'ck_test_preview_only',
  delivery: 'pending',
};
const ok = (body: object, retryAfterS?: number): Played => ({
  status: 200,
  body,
  ...(retryAfterS && { retryAfterS }),
});
const known = (changes: Partial<Organization>) =>
  ok({ ...session, organization: { ...organization, ...changes } });
const refusal = (status: number, code: string, extras: object = {}): Played => ({
  status,
  body: { status, code, title: code, detail: 'A preview.', requestId: 'req_preview', ...extras },
  retryAfterS: TOO_LONG_S,
});

const STATUS: Record<ProblemCode, number> = {
  malformed_request: 400,
  session_required: 401,
  session_invalid: 401,
  session_expired: 401,
  identity_required: 401,
  origin_not_allowed: 403,
  challenge_failed: 403,
  not_found: 404,
  method_not_allowed: 405,
  email_taken: 409,
  body_too_large: 413,
  unsupported_media_type: 415,
  validation_failed: 422,
  rate_limited: 429,
  internal_error: 500,
  upstream_failed: 502,
  not_available: 503,
  overloaded: 503,
};
const created: Played = { status: 201, body: organization };

/** Every preview by name: what the customer does and meets, and every code of a refusal. */
export const PREVIEWS: Record<string, Script> = {
  ...Object.fromEntries(
    PROBLEM_CODES.map((code) => [code, { type: EMAIL, post: refusal(STATUS[code], code) }]),
  ),
  loading: { session: 'silent' },
  ready: {},
  invalid: { type: 'ana@' },
  hint: { type: 'ana@gmial.com' },
  email_taken: {
    type: EMAIL,
    post: refusal(STATUS.email_taken, 'email_taken', {
      errors: [{ pointer: '/email', code: 'taken', detail: '' }],
    }),
  },
  checking: { type: EMAIL, session: ok({ ...session, challenge: 'required' }) },
  submitting: { type: EMAIL, post: 'silent' },
  offline: { type: EMAIL, post: 'unreachable' },
  busy: { type: EMAIL, post: { status: 503, body: { code: 'overloaded' }, retryAfterS: 60 } },
  timed_out: { type: EMAIL, post: { status: 202, body: { status: 'pending' }, retryAfterS: TOO_LONG_S } },
  endpoint_invalid: { session: { status: 200, body: '<h1>Not a proxy</h1>' } },
  success: { type: EMAIL, post: created },
  delivered: { type: EMAIL, post: { status: 201, body: { ...organization, delivery: 'delivered' } } },
  undelivered: { session: { ...(known({}) as object), retryAfterS: TOO_LONG_S } as Played },
  welcome_back: { session: known({ delivery: 'delivered' }) },
  key_pending: { session: known({ clientKey: null }) },
};

/** A challenge that nobody solves: the check goes on. */
const UNSOLVABLE = {
  parameters: { nonce: '00', salt: '00', cost: 1000, keyLength: 32, keyPrefix: 'x' },
  signature: 'preview',
};

const BASE = '/.kelviq-preview/';

/** The preview that a request is of. */
const scriptOf = (url: string) => PREVIEWS[URL.parse(url)?.pathname.split(BASE)[1]?.split('/')[0] ?? ''];

/** Where languages come from while a preview is shown: from the proxy that was there before. */
let home = '';

/** Plays the proxy for a request of a preview; null for every other request. */
export function play(url: string, init: RequestInit): Promise<Response> | null {
  const script = scriptOf(url);
  if (!script || !url.startsWith(location.origin + BASE)) return null;
  const [, language] = url.split('/locales/');
  if (language) return home ? fetch(`${home}/locales/${language}`) : Promise.reject(new TypeError());
  if (url.endsWith('/v1/challenge'))
    return Promise.resolve(
      Response.json(UNSOLVABLE, { status: script === PREVIEWS['checking'] ? 200 : 404 }),
    );
  const played = (url.endsWith('/v1/session') ? script.session : script.post) ?? ok(session);
  if (played === 'unreachable') return Promise.reject(new TypeError('Failed to fetch'));
  if (played === 'silent')
    return new Promise((_, reject) =>
      init.signal?.addEventListener('abort', () => reject(new DOMException('', 'AbortError'))),
    );
  const { status, body, retryAfterS } = played;
  const headers = retryAfterS ? { 'retry-after': String(retryAfterS) } : undefined;
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return Promise.resolve(new Response(text, { status, ...(headers && { headers }) }));
}

/** Puts an element into a preview. Its endpoint and token sources are set aside for as long as the page lives. */
export function show(element: KelviqOnboarding, name: string): void {
  const endpoint = `${location.origin}${BASE}${name}`;
  if (!element.endpoint.includes(BASE)) home = resolveEndpoint(element.endpoint);
  sessionStorage.removeItem(`kelviq-onboarding ${endpoint}`);
  const { type = '' } = PREVIEWS[name] ?? {};
  Object.assign(element, {
    endpoint,
    sessionUrl: '',
    sessionToken: '',
    fetchSessionToken: null,
    email: type,
  });
}

/** Sends what a preview types, once the element is ready for it. */
export function proceed(element: KelviqOnboarding, name: string): void {
  if (PREVIEWS[name]?.type) element.requestSubmit();
}
