import assert from '../support/assert.ts';
import { describe, it } from 'node:test';
import { Hono } from 'hono';
import { created, kelviqSend, openApi, problemOf, signup } from '../support/api.ts';
import { ORIGIN } from '../support/world.ts';

const UNLISTED = 'https://b.example';
const EXPOSED = 'Retry-After, RateLimit';

const preflight = (origin: string | null, path = '/v1/organizations') =>
  [
    path,
    {
      method: 'OPTIONS',
      headers: {
        ...(origin !== null && { origin }),
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'content-type,idempotency-key',
      },
    },
  ] as const;

/** All CORS headers of an answer. */
function corsOf({ headers }: Response): Record<string, string> {
  return Object.fromEntries([...headers].filter(([name]) => name.startsWith('access-control-')));
}

describe('CORS', () => {
  it('lets a listed page read every answer, never with credentials', async (t) => {
    const { app } = openApi(t, { environment: 'production' });
    const answers = [
      await app.request('/v1/organizations', signup()),
      await app.request('/v1/organizations', signup('{')),
      await app.request('/v1/nothing', { headers: { origin: ORIGIN } }),
      await app.request('/v1/session', { headers: { origin: ORIGIN } }),
      await app.request('/v1/session', { method: 'PUT', headers: { origin: ORIGIN } }),
    ];
    assert.deepEqual(
      answers.map(({ status }) => status),
      [201, 400, 404, 401, 405],
    );
    for (const answer of answers) {
      assert.deepEqual(corsOf(answer), {
        'access-control-allow-origin': ORIGIN,
        'access-control-expose-headers': EXPOSED,
      });
      assert.match(answer.headers.get('vary') ?? '', /\bOrigin\b/);
    }
  });

  it('answers the preflight of a listed page', async (t) => {
    for (const environment of ['sandbox', 'production'] as const) {
      const { app, mounted } = openApi(t, { environment });
      const answers = [
        await app.request(...preflight(ORIGIN)),
        await mounted.request(...preflight(ORIGIN, '/kelviq/v1/organizations')),
      ];
      for (const answer of answers) {
        assert.equal(answer.status, 204);
        assert.deepEqual(corsOf(answer), {
          'access-control-allow-headers': 'authorization, content-type, idempotency-key',
          'access-control-allow-methods': 'GET, POST',
          'access-control-allow-origin': ORIGIN,
          'access-control-expose-headers': EXPOSED,
          'access-control-max-age': '7200',
        });
      }
    }
  });

  it('says nothing about itself to a request without origin', async (t) => {
    const { app } = openApi(t);
    const answer = await app.request('/v1/nothing');
    assert.deepEqual([answer.status, corsOf(answer)], [404, {}]);
  });
});

describe('a page that is not listed', () => {
  for (const origin of [
    UNLISTED,
    'null',
    `${ORIGIN}.b.example`,
    `${ORIGIN}:8443`,
    ORIGIN.replace('https', 'http'),
    ORIGIN.toUpperCase(),
    `${ORIGIN}/`,
  ]) {
    it(`is refused and can't read why in production: ${origin}`, async (t) => {
      let asked = 0;
      const send = kelviqSend((sent) => (asked++, created(sent)));
      const { app } = openApi(t, { environment: 'production', send });
      const answers = [
        await app.request('/v1/organizations', signup(undefined, { origin })),
        await app.request('/v1/session', { headers: { origin } }),
        await app.request(...preflight(origin)),
      ];
      for (const answer of answers) {
        assert.deepEqual(corsOf(answer), {});
        const { status, code } = await problemOf(answer);
        assert.deepEqual([status, code], [403, 'origin_not_allowed']);
      }
      assert.equal(asked, 0);
    });

    it(`is refused and reads why in sandbox: ${origin}`, async (t) => {
      let asked = 0;
      const send = kelviqSend((sent) => (asked++, created(sent)));
      const { app } = openApi(t, { environment: 'sandbox', send });
      assert.equal((await app.request(...preflight(origin))).status, 204);
      const answer = await app.request('/v1/organizations', signup(undefined, { origin }));
      assert.equal(answer.headers.get('access-control-allow-origin'), origin);
      assert.equal((await problemOf(answer)).code, 'origin_not_allowed');
      assert.equal(asked, 0);
    });
  }

  it('is told which line to add', async (t) => {
    const { app } = openApi(t);
    const answer = await app.request('/v1/session', { headers: { origin: UNLISTED } });
    assert.match((await problemOf(answer)).detail, /ALLOWED_ORIGINS=https:\/\/b\.example$/);
  });

  for (const [origin, says] of [
    ['null', /opened as a file/],
    ['capacitor://localhost', /add its origin to ALLOWED_ORIGINS\.$/],
  ] as const)
    it(`is told what to do about the origin ${origin}`, async (t) => {
      const { app } = openApi(t);
      const answer = await app.request('/v1/session', { headers: { origin } });
      assert.match((await problemOf(answer)).detail, says);
    });

  for (const origin of ['*', 'https://a.example, *', 'javascript:alert(1)', '<script>'])
    it(`opens nothing by calling itself ${origin}`, async (t) => {
      const { app } = openApi(t, { environment: 'sandbox' });
      const answers = [
        await app.request(...preflight(origin)),
        await app.request('/v1/session', { headers: { origin } }),
      ];
      for (const answer of answers) {
        assert.equal(answer.status, 403);
        assert.equal(answer.headers.get('access-control-allow-origin'), null);
      }
    });

  it('is not quoted where it is no origin', async (t) => {
    const { app } = openApi(t);
    const answer = await app.request('/v1/session', { headers: { origin: '<script>alert(1)</script>' } });
    assert.doesNotMatch((await problemOf(answer)).detail, /script/);
  });
});

describe('a request without origin', () => {
  for (const [method, status] of [
    ['GET', 401],
    ['HEAD', 401],
    ['POST', 405],
    ['PUT', 405],
    ['DELETE', 405],
    ['OPTIONS', 405],
  ] as const) {
    it(`${method} gets ${status}`, async (t) => {
      const { app } = openApi(t);
      assert.equal((await app.request('/v1/session', { method })).status, status);
    });
  }

  it('signs nobody up', async (t) => {
    const { app, mounted } = openApi(t);
    const request = signup(undefined, { origin: null });
    for (const answer of [
      await app.request('/v1/organizations', request),
      await mounted.request('/kelviq/v1/organizations', request),
    ])
      assert.equal((await problemOf(answer)).code, 'origin_not_allowed');
  });

  it('finds nothing where nothing is, whatever its method', async (t) => {
    const { app, mounted } = openApi(t);
    for (const method of ['GET', 'POST', 'PUT', 'DELETE', 'OPTIONS']) {
      assert.equal((await problemOf(await app.request('/v2', { method }))).code, 'not_found');
      assert.equal((await problemOf(await mounted.request('/kelviq/v2', { method }))).code, 'not_found');
    }
  });
});

describe('every answer', () => {
  it('is kept, sniffed and framed by nobody', async (t) => {
    const { app } = openApi(t);
    for (const answer of [
      await app.request('/v1/organizations', signup()),
      await app.request('/v1/session'),
      await app.request(...preflight(ORIGIN)),
    ]) {
      assert.equal(answer.headers.get('cache-control'), 'no-store');
      assert.equal(answer.headers.get('x-content-type-options'), 'nosniff');
      assert.equal(answer.headers.get('referrer-policy'), 'no-referrer');
      assert.match(answer.headers.get('content-security-policy') ?? '', /frame-ancestors 'none'/);
      assert.match(answer.headers.get('x-request-id') ?? '', /^req_[\da-f]{32}$/);
      assert.equal(answer.headers.get('set-cookie'), null);
    }
  });
});

describe('the media type', () => {
  for (const [type, status] of [
    ['application/json', 201],
    ['application/json; charset=utf-8', 201],
    ['Application/JSON ;charset=UTF-8', 201],
    ['application/problem+json', 415],
    ['text/json', 415],
    [null, 415],
  ] as const) {
    it(`${type} gets ${status}`, async (t) => {
      const { app } = openApi(t);
      const body = new TextEncoder().encode('{"email":"owner@example.com"}');
      const answer = await app.request('/v1/organizations', signup(body, { 'content-type': type }));
      assert.equal(answer.status, status);
    });
  }
});

describe('an app around this one', () => {
  it('keeps the time at which it took a request', async (t) => {
    const times: number[] = [];
    const around = new Hono<{ Variables: { startedAt: number } }>();
    around.use(async (c, next) => {
      c.set('startedAt', 1);
      await next();
      times.push(c.get('startedAt'));
    });
    around.route('/kelviq', openApi(t).app);
    assert.equal((await around.request('/kelviq/v1/organizations', signup())).status, 201);
    assert.deepEqual(times, [1]);
  });
});
