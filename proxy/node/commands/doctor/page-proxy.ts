/**
 * The doctor's look at what a page's widget asks for: the proxy, as a browser on that page sees it,
 * and the partner's own session URL. It signs nobody up.
 */
import { randomBytes } from 'node:crypto';
import type { Environment } from '../../../limits.ts';
import type { Tell } from './report.ts';
import { connectionTrouble } from '../kelviq-trouble.ts';
import type { Fetched, Visit } from './page-fetch.ts';

/** What is known of the settings; null where they do not say. */
export type Known = { allowedOrigins: readonly string[] | null; environment: Environment | null };

/** What the widget of a page is told. `endpoint` ends in a slash; `sessionUrl` is null where there is none. */
export type Widget = { page: URL; endpoint: URL; sessionUrl: URL | null; hasToken: boolean };

type Json = Readonly<Record<string, unknown>>;

function jsonOf({ bytes }: Fetched): Json {
  try {
    const json: unknown = JSON.parse(new TextDecoder().decode(bytes));
    return typeof json === 'object' && json !== null ? (json as Json) : {};
  } catch {
    return {};
  }
}

/** The line that lets `origin` in, with everything that is let in already. */
function allowedOriginsLine({ allowedOrigins }: Known, origin: string): string {
  return `ALLOWED_ORIGINS=${[...new Set([...(allowedOrigins ?? []), origin])].join(',')}`;
}

/** Says whether the proxy answers this page, and whether customers can be known on it. */
export async function checkPageProxy(widget: Widget, known: Known, tell: Tell, visit: Visit): Promise<void> {
  const { page, endpoint, sessionUrl, hasToken } = widget;
  const session = new URL('v1/session', endpoint);
  const headers = { origin: page.origin, 'idempotency-key': randomBytes(16).toString('base64url') };
  const answer = await visit(session, { headers, redirects: 'report' });
  if ('code' in answer) {
    const { what, fix } = connectionTrouble(answer.code, endpoint.host);
    return tell('fail', what, fix);
  }
  const { status } = answer;
  const { code, environment } = jsonOf(answer);
  const allowed = answer.headers.get('access-control-allow-origin');
  if (code === 'origin_not_allowed') {
    const listed = known.allowedOrigins?.includes(page.origin) ?? false;
    return tell(
      'fail',
      `the proxy at ${endpoint.href} does not take the page's origin ${page.origin}`,
      listed
        ? 'ALLOWED_ORIGINS lists it here: that proxy is another one, or was not started again since'
        : `set ${allowedOriginsLine(known, page.origin)} and start the proxy again`,
    );
  }
  // An endpoint that ends in /v1 is answered by the proxy itself, by its 404; one on a site that answers every
  // path with its own page, by a 200 that is none of the proxy's.
  const isProxy = typeof (status === 200 ? environment : code) === 'string' && code !== 'not_found';
  if (!isProxy)
    return tell(
      'fail',
      `there is no proxy at ${endpoint.href} (${session.pathname}: ${status})`,
      'let the endpoint attribute name the base URL of the proxy, without /v1, or leave it out',
    );
  if (allowed !== page.origin && endpoint.origin !== page.origin)
    return tell(
      'fail',
      `the answer of ${endpoint.href} reaches no browser: Access-Control-Allow-Origin is ${allowed ?? 'missing'}`,
      'let the reverse proxy in front pass the headers of the proxy as they are',
    );
  tell('ok', `the proxy at ${endpoint.href} takes the page's origin`);
  if (known.environment !== null && typeof environment === 'string' && environment !== known.environment)
    tell(
      'warn',
      `that proxy speaks to Kelviq's ${environment}, and KELVIQ_ENV here is ${known.environment}`,
      'look whether it is the proxy that you mean',
    );
  await checkPreflight(widget, tell, visit);
  if (sessionUrl) return checkSessionUrl(widget, sessionUrl, tell, visit);
  if (code === 'session_required' && !hasToken)
    tell(
      'fail',
      'the proxy wants to know who the customer is, and the tag has no session-url',
      'give the tag session-url="…", the address where your backend answers { token }; or set OPEN_SIGNUP=true',
    );
}

async function checkPreflight({ page, endpoint }: Widget, tell: Tell, visit: Visit): Promise<void> {
  if (endpoint.origin === page.origin) return;
  const headers = {
    origin: page.origin,
    'access-control-request-method': 'POST',
    'access-control-request-headers': 'authorization,content-type,idempotency-key',
  };
  const answer = await visit(new URL('v1/organizations', endpoint), {
    method: 'OPTIONS',
    headers,
    redirects: 'report',
  });
  const names = 'code' in answer ? '' : (answer.headers.get('access-control-allow-headers') ?? '');
  const missing = ['authorization', 'content-type', 'idempotency-key'].filter(
    (name) =>
      !names
        .toLowerCase()
        .split(/\s*,\s*/)
        .includes(name),
  );
  const good = !('code' in answer) && answer.status >= 200 && answer.status < 300 && missing.length === 0;
  if (!good)
    tell(
      'fail',
      `browsers may not send the form: the preflight (OPTIONS) to ${endpoint.href}v1/organizations is not answered by the proxy`,
      'let the reverse proxy in front pass OPTIONS and its answer as they are',
    );
}

async function checkSessionUrl(
  { page, endpoint }: Widget,
  sessionUrl: URL,
  tell: Tell,
  visit: Visit,
): Promise<void> {
  if (sessionUrl.origin !== page.origin)
    return tell(
      'fail',
      `session-url is on ${sessionUrl.origin}, and it is asked on the page's own origin alone`,
      `serve it on ${page.origin}`,
    );
  const answer = await visit(sessionUrl, {
    method: 'POST',
    headers: { origin: page.origin },
    redirects: 'report',
  });
  if ('code' in answer) {
    const { what, fix } = connectionTrouble(answer.code, sessionUrl.host);
    return tell('fail', `session-url: ${what}`, fix);
  }
  const { status } = answer;
  const where = `session-url ${sessionUrl.pathname}`;
  if (status >= 300 && status < 400)
    return tell(
      'fail',
      `${where} redirects (${status})`,
      'answer 401 to who is not signed in, without a redirect',
    );
  if (status === 401 || status === 403)
    return tell('ok', `${where} is there, and gives no token to a visitor who is not signed in (${status})`);
  const { token } = jsonOf(answer);
  if (status !== 200 || typeof token !== 'string')
    return tell(
      'fail',
      `${where} answers a POST with ${status}${status === 200 ? ' and no { token }' : ''}`,
      'answer POST with { "token": "…" }, made by createSessionToken of kelviq-onboarding/backend',
    );
  const session = await visit(new URL('v1/session', endpoint), {
    headers: { origin: page.origin, authorization: `Bearer ${token}` },
    redirects: 'report',
  });
  const refusal = 'code' in session ? session.code : jsonOf(session)['code'];
  if (!('code' in session) && session.status === 200)
    return tell('ok', `${where} gives a token that the proxy takes`);
  tell(
    'fail',
    `${where} gives a token that the proxy does not take (${typeof refusal === 'string' ? refusal : 'no answer of a proxy'})`,
    'sign with the SESSION_SECRET of the proxy, HS256, with aud, sub and exp; compare the clocks',
  );
}
