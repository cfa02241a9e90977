import assert from '../support/assert.ts';
import { describe, it } from 'node:test';
import {
  CODE,
  PAGE,
  PROXY,
  SRI,
  TAG,
  WIDGET,
  cors,
  csp,
  html,
  json,
  only,
  page,
  said,
  script,
  type Web,
} from '../support/page.ts';

const POLICY = `default-src 'none'; script-src ${PROXY}; connect-src ${PROXY}; require-trusted-types-for 'script'; trusted-types kelviq-onboarding`;

const wide = Buffer.from(TAG + WIDGET, 'utf16le');

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
      'https://app.example.com/join/v1/session': json(200, { environment: 'sandbox' }, ''),
    },
    'a sandbox with room enough': csp('sandbox allow-scripts allow-forms allow-same-origin allow-popups'),
    'a sandbox in a meta tag': page(
      `<meta http-equiv="Content-Security-Policy" content="sandbox">${TAG}${WIDGET}`,
    ),
    'a page of two bytes a character': {
      [PAGE]: { headers: { 'content-type': 'text/html; charset=utf-16le' }, body: wide },
    },
    'one that says so with its first bytes': {
      [PAGE]: { headers: { 'content-type': 'text/html' }, body: Buffer.from([0xff, 0xfe, ...wide]) },
    },
    'one of a charset that nobody knows': {
      [PAGE]: { headers: { 'content-type': 'text/html; charset=klingon' }, body: TAG + WIDGET },
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
  for (const [name, body, level] of [
    ['warns of a page that scripts make', '<div id="root"></div><script src="/app.js"></script>', 'warn'],
    ['fails for a page that nothing makes', '<h1>Pay</h1>', 'fail'],
  ] as const)
    it(name, async () => {
      const [first = '', second = '', ...more] = await said(page(body));
      assert.ok(first.startsWith(`${level}: the page has no script tag`), first);
      assert.match(second, /^warn: the page has no <kelviq-onboarding> tag/);
      assert.deepEqual(more, []);
    });

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
      'a sandbox',
      csp('sandbox allow-scripts'),
      /into a sandbox .* → take sandbox out of it, or write: sandbox allow-scripts allow-forms allow-same-origin$/,
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
      'a tag that is closed by its slash alone',
      page(`${TAG}<kelviq-onboarding partner-name="Acme" /><p>Below`),
      /^warn: .* closes nothing in HTML.* → write <kelviq-onboarding …><\/kelviq-onboarding>$/,
    ],
  ] as const satisfies readonly (readonly [string, Web, RegExp])[])
    it(`names the fix for ${name}`, async () => {
      assert.match(await only(change), expected);
    });

  it('lets a page of XML close its tag so', async () => {
    const body = `${TAG}<kelviq-onboarding />`;
    const xml = { [PAGE]: { headers: { 'content-type': 'application/xhtml+xml' }, body } };
    assert.deepEqual(await said(xml), []);
  });

  it('sees a page that is not secure', async () => {
    const at = 'http://intranet.example.com/';
    const sites = {
      [at]: html(TAG + WIDGET),
      [`${PROXY}/v1/session`]: json(200, { environment: 'sandbox' }, 'http://intranet.example.com'),
    };
    assert.match(await only(sites, { at }), /^fail: http:\/\/intranet\.example\.com is not secure/);
  });
});
