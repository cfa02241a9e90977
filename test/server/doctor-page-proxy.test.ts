import assert from '../support/assert.ts';
import { describe, it } from 'node:test';
import type { Known } from '../../proxy/node/commands/doctor/page-proxy.ts';
import { PROXY, TAG, html, json, only, page, session, type Web } from '../support/page.ts';

describe('doctor --page, the proxy and the session', () => {
  for (const [name, change, expected] of [
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
      'an endpoint that ends in /v1',
      {
        ...page(`${TAG}<kelviq-onboarding endpoint="${PROXY}/v1">`),
        [`${PROXY}/v1/v1/session`]: json(404, { code: 'not_found' }),
      },
      /\/v1\/v1\/session: 404\) → .*without \/v1/,
    ],
    [
      'a site that answers every path with its own page',
      {
        ...page(`${TAG}<kelviq-onboarding endpoint="/kelviq">`),
        'https://app.example.com/kelviq/v1/session': html('<p>Not here.'),
      },
      /there is no proxy at https:\/\/app\.example\.com\/kelviq\/ .*: 200\)/,
    ],
    [
      'an endpoint without https://',
      page(`${TAG}<kelviq-onboarding endpoint="localhost:8787">`),
      /^fail: the endpoint attribute is no address: "localhost:8787"/,
    ],
    [
      'a session-url that is no address',
      page(`${TAG}<kelviq-onboarding session-url="https://[">`),
      /^fail: the session-url attribute is no address: "https:\/\/\["/,
    ],
    [
      'the second of two tags',
      page(`${TAG}<kelviq-onboarding></kelviq-onboarding><kelviq-onboarding endpoint="">`),
      /^fail: the endpoint attribute is no address: ""/,
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
});
