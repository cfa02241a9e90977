/**
 * Talks to the proxy. Every answer becomes one tagged value; what may pass by itself (202, 429,
 * 5xx, no answer) is asked again with the same identity until a deadline. Knows nothing of the page.
 */
import type { FieldError, Organization, Problem, SessionAnswer } from '../proxy/contract.ts';
import type { ErrorCode, OnboardingError, SubmitDetail } from './events.ts';
import { ports } from './ports.ts';
import { TokenFailure } from './session-token.ts';

/** A refusal, or no answer at all; `waitMs` is what the proxy asked for. */
export type Failure = {
  kind: 'failure';
  error: OnboardingError;
  errors: FieldError[];
  waitMs?: number | undefined;
};

/** What became of an errand. */
export type Outcome =
  | { kind: 'session'; session: SessionAnswer }
  | { kind: 'organization'; organization: Organization; created: boolean }
  | Failure;

type Answer = Outcome | { kind: 'pending'; waitMs?: number | undefined };

/** Where the proxy is, and the headers that say who the customer is; `renew` asks for a fresh token. */
export type Access = {
  endpoint: string;
  identify(renew: boolean, signal: AbortSignal): Promise<Record<string, string>>;
};

/** How long to ask, what for, and whom to tell. Times in milliseconds. */
export type Errand = {
  /** What to ask after so long: a signup, or nothing for the session. */
  ask?(elapsedMs: number): SubmitDetail | null | undefined;
  /** Whether a session is what was waited for; by default it is. */
  isSettled?(session: SessionAnswer): boolean;
  /** How long to wait before the try of this number, from 0 on, unless the proxy says. */
  paceMs?(tries: number): number;
  budgetMs: number;
  signal: AbortSignal;
  /** It will be asked again by itself, because of a failure. */
  onWait?(code: ErrorCode): void;
};

/** One try may take this long; the proxy itself answers within 8 s. */
const TRY_MS = 20_000;

const failure = (
  code: ErrorCode,
  status: number | null,
  retryable: boolean,
  {
    requestId = null,
    errors = [],
  }: Partial<Problem> | { requestId?: string | null; errors?: FieldError[] } = {},
  waitMs?: number,
): Failure => ({ kind: 'failure', error: { code, status, retryable, requestId }, errors, waitMs });

/** `Retry-After` in milliseconds, from whole seconds, as the proxy sends it; undefined otherwise. */
function retryAfterMs({ headers }: Response): number | undefined {
  const seconds = headers.get('retry-after');
  return seconds && /^\d+$/.test(seconds) ? Math.max(+seconds, 0.5) * 1000 : undefined;
}

async function read(response: Response): Promise<Answer> {
  const { status, ok } = response;
  const waitMs = retryAfterMs(response);
  const body = ((await response.json().catch(() => null)) ?? {}) as Partial<
    Problem & Organization & SessionAnswer
  >;
  if (status === 202) return { kind: 'pending', waitMs };
  if (ok && body.organizationIdentifier)
    return { kind: 'organization', organization: body as Organization, created: status === 201 };
  if (ok && body.environment) return { kind: 'session', session: body as SessionAnswer };
  const again = status >= 500 || status === 429 || status === 408;
  if (body.code || again) return failure(body.code ?? 'not_available', status, again, body, waitMs);
  // Not the proxy's words: the address is not a proxy's.
  return failure('endpoint_invalid', null, false);
}

/** Asks once; never rejects. */
async function once(
  access: Access,
  signup: SubmitDetail | null | undefined,
  signal: AbortSignal,
  renew = false,
): Promise<Answer> {
  const stop = AbortSignal.any([signal, AbortSignal.timeout(TRY_MS)]);
  try {
    const headers = await access.identify(renew, stop);
    const init: RequestInit = { headers, signal: stop };
    if (signup) {
      headers['content-type'] = 'application/json';
      init.method = 'POST';
      init.body = JSON.stringify({ email: signup.email, businessName: signup.businessName ?? undefined });
    }
    // Credentials stay at the platform's default: none to another origin, and where the proxy is
    // mounted in the partner's own app, the cookies by which `identify` knows the customer.
    const answer = await read(
      await ports.fetch(`${access.endpoint}/v1/${signup ? 'organizations' : 'session'}`, init),
    );
    return !renew && answer.kind === 'failure' && answer.error.code === 'session_expired'
      ? await once(access, signup, signal, true)
      : answer;
  } catch (error) {
    const code = error instanceof TokenFailure ? error.code : 'network_failed';
    return failure(code, null, code === 'network_failed');
  }
}

/**
 * Asks until there is an outcome, the next try would come after the budget, or `signal` aborts
 * (then the value means nothing). Backs off 1, 2, 4, 8 s, or as the proxy or the errand says.
 */
export async function run(access: Access, errand: Errand): Promise<Outcome> {
  const { signal, budgetMs } = errand;
  const { clock } = ports;
  const start = clock.now();
  let last: Failure = failure('timed_out', null, true);
  let { requestId } = last.error;
  let waitMs = errand.paceMs?.(0);
  for (let tries = 1; ; tries++) {
    if (waitMs !== undefined) {
      if (clock.now() - start + waitMs > budgetMs) return last;
      await clock.sleep(waitMs, signal);
    }
    if (signal.aborted) return last;
    const answer = await once(access, errand.ask?.(clock.now() - start), signal);
    if (signal.aborted) return last;
    last = failure('timed_out', null, true, { requestId });
    if (answer.kind === 'organization') return answer;
    if (answer.kind === 'session' && (errand.isSettled?.(answer.session) ?? true)) return answer;
    waitMs = errand.paceMs?.(tries) ?? Math.min(500 * 2 ** tries, 8000);
    if (answer.kind === 'session') continue;
    waitMs = answer.waitMs ?? waitMs;
    if (answer.kind === 'pending') continue;
    requestId = answer.error.requestId ??= requestId;
    if (!answer.error.retryable) return answer;
    last = answer;
    if (clock.now() - start + waitMs <= budgetMs) errand.onWait?.(answer.error.code);
  }
}

/** The proxy's address without a slash at its end; '' when it is missing or cannot be one. Relative to the page. */
export function resolveEndpoint(endpoint: string): string {
  if (!endpoint || !URL.canParse(endpoint, document.baseURI)) return '';
  const { href } = new URL(endpoint, document.baseURI);
  return /^https?:/.test(href) ? href.replace(/\/+$/, '') : '';
}
