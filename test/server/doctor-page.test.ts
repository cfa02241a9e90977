import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, it } from 'node:test';
import { checkPage } from '../../proxy/node/commands/doctor-page.ts';
import type { Known } from '../../proxy/node/commands/doctor-page-proxy.ts';
import type { Request, Visit } from '../../proxy/node/commands/page-fetch.ts';
import { listening } from '../support/doctor.ts';

const PAGE = 'https://app.example.com/pay/';
const PROXY = 'https://join.example.com';
const CODE = 'export {};';
const SRI = `sha384-${createHash('sha384').update(CODE).digest('base64')}`;

type Answer = { status?: number; headers?: Record<string, string>; body?: string };
type Web = Record<string, Answer | ((request: Request) => Answer) | undefined>;

const cors = { 'access-control-allow-origin': '*', 'content-type': 'text/javascript' };
const script: Answer = { headers: { ...cors, 'cross-origin-resource-policy': 'cross-origin' }, body: CODE };
const json = (status: number, body: object, origin = 'https://app.example.com'): Answer => ({
  status,
  headers: { 'content-type': 'application/json', 'access-control-allow-origin': origin },
  body: JSON.stringify(body),
});
const html = (body: string, headers: Record<string, string> = {}): Answer => ({
  headers: { 'content-type': 'text/html; charset=utf-8', ...headers },
  body,
});
const TAG = `<script type="module" src="${PROXY}/kelviq-onboarding.js"></script>`;
const WIDGET = '<kelviq-onboarding partner-name="Acme"></kelviq-onboarding>';
const session = json(200, { environment: 'sandbox' });
const preflight: Answer = {
  status: 204,
  headers: { 'access-control-allow-headers': 'authorization, content-type, idempotency-key' },
};

/** A page and a proxy in good health, with `change` on top. */
function web(change: Web = {}): Web {
  return {
    [PAGE]: html(`<!doctype html>${TAG}${WIDGET}`),
    [`${PROXY}/kelviq-onboarding.js`]: script,
    [`${PROXY}/v1/session`]: session,
    [`${PROXY}/v1/organizations`]: preflight,
    ...change,
  };
}

const nothingKnown: Known = { allowedOrigins: null, environment: null };

/** What the doctor says of the page: `status: what → fix`, without what is well unless it is asked for. */
async function said(change: Web = {}, { known = nothingKnown, at = PAGE } = {}): Promise<string[]> {
  const sites = web(change);
  const visit: Visit = async (url, request = {}) => {
    const found = sites[url.href];
    if (!found) return { code: 'ECONNREFUSED' };
    const { status = 200, headers = {}, body = '' } = typeof found === 'function' ? found(request) : found;
    return { url, status, headers: new Headers(headers), bytes: new TextEncoder().encode(body) };
  };
  const { tell, lines } = listening();
  await checkPage(new URL(at), known, tell, visit);
  return lines
    .filter(({ status }) => status !== 'ok')
    .map(({ status, what, fix }) => `${status}: ${what} → ${fix}`);
}

/** The one thing that it says. */
async function only(change: Web, options?: Parameters<typeof said>[1]): Promise<string> {
  const lines = await said(change, options);
  assert.equal(lines.length, 1, lines.join('\n'));
  return lines[0] ?? '';
}

const page = (body: string, headers: Record<string, string> = {}): Web => ({ [PAGE]: html(body, headers) });
const csp = (policy: string) => page(TAG + WIDGET, { 'content-security-policy': policy });
const POLICY = `default-src 'none'; script-src ${PROXY}; connect-src ${PROXY}; require-trusted-types-for 'script'; trusted-types kelviq-onboarding`;

describe('doctor --page, all well', () => {
  for (const [name, change] of Object.entries({
    'a plain page': {},
    'the strictest policy of the README': csp(POLICY),
    'a policy in a meta tag': page(
      `<meta http-equiv="Content-Security-Policy" content="${POLICY.replaceAll('"', '&quot;')}">${TAG}${WIDGET}`,
    ),
    'a policy by scheme, wildcard and port': csp(`script-src https://*.example.com:443; connect-src https:`),
    'a nonce beside strict-dynamic': page(TAG.replace('<script', '<script nonce="r4nd"') + WIDGET, {
      'content-security-policy': "script-src 'nonce-r4nd' 'strict-dynamic'; trusted-types *",
    }),
    'two tags, the classic one too': {
      ...page(`${TAG}<script defer src=${PROXY}/kelviq-onboarding.global.js></script>${WIDGET}`),
      [`${PROXY}/kelviq-onboarding.global.js`]: script,
    },
    'a script tag that is pinned': {
      ...page(
        `<script type="module" src="${PROXY}/kelviq-onboarding.0.1.0.js" integrity="${SRI}" crossorigin></script>${WIDGET}`,
        { 'cross-origin-embedder-policy': 'require-corp' },
      ),
      [`${PROXY}/kelviq-onboarding.0.1.0.js`]: script,
    },
    'an endpoint below a path of the page itself': {
      ...page(`${TAG}<kelviq-onboarding endpoint="../join/">`),
      'https://app.example.com/join/v1/session': json(200, {}, ''),
    },
    'a session-url behind a sign-in': {
      ...page(`${TAG}<kelviq-onboarding session-url=/token>`),
      'https://app.example.com/token': json(401, {}),
    },
    'a session-url that gives a token': {
      ...page(`${TAG}<kelviq-onboarding session-url=/token>`),
      'https://app.example.com/token': json(200, { token: 'a.b.c' }),
    },
  }))
    it(`finds no fault in ${name}`, async () => {
      assert.deepEqual(await said(change), []);
    });
});

describe('doctor --page', () => {
  for (const [name, change, expected] of [
    ['a page that is down', { [PAGE]: undefined }, /^fail: app\.example\.com refuses connections/],
    ['a page behind a sign-in', { [PAGE]: { status: 403 } }, /answers 403 to a visitor who is not signed in/],
    ['what is no page', { [PAGE]: json(200, {}) }, /is no HTML page \(application\/json\)/],
    ['a missing tag', page(TAG), /^warn: the page has no <kelviq-onboarding> tag/],
    [
      'a tag in a comment and one in a script',
      page(`${TAG}<!-- ${WIDGET} --><script>"${WIDGET}"</script>`),
      /no <kelviq-onboarding> tag/,
    ],
    [
      'a missing script',
      page('<kelviq-onboarding>'),
      /^fail: .* no script tag .* → add <script type="module"/,
    ],
    [
      'a module that is loaded as a script',
      page(TAG.replace('type="module" ', '') + WIDGET),
      /is a module, and its tag does not say so → write <script type="module" …>$/,
    ],
    [
      'a script by http:',
      page(TAG.replace('https:', 'http:') + `<kelviq-onboarding endpoint="${PROXY}">`),
      /script http:\/\/join.* is http: on a secure page/,
    ],
    [
      'an endpoint by http:',
      page(`${TAG}<kelviq-onboarding endpoint="http://join.example.com">`),
      /endpoint .* is http:/,
    ],
    [
      'a script that is not there',
      { [`${PROXY}/kelviq-onboarding.js`]: { status: 404 } },
      /is no script \(404\)/,
    ],
    [
      'a script without CORS',
      { [`${PROXY}/kelviq-onboarding.js`]: { headers: { 'content-type': 'text/javascript' }, body: CODE } },
      /sends the script without Access-Control-Allow-Origin/,
    ],
    [
      'a policy without script-src',
      csp(`default-src 'self'; connect-src ${PROXY}`),
      /blocks script .* \(default-src\) → write in it: script-src 'self' https:\/\/join\.example\.com$/,
    ],
    [
      'a policy without connect-src',
      csp(`default-src 'none'; script-src ${PROXY}`),
      /blocks requests to .*\/v1\/session \(default-src\) → write in it: connect-src https:\/\/join\.example\.com$/,
    ],
    [
      'a policy for another path',
      csp(`script-src ${PROXY}/assets/ 'report-sample'`),
      /\(script-src\) → write in it: script-src https:\/\/join\.example\.com\/assets\/ 'report-sample' https:\/\/join/,
    ],
    [
      'the second of two policies',
      csp(`script-src ${PROXY}, script-src-elem 'none'`),
      /\(script-src-elem\) → write in it: script-src-elem https:\/\/join\.example\.com$/,
    ],
    [
      'strict-dynamic without the nonce',
      csp(`script-src 'nonce-a' 'strict-dynamic' ${PROXY}`),
      /and give the script tag the page's nonce$/,
    ],
    [
      'a policy that names trusted types',
      csp(`trusted-types lit-html; require-trusted-types-for 'script'`),
      /\(trusted-types\) → write in it: trusted-types lit-html kelviq-onboarding$/,
    ],
    [
      'a stylesheet that is blocked',
      page(`<link rel="stylesheet" href="${PROXY}/kelviq-onboarding.css">${TAG}${WIDGET}`, {
        'content-security-policy': "style-src 'self'",
      }),
      /blocks stylesheet .* → write in it: style-src 'self' https:\/\/join\.example\.com$/,
    ],
    [
      'a hash of other code',
      {
        ...page(
          `<script type="module" src="${PROXY}/kelviq-onboarding.1.2.3.js" integrity="sha384-AAAA"></script>${WIDGET}`,
        ),
        [`${PROXY}/kelviq-onboarding.1.2.3.js`]: script,
      },
      new RegExp(`browsers block it → write integrity="${SRI.replaceAll(/[+/]/g, '.')}"`),
    ],
    [
      'a pinned classic script without crossorigin',
      {
        ...page(
          `<script src="${PROXY}/kelviq-onboarding.1.0.0.global.js" integrity="${SRI}"></script>${WIDGET}`,
        ),
        [`${PROXY}/kelviq-onboarding.1.0.0.global.js`]: script,
      },
      /→ add crossorigin="anonymous" to its tag$/,
    ],
    [
      'an isolated page and a script without CORP',
      {
        ...page(`<script src="${PROXY}/kelviq-onboarding.global.js"></script>${WIDGET}`, {
          'cross-origin-embedder-policy': 'require-corp',
        }),
        [`${PROXY}/kelviq-onboarding.global.js`]: { headers: cors, body: CODE },
      },
      /Cross-Origin-Embedder-Policy.* → add crossorigin="anonymous"/,
    ],
    [
      'an origin that is not let in',
      { [`${PROXY}/v1/session`]: json(403, { code: 'origin_not_allowed' }) },
      /→ set ALLOWED_ORIGINS=https:\/\/app\.example\.com and start the proxy again$/,
    ],
    [
      'a proxy that is down',
      { [`${PROXY}/v1/session`]: undefined },
      /^fail: join\.example\.com refuses connections/,
    ],
    [
      'something else at the endpoint',
      { [`${PROXY}/v1/session`]: { status: 502 } },
      /there is no proxy at .*502/,
    ],
    [
      'a reverse proxy that drops CORS',
      { [`${PROXY}/v1/session`]: { ...session, headers: {} } },
      /Access-Control-Allow-Origin is missing/,
    ],
    [
      'a reverse proxy that answers OPTIONS itself',
      { [`${PROXY}/v1/organizations`]: { status: 405 } },
      /the preflight \(OPTIONS\)/,
    ],
    [
      'a proxy that wants a session',
      { [`${PROXY}/v1/session`]: json(401, { code: 'session_required' }) },
      /the tag has no session-url → give the tag session-url/,
    ],
    [
      'a session-url elsewhere',
      page(`${TAG}<kelviq-onboarding session-url="https://api.example.com/token">`),
      /→ serve it on https:\/\/app\.example\.com$/,
    ],
    [
      'a session-url that redirects to a sign-in',
      {
        ...page(`${TAG}<kelviq-onboarding session-url=/token>`),
        'https://app.example.com/token': { status: 302 },
      },
      /redirects \(302\) → answer 401/,
    ],
    [
      'a session-url that is not there',
      {
        ...page(`${TAG}<kelviq-onboarding session-url=/token>`),
        'https://app.example.com/token': { status: 404 },
      },
      /answers a POST with 404 →/,
    ],
    [
      'a token under another secret',
      {
        ...page(`${TAG}<kelviq-onboarding session-url=/token>`),
        'https://app.example.com/token': json(200, { token: 'a.b.c' }),
        [`${PROXY}/v1/session`]: ({ headers = {} }) =>
          headers['authorization'] ? json(401, { code: 'session_invalid' }) : session,
      },
      /does not take \(session_invalid\) → sign with the SESSION_SECRET/,
    ],
  ] as const satisfies readonly (readonly [string, Web, RegExp])[])
    it(`names the fix for ${name}`, async () => {
      assert.match(await only(change), expected);
    });

  it('names the whole ALLOWED_ORIGINS line', async () => {
    const refused = { [`${PROXY}/v1/session`]: json(403, { code: 'origin_not_allowed' }) };
    const known: Known = { allowedOrigins: ['https://www.example.com'], environment: null };
    assert.match(
      await only(refused, { known }),
      /set ALLOWED_ORIGINS=https:\/\/www\.example\.com,https:\/\/app\.example\.com and/,
    );
    const listed: Known = { allowedOrigins: ['https://app.example.com'], environment: null };
    assert.match(
      await only(refused, { known: listed }),
      /that proxy is another one, or was not started again/,
    );
  });

  it('sees that the proxy speaks to another Kelviq', async () => {
    const known: Known = { allowedOrigins: null, environment: 'production' };
    assert.match(await only({}, { known }), /^warn: that proxy speaks to Kelviq's sandbox/);
  });

  it('sees a page that is not secure', async () => {
    const at = 'http://intranet.example.com/';
    const sites = {
      [at]: html(TAG + WIDGET),
      [`${PROXY}/v1/session`]: json(200, {}, 'http://intranet.example.com'),
    };
    assert.match(await only(sites, { at }), /^fail: http:\/\/intranet\.example\.com is not secure/);
  });
});
