/**
 * Talks to the proxy. Every answer becomes one tagged value; what may pass by itself (202, 429,
 * 5xx, no answer) is asked again with the same identity until a deadline. Knows nothing of the page.
 */
import type { Clock } from '../proxy/clock.ts';
import type { FieldError, Organization, PendingAnswer, Problem, SessionAnswer } from '../proxy/contract.ts';
import type { ErrorCode, OnboardingError, SubmitDetail } from './events.ts';
import { TokenFailure } from './session-token.ts';

/** The outside world; tests put their own in its place. */
export type Ports = { fetch: typeof fetch; clock: Clock };

/** The browser's `fetch`, and its clock. */
export const ports: Ports = {
  fetch: (input, init) => fetch(input, init),
  clock: {
    now: () => Date.now(),
    sleep: (ms, signal) =>
      new Promise((resolve) => {
        const timer = setTimeout(resolve, ms);
        signal?.addEventListener('abort', () => (clearTimeout(timer), resolve()));
      }),
  },
};

/** A refusal, or no answer at all; `waitMs` is what the proxy asked for. */
export type Failure = { kind: 'failure'; error: OnboardingError; errors: FieldError[]; waitMs: number | null };

/** What an answer means. */
export type Answer =
  | { kind: 'session'; session: SessionAnswer }
  | { kind: 'organization'; organization: Organization; created: boolean }
  | { kind: 'pending'; waitMs: number | null }
  | Failure;

/** How long to ask, what for, and whom to tell. */
export type Errand = {
  /** What to ask after so many milliseconds: a signup, or null for the session. */
  ask(elapsedMs: number): SubmitDetail | null;
  /** Whether a session that says `pending` is asked again. */
  untilSettled: boolean;
  budgetMs: number;
  signal: AbortSignal;
  /** It will be asked again by itself; null where the proxy merely said "pending". */
  onWait(code: ErrorCode | null): void;
};

/** Where the proxy is, and the headers that say who the customer is; `renew` asks for a fresh token. */
export type Access = {
  endpoint: string;
  identify(renew: boolean, signal: AbortSignal): Promise<Record<string, string>>;
};

/** The proxy's address without a slash at its end; '' when it is missing or cannot be one. Relative to the page. */
export function resolveEndpoint(endpoint: string): string {
  if (!endpoint || !URL.canParse(endpoint, document.baseURI)) return '';
  const { href, protocol } = new URL(endpoint, document.baseURI);
  return /^https?:$/.test(protocol) ? href.replace(/\/+$/, '') : '';
}

/** One try may take this long; the proxy itself answers within 8 s. */
const TRY_MS = 20_000;

const failure = (
  code: ErrorCode,
  status: number | null,
  retryable: boolean,
  { requestId = null as string | null, errors = [] as FieldError[], waitMs = null as number | null } = {},
): Failure => ({ kind: 'failure', error: { code, status, retryable, requestId }, errors, waitMs });

/** `Retry-After` in milliseconds, from seconds or a date; null when absent or unreadable. */
function retryAfterMs(header: string | null): number | null {
  if (!header) return null;
  const ms = /^\d+$/.test(header) ? +header * 1000 : Date.parse(header) - ports.clock.now();
  return Number.isNaN(ms) ? null : Math.max(ms, 500);
}

async function read(response: Response): Promise<Answer> {
  const { status, ok } = response;
  const waitMs = retryAfterMs(response.headers.get('retry-after'));
  const body = (await response.json().catch(() => null)) as
    | (Partial<Problem> & Partial<Organization> & Partial<SessionAnswer> & Partial<PendingAnswer>)
    | null;
  if (ok && status === 202) return { kind: 'pending', waitMs };
  if (ok && body?.organizationIdentifier)
    return { kind: 'organization', organization: body as Organization, created: status === 201 };
  if (ok && body?.environment) return { kind: 'session', session: body as SessionAnswer };
  const again = status >= 500 || status === 429 || status === 408;
  if (typeof body?.code === 'string')
    return failure(body.code, status, again, { requestId: body.requestId ?? null, errors: body.errors ?? [], waitMs });
  // Not the proxy's words: something in front of it is in trouble, or the address is not a proxy's.
  return again ? failure('not_available', status, true, { waitMs }) : failure('endpoint_invalid', null, false);
}

/** Asks once; never rejects. */
async function once(access: Access, signup: SubmitDetail | null, signal: AbortSignal, renew = false): Promise<Answer> {
  const over = new AbortController();
  const stop = AbortSignal.any([signal, over.signal]);
  void ports.clock.sleep(TRY_MS, stop).then(() => over.abort());
  try {
    const identity = await access.identify(renew, stop);
    const answer = await read(
      await ports.fetch(`${access.endpoint}/v1/${signup ? 'organizations' : 'session'}`, {
        // Credentials stay at the platform's default: none to another origin, and where the proxy is
        // mounted in the partner's own app, the cookies by which `identify` knows the customer.
        signal: stop,
        ...(signup
          ? {
              method: 'POST',
              headers: { ...identity, 'content-type': 'application/json' },
              body: JSON.stringify({ email: signup.email, businessName: signup.businessName ?? undefined }),
            }
          : { headers: identity }),
      }),
    );
    return answer.kind === 'failure' && answer.error.code === 'session_expired' && !renew
      ? await once(access, signup, signal, true)
      : answer;
  } catch (error) {
    const code = error instanceof TokenFailure ? error.code : 'network_failed';
    return failure(code, null, code === 'network_failed');
  } finally {
    over.abort();
  }
}

/**
 * Asks until there is an outcome, the next try would come after the budget, or `signal` aborts
 * (then the value means nothing). Backs off 1, 2, 4, 8 s, or as the proxy says.
 */
export async function ask(access: Access, errand: Errand): Promise<Exclude<Answer, { kind: 'pending' }>> {
  const { signal, budgetMs } = errand;
  const { clock } = ports;
  const start = clock.now();
  let requestId: string | null = null;
  for (let tries = 0; ; tries++) {
    let answer = await once(access, errand.ask(clock.now() - start), signal);
    if (answer.kind === 'session' && answer.session.pending && errand.untilSettled)
      answer = { kind: 'pending', waitMs: null };
    if (answer.kind === 'failure') {
      requestId = answer.error.requestId ??= requestId;
      if (!answer.error.retryable) return answer;
    } else if (answer.kind !== 'pending') return answer;
    const waitMs = answer.waitMs ?? Math.min(1000 * 2 ** tries, 8000);
    if (signal.aborted || clock.now() - start + waitMs > budgetMs)
      return answer.kind === 'failure' ? answer : failure('timed_out', null, true, { requestId });
    errand.onWait(answer.kind === 'failure' ? answer.error.code : null);
    await clock.sleep(waitMs, signal);
  }
}

/**
 * Follows an organization until its secret key is delivered and its client key is there: reads the
 * session after 2 s, then ever more slowly up to every 30 s, for five minutes.
 * True when nothing is left to wait for.
 */
export async function follow(
  access: Access,
  signal: AbortSignal,
  onSession: (session: SessionAnswer) => boolean,
): Promise<boolean> {
  const { clock } = ports;
  const start = clock.now();
  for (let waitMs = 2000; clock.now() - start + waitMs <= 300_000; waitMs = Math.min(waitMs * 1.5, 30_000)) {
    await clock.sleep(waitMs, signal);
    if (signal.aborted) return true;
    const answer = await once(access, null, signal);
    if (signal.aborted || (answer.kind === 'session' && onSession(answer.session))) return true;
  }
  return false;
}
