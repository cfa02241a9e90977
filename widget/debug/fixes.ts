/** What a developer has to do about each failure: one sentence for every code, with this page's own values. */
import type { ErrorCode } from '../error-code.ts';

/** What a fix is made of. `detail` are the proxy's own words, where it answered; the ways to a token the element's own. */
export type Trouble = {
  code: ErrorCode;
  endpoint: string;
  detail?: string;
  sessionUrl?: string;
  /** What `sessionUrl` answered last: null is no answer, undefined was not seen. */
  sessionStatus?: number | null | undefined;
  fetchSessionToken?: (() => Promise<string>) | null;
};

const originOf = (endpoint: string) => URL.parse(endpoint, document.baseURI)?.origin ?? endpoint;
const allow = () => `ALLOWED_ORIGINS=${location.origin}`;

const FIXES: Record<ErrorCode, (endpoint: string) => string> = {
  endpoint_missing: () =>
    'Say where the proxy is: <kelviq-onboarding endpoint="https://onboarding.example.com">. Only the script that the proxy serves knows it by itself.',
  endpoint_invalid: (endpoint) =>
    `Nothing at ${endpoint || 'this endpoint'} answers as the proxy does. endpoint is the proxy's base URL, without /v1: ${endpoint}/v1/session has to answer in JSON.`,
  network_failed: (endpoint) =>
    `No answer from ${endpoint} could be read. Is the proxy running there, and by ${URL.parse(endpoint, document.baseURI)?.protocol ?? 'https:'} as written? In production a refused origin looks like this too: set ${allow()} at the proxy. A Content-Security-Policy of this page needs connect-src ${originOf(endpoint)}.`,
  timed_out: () =>
    'The proxy takes the signup and has no outcome after two minutes. Look for the reference in its log: kelviq-onboarding deliveries show <reference>.',
  insecure_context: () =>
    'Open this page with https, or from http://localhost: browsers give their cryptography to no other page.',
  origin_not_allowed: () =>
    `Set ${allow()} at the proxy, beside the origins that are there, and restart it. Or was the session token made for another origin?`,
  session_required: () =>
    'Open sign-up is off at the proxy: give the element a session-url, or set OPEN_SIGNUP=true. With a session-url: it has to answer { "token": "…" } with 200; fetchSessionToken has to give a token within two minutes.',
  session_invalid: () =>
    'The proxy does not take the session token: check SESSION_SECRET on both sides, HS256, aud "kelviq-onboarding", sub and exp, and the clocks. The claims above say what this page can see.',
  session_expired: () =>
    'The session token has expired, and nothing can renew it: use session-url or fetchSessionToken, which are asked again, in place of session-token.',
  identity_required: () =>
    'Open sign-up needs the Idempotency-Key that the element sends: does something between page and proxy take the header away?',
  challenge_failed: () =>
    'The proof of work was refused twice. Do all replicas have the same KELVIQ_PARTNER_KEY, and do their clocks agree?',
  not_found: (endpoint) =>
    `There is nothing at ${endpoint}/v1: endpoint is the proxy's base URL, without /v1.`,
  method_not_allowed: () =>
    'Something between page and proxy changes the method of the request: does a redirect turn POST into GET?',
  malformed_request: () =>
    'Something between page and proxy changes the body of the request, or has read it: mount the proxy before what parses bodies, such as express.json().',
  body_too_large: () =>
    'Something between page and proxy changes the body of the request: it has a few hundred bytes.',
  unsupported_media_type: () => 'Something between page and proxy changes the Content-Type of the request.',
  email_taken: () =>
    'The address belongs to a Kelviq user. Nothing to fix here: the customer signs in, or takes another one.',
  validation_failed: () =>
    'Kelviq or the proxy refuses a field; its words stand below it. Nothing to fix here.',
  rate_limited: () =>
    'Too many new signups. When all customers get this, the proxy takes them for one: set TRUSTED_PROXIES. To try things out: RATE_LIMIT=off.',
  internal_error: () => 'A defect of the proxy: look for the reference in its log.',
  upstream_failed: () =>
    'Kelviq gave an answer that cannot be used: look for the reference in the proxy’s log.',
  not_available: (endpoint) =>
    `The proxy cannot reach Kelviq or its database, or its partner key is refused: see ${endpoint}/readyz, and run kelviq-onboarding doctor.`,
  overloaded: () => 'The proxy has too much in hand. Repeating is safe, and the element does.',
};

/** The fix for a failure; what the proxy itself said comes first, where that says more. */
export function fixFor(trouble: Trouble): string {
  const { code, endpoint, detail, sessionUrl, sessionStatus, fetchSessionToken } = trouble;
  if (code === 'origin_not_allowed' && detail) return detail;
  // The function, where there is one, is asked in place of the address.
  const session = !fetchSessionToken && sessionUrl && URL.parse(sessionUrl, document.baseURI);
  if (session && code === 'session_required')
    return `${session.href} gave no token: session-url has to answer a POST with 200 and { "token": "…" }.`;
  if ((session || fetchSessionToken) && code === 'session_expired')
    return `${session ? session.href : 'fetchSessionToken'} gives a token that has expired already: sign a fresh one each time, and compare the clocks of your backend and the proxy.`;
  if (session && code === 'network_failed' && session.origin !== location.origin)
    return `session-url is asked on the page's own origin alone: serve it on ${location.origin}, not on ${session.origin}.`;
  const fix = (FIXES[code] as ((endpoint: string) => string) | undefined)?.(endpoint);
  if (fetchSessionToken && code === 'network_failed')
    return `${fix} Or does fetchSessionToken throw or reject?`;
  if (session && code === 'network_failed' && sessionStatus && sessionStatus >= 429)
    return `${session.href} answers ${sessionStatus}: see your backend's log. session-url has to answer a POST with 200 and { "token": "…" }.`;
  if (session && code === 'network_failed' && !sessionStatus)
    return `${fix} Or does ${session.href}, the session-url, give no answer, a 429 or a 5xx?`;
  return fix ?? detail ?? 'A code of a newer proxy: see its README.';
}

/** What no policy has to allow for the element's sake, and what belongs to the page alone. */
const FOREIGN = /^(?:inline|eval|wasm-eval|trusted-types-sink)$/;

/**
 * The directive as the violated policy has to write it: a second header would only forbid more, and what
 * the policy allows already stays. Null where the element needs nothing of the kind.
 */
export function directiveFor(violation: SecurityPolicyViolationEvent): string | null {
  const { effectiveDirective, blockedURI, originalPolicy, sample } = violation;
  if (FOREIGN.test(blockedURI)) return null;
  const policy = new Map<string, string[]>();
  for (const text of originalPolicy.split(';')) {
    const [name = '', ...sources] = text.trim().split(/\s+/);
    if (!policy.has(name.toLowerCase())) policy.set(name.toLowerCase(), sources);
  }
  const general = effectiveDirective.replace(/-(?:elem|attr)$/, '');
  const directive = policy.has(effectiveDirective) ? effectiveDirective : general;
  const isNaming = directive === 'trusted-types';
  // A bare scheme, as of data:, comes without its colon.
  const origin = URL.parse(blockedURI)?.origin ?? `${blockedURI}:`;
  const own = origin === location.origin ? "'self'" : origin;
  const kept = policy.get(directive) ?? (isNaming ? [] : policy.get('default-src')) ?? [];
  return [directive, ...kept.filter((source) => source !== "'none'"), isNaming ? sample : own].join(' ');
}
