/**
 * Talks to the proxy: one request, one answer, never a rejection. Knows nothing of the page.
 * Session tokens are fetched and passed on here, never trusted.
 */
import type { Challenge, Organization, Problem, SessionAnswer } from '../proxy/contract.ts';
import type { ErrorCode } from './error-code.ts';
import type { OnboardingError } from './events.ts';
import { ports } from './ports.ts';

/** The element's three ways to a token; all may be absent, which is open sign-up. */
export type TokenSources = {
  sessionToken?: string | null | undefined;
  sessionUrl?: string | null | undefined;
  fetchSessionToken?: (() => Promise<string>) | null | undefined;
};

/** What came back; with an `error` it is a refusal, or no answer at all. `waitMs` is what the proxy asked for, 0 or NaN for nothing. */
export type Answer = {
  error?: OnboardingError | undefined;
  status?: number | undefined;
  body: Partial<Problem & Organization & SessionAnswer & Challenge>;
  waitMs?: number | undefined;
};

/** One request may take this long, in milliseconds; the proxy itself answers within 8 s. */
const TRY_MS = 20_000;
/** The page's own function may let a person sign in first. */
const TOKEN_MS = 120_000;

/** A failure that no server answered for. */
export const ownError = (
  code: ErrorCode,
  retryable = false,
  requestId: string | null = null,
): OnboardingError => ({ code, status: null, retryable, requestId });

/** Names of the ways to a token; none of them set means open sign-up. */
export const TOKEN_SOURCES = ['sessionUrl', 'sessionToken', 'fetchSessionToken'] as const;

/** Whether a customer signs up by themselves: no session says who they are. */
export const isOpen = (sources: TokenSources): boolean => !TOKEN_SOURCES.some((name) => sources[name]);

/** What an answer says; nothing where it is no JSON. Rejects where it breaks off: it is no answer then. */
const bodyOf = async <Body>(response: Response): Promise<Partial<Body>> => {
  const text = await response.text();
  try {
    return JSON.parse(text) ?? {};
  } catch {
    return {};
  }
};

/**
 * A token: the given one first, a fetched one otherwise or when `renew`; none when it is refused, or never comes.
 * POSTs to `sessionUrl` on the page's own origin, with its cookies, and expects `{ token }`.
 * Rejects when there is no answer, and with what the page's own function threw.
 */
export async function obtainToken(
  { sessionToken, sessionUrl, fetchSessionToken }: TokenSources,
  renew: boolean | undefined,
): Promise<string | void> {
  if (sessionToken && !renew) return sessionToken;
  if (fetchSessionToken) return Promise.race([fetchSessionToken(), ports.clock.sleep(TOKEN_MS)]);
  const response = await ports.fetch(sessionUrl!, {
    method: 'POST',
    mode: 'same-origin',
    signal: AbortSignal.timeout(TRY_MS),
  });
  // Trouble that passes, and says nothing about who is signed in.
  if (response.status >= 429) throw new Error();
  return (await bodyOf<{ token: string }>(response)).token;
}

/** The `sub` of a token, unverified; the token itself where there is none. */
export function subjectOf(token: string): string {
  try {
    const payload = atob(token.split('.')[1]!.replaceAll('-', '+').replaceAll('_', '/'));
    return (JSON.parse(payload) as { sub?: string }).sub || token;
  } catch {
    return token;
  }
}

/**
 * Asks the proxy: POSTs `body` where there is one, GETs otherwise; members that are undefined or null
 * stay out. `identify` says in headers who the customer is, or gives none when nobody can tell.
 */
export async function ask(
  url: string,
  body: object | null | undefined,
  signal: AbortSignal,
  identify: () => Promise<Record<string, string> | '' | void>,
): Promise<Answer> {
  try {
    const headers = await identify();
    if (!headers) return { error: ownError('session_required'), body: {} };
    // Credentials stay at the platform's default: none to another origin, and where the proxy is
    // mounted in the partner's own app, the cookies by which `identify` knows the customer.
    if (body) headers['content-type'] = 'application/json';
    const response = await ports.fetch(url, {
      signal: AbortSignal.any([signal, AbortSignal.timeout(TRY_MS)]),
      headers,
      ...(body && {
        method: 'POST',
        body: JSON.stringify(body, (_name, value: unknown) => value ?? undefined),
      }),
    });
    const { status } = response;
    const said = await bodyOf<Answer['body']>(response);
    const { code, requestId = null } = said;
    const retryable = status >= 500 || status === 429 || status === 408;
    return {
      status,
      body: said,
      // Seconds, as the proxy sends it; 0 where it names none, NaN where that is no number.
      waitMs: +response.headers.get('retry-after')! * 1000,
      error:
        response.ok && (status === 202 || said.organizationIdentifier || said.environment || said.signature)
          ? undefined
          : code || retryable
            ? { code: code ?? 'not_available', status, retryable, requestId }
            : // Not the proxy's words, and no passing trouble: a page to sign in, or the address is not a proxy's.
              ownError(response.redirected ? 'session_required' : 'endpoint_invalid'),
    };
  } catch {
    // No answer at all.
    return { error: ownError('network_failed', true), body: {} };
  }
}

/** A whole address, for one that is relative to the page or `base`; '' when it is missing or cannot be one. */
export const resolve = (address: string, base = document.baseURI): string =>
  (address && URL.parse(address, base)?.href) || '';

/** The proxy's address without a slash at its end; '' when it is missing or cannot be one. */
export const resolveEndpoint = (endpoint: string): string => {
  const url = resolve(endpoint);
  return /^https?:/.test(url) ? url.replace(/\/+$/, '') : '';
};
