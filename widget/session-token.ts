/** Session tokens: where they come from, and whom they speak for. They are passed on, never trusted. */
import type { ErrorCode } from './events.ts';
import { ports } from './ports.ts';

/** The element's three ways to a token; all may be absent, which is open sign-up. */
export type TokenSources = {
  sessionToken?: string | null | undefined;
  sessionUrl?: string | null | undefined;
  fetchSessionToken?: (() => Promise<string>) | null | undefined;
};

/** Why there is no token. */
export class TokenFailure extends Error {
  readonly code: ErrorCode;

  constructor(code: ErrorCode) {
    super(code);
    this.code = code;
  }
}

/** Whether any source is there; none means open sign-up. */
export function hasTokenSource(sources: TokenSources): boolean {
  return !!(sources.sessionToken || sources.sessionUrl || sources.fetchSessionToken);
}

/**
 * A token: the given one first, a fetched one otherwise or when `renew`. `fetch` POSTs to
 * `sessionUrl` on the page's own origin, with its cookies, and expects `{ token }`.
 * Rejects with `TokenFailure`, or with what the page's own function threw.
 */
export async function obtainToken(
  sources: TokenSources,
  renew: boolean,
  signal: AbortSignal,
): Promise<string> {
  const { sessionToken, sessionUrl, fetchSessionToken } = sources;
  if (sessionToken && !renew) return sessionToken;
  if (fetchSessionToken) return fetchSessionToken();
  if (!sessionUrl) throw new TokenFailure('session_expired');
  const response = await ports.fetch(sessionUrl, {
    method: 'POST',
    mode: 'same-origin',
    credentials: 'same-origin',
    headers: { accept: 'application/json' },
    signal,
  });
  if (response.status >= 500) throw new TokenFailure('network_failed');
  const { token } = (await response.json().catch(() => ({}))) as { token?: string };
  if (!response.ok || !token) throw new TokenFailure('session_required');
  return token;
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
