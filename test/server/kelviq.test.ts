import assert from '../support/assert.ts';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { describe, it, type TestContext } from 'node:test';
import { fetchSend } from '../../proxy/http.ts';
import { createKelviq, type Kelviq } from '../../proxy/kelviq.ts';
import { createNodeSend } from '../../proxy/node/http.ts';
import { createKeyRing } from '../../proxy/key-ring.ts';
import { Secret } from '../../proxy/secret.ts';
import { FakeClock } from '../support/fake-clock.ts';

const KEY = 'kvqp_test_1';
const clock = new FakeClock();
const wish = { externalId: 'a.b~c:d@e+f=g|h', email: 'owner@example.com', businessName: 'Bäckerei' };

const whole = {
  userId: 7,
  organizationIdentifier: '0b9cf7f4-8f0f-4d5f-9d5a-2f9f6f2a4f10',
  organizationSlug: 'backerei',
  clientKey: 'ck_1',
  serverKey: 'sk_1',
  partnerExternalId: wish.externalId,
};

type Answer = (response: ServerResponse, request: IncomingMessage) => void;
type Received = { method: string; url: string; headers: IncomingMessage['headers']; body: string };

/** Answers with `body`, as JSON unless it is text. */
function says(status: number, body: unknown = {}, headers: Record<string, string> = {}): Answer {
  return (response) =>
    void response.writeHead(status, headers).end(typeof body === 'string' ? body : JSON.stringify(body));
}

/** A Kelviq that answers everything so, a client of it, and what it received. */
async function kelviqThat(
  t: TestContext,
  answer: Answer,
): Promise<{ kelviq: Kelviq; received: Received[]; url: string }> {
  const received: Received[] = [];
  const server = createServer((request, response) => {
    void text(request).then((body) => {
      received.push({ method: request.method ?? '', url: request.url ?? '', headers: request.headers, body });
      answer(response, request);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { send, close } = createNodeSend();
  t.after(async () => {
    server.closeAllConnections();
    server.close();
    await close();
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/api/v1`;
  return { kelviq: createKelviq({ partnerKey: new Secret(KEY), baseUrl: url, send, clock }), received, url };
}

/** What was seen, as a log or a browser would get it. */
const shown = (seen: object): unknown => JSON.parse(JSON.stringify(seen));

const { partnerExternalId: _, ...organization } = whole;
const hidden = { ...organization, serverKey: '[secret]' };
const keyless = { userId: null, organizationSlug: null, clientKey: null, serverKey: null };
const bare = { seen: 'created', organization: { ...organization, ...keyless } };
const unknown = (code: string) => ({ seen: 'unknown', soon: false, code });
const soon = (code: string) => ({ seen: 'unknown', soon: true, code });
const broken = unknown('broken_answer');
const wrongEcho = { seen: 'echo_failed', from: 'post' };
const cut: Answer = (response) => {
  response.writeHead(201, { 'content-length': '500' });
  response.write('{"userId":7,');
  setImmediate(() => response.destroy());
};
const hangUp: Answer = (response) => void response.destroy();

describe('provision', () => {
  it('posts to a path with a slash, with the key', async (t) => {
    const { kelviq, received } = await kelviqThat(t, says(201, whole));
    await kelviq.provision(wish);
    const [request] = received;
    assert.deepEqual([request?.method, request?.url], ['POST', '/api/v1/partner/organizations/']);
    assert.equal(request?.headers['x-kelviq-partner-key'], KEY);
    assert.equal(request?.headers['content-type'], 'application/json');
    assert.deepEqual(JSON.parse(request?.body ?? ''), wish);
  });

  it('leaves out a name that there is none of', async (t) => {
    const { kelviq, received } = await kelviqThat(t, says(201, whole));
    await kelviq.provision({ ...wish, businessName: null });
    assert.deepEqual(Object.keys(JSON.parse(received[0]?.body ?? '') as object), ['externalId', 'email']);
  });

  for (const [what, answer, seen] of [
    ['201', says(201, whole), { seen: 'created', organization: hidden }],
    ['201 with unknown members', says(201, { ...whole, x: 1 }), { seen: 'created', organization: hidden }],
    ['201 with nulls', says(201, { ...whole, ...keyless }), bare],
    [
      '201 with empty texts and another kind of user',
      says(201, { ...whole, userId: 'u7', organizationSlug: '', clientKey: '', serverKey: '' }),
      bare,
    ],
    [
      '201 with another kind of slug',
      says(201, { ...whole, organizationSlug: 7 }),
      { seen: 'created', organization: { ...hidden, organizationSlug: null } },
    ],
    ['201 with a null echo', says(201, { ...whole, partnerExternalId: null }), wrongEcho],
    ['201 without echo', says(201, { ...whole, partnerExternalId: undefined }), wrongEcho],
    ["201 with another's echo", says(201, { ...whole, partnerExternalId: 'other' }), wrongEcho],
    [
      '201 with an echo in other case',
      says(201, { ...whole, partnerExternalId: 'A.b~c:d@e+f=g|h' }),
      wrongEcho,
    ],
    ['201 with the secret as clientKey', says(201, { ...whole, clientKey: 'sk_1' }), wrongEcho],
    [
      '201 with its keys in each other’s place',
      says(201, { ...whole, clientKey: 'sk_1', serverKey: 'ck_1' }),
      wrongEcho,
    ],
    ['201 with the secret in the slug', says(201, { ...whole, organizationSlug: 'x-sk_1' }), wrongEcho],
    ['201 with the partner key as clientKey', says(201, { ...whole, clientKey: KEY }), wrongEcho],
    [
      '201 with the partner key in base64 in the slug',
      says(201, { ...whole, organizationSlug: `x-${Buffer.from(KEY).toString('base64')}` }),
      wrongEcho,
    ],
    [
      '201 with the partner key in an unknown member',
      says(201, { ...whole, x: KEY }),
      { seen: 'created', organization: hidden },
    ],
    ['201 with NUL in a key', says(201, { ...whole, clientKey: 'ck\0' }), broken],
    ['201 with half a character in a key', says(201, { ...whole, clientKey: 'ck\ud800' }), broken],
    [
      '201 with NUL in the slug',
      says(201, { ...whole, organizationSlug: 'a\0b' }),
      { seen: 'created', organization: { ...hidden, organizationSlug: null } },
    ],
    ['201 without organization', says(201, { ...whole, organizationIdentifier: null }), broken],
    ['201 with a climbing organization', says(201, { ...whole, organizationIdentifier: '../x' }), broken],
    ['201 with a number as key', says(201, { ...whole, serverKey: 1 }), broken],
    ['201 with a list', says(201, [whole]), broken],
    ['201 with HTML', says(201, '<html>'), broken],
    ['201 with nothing', says(201, ''), broken],
    ['201 that is cut off', cut, unknown('UND_ERR_SOCKET')],
    ['201 larger than 256 KiB', says(201, { ...whole, x: 'x'.repeat(262_144) }), unknown('body_too_large')],
    ['200 with the organization', says(200, whole), unknown('http_200')],
    ['202', says(202), unknown('http_202')],
    ['204', says(204, ''), unknown('http_204')],
    ['200 with a null echo', says(200, { ...whole, partnerExternalId: null }), wrongEcho],
    ['302', says(302, '', { location: '/elsewhere/' }), { seen: 'unusable', code: 'http_302' }],
    ['307', says(307, '', { location: '/elsewhere/' }), { seen: 'unusable', code: 'http_307' }],
    ['400', says(400, { email: ['taken'] }), { seen: 'refused', code: 'validation_failed' }],
    ['401', says(401), { seen: 'denied' }],
    ['403', says(403), { seen: 'denied' }],
    ['404', says(404), { seen: 'unusable', code: 'http_404' }],
    ['408', says(408), unknown('http_408')],
    ['409', says(409, '<html>'), { seen: 'refused', code: 'email_taken' }],
    ['413', says(413), { seen: 'unusable', code: 'http_413' }],
    ['422', says(422), { seen: 'refused', code: 'validation_failed' }],
    ['428', says(428), { seen: 'unusable', code: 'http_428' }],
    ['429', says(429), { seen: 'limited', retryAfterMs: 5000 }],
    ['500', says(500), soon('http_500')],
    ['502', says(502), unknown('http_502')],
    ['503', says(503), soon('http_503')],
    ['504', says(504), unknown('http_504')],
    ['a hang-up', hangUp, unknown('UND_ERR_SOCKET')],
  ] as [string, Answer, object][]) {
    it(`sees ${what} as ${(seen as { seen: string }).seen}`, async (t) => {
      const { kelviq, received } = await kelviqThat(t, answer);
      assert.deepEqual(shown(await kelviq.provision(wish)), seen);
      assert.equal(received.length, 1);
    });
  }

  it('hands over the server key as a Secret', async (t) => {
    const { kelviq } = await kelviqThat(t, says(201, whole));
    const seen = await kelviq.provision(wish);
    assert.ok(seen.seen === 'created');
    assert.equal(seen.organization.serverKey?.reveal(), 'sk_1');
  });

  for (const [value, retryAfterMs] of [
    ['17', 17_000],
    ['0', 1000],
    ['999999999', 86_400_000],
    [new Date(clock.now() + 90_000).toUTCString(), 90_000],
    [new Date(clock.now() - 90_000).toUTCString(), 1000],
    ['-5', 5000],
    ['1.5', 5000],
    ['soon', 5000],
    ['2026-11-24', 5000],
    ['', 5000],
  ] as const) {
    it(`waits ${retryAfterMs} ms for Retry-After "${value}"`, async (t) => {
      const { kelviq } = await kelviqThat(t, says(429, '', { 'retry-after': value }));
      assert.deepEqual(await kelviq.provision(wish), { seen: 'limited', retryAfterMs });
    });
  }

  it('sees that nothing was sent where nobody listens', async (t) => {
    const server = createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    server.close();
    await once(server, 'close');
    const node = createNodeSend();
    t.after(() => node.close());
    for (const send of [node.send, fetchSend]) {
      const kelviq = createKelviq({ partnerKey: new Secret(KEY), baseUrl: `http://127.0.0.1:${port}`, send });
      assert.deepEqual(await kelviq.provision(wish), { seen: 'unsent', code: 'ECONNREFUSED' });
      assert.deepEqual(await kelviq.read('c1'), { seen: 'unread', code: 'no_answer' });
    }
  });

  it('sends nothing again where the row may be in other hands', async () => {
    let key = 'kvqp_one';
    let sent = 0;
    const ring = createKeyRing(
      () => key,
      async () => void (key = 'kvqp_two'),
    );
    const send = async () => ({ status: sent++ === 0 ? 401 : 404, headers: {}, body: '' });
    const kelviq = createKelviq({ partnerKey: ring, baseUrl: 'http://x', send });
    assert.deepEqual(await kelviq.provision(wish, () => sent === 0), { seen: 'denied' });
    assert.equal(sent, 1);
    assert.deepEqual(await kelviq.read('c1'), { seen: 'absent' });
  });

  it('sends no POST whose time has passed, and says so', async (t) => {
    const { kelviq, received } = await kelviqThat(t, says(201, whole));
    assert.deepEqual(await kelviq.provision(wish, () => false), { seen: 'unsent', code: 'too_late' });
    assert.deepEqual(received, []);
  });

  it('sees doubt in whatever else its client throws', async () => {
    const send = () => Promise.reject(new TypeError(`${KEY} is no header`));
    const kelviq = createKelviq({ partnerKey: new Secret(KEY), baseUrl: 'http://x', send });
    assert.deepEqual(await kelviq.provision(wish), unknown('EUNKNOWN'));
  });
});

const badEcho = { seen: 'echo_failed', from: 'read' };
const unread = (code: string) => ({ seen: 'unread', code });

describe('read', () => {
  it('asks for one customer by a path that cannot climb', async (t) => {
    const { kelviq, received } = await kelviqThat(t, says(200, whole));
    await kelviq.read(wish.externalId);
    await kelviq.read('a/b?c');
    assert.deepEqual(
      received.map(({ method, url }) => `${method} ${url}`),
      [
        'GET /api/v1/partner/organizations/by-external-id/a.b~c%3Ad%40e%2Bf%3Dg%7Ch/',
        'GET /api/v1/partner/organizations/by-external-id/a%2Fb%3Fc/',
      ],
    );
    assert.equal(received[0]?.headers['x-kelviq-partner-key'], KEY);
    assert.equal(received[0]?.body, '');
  });

  for (const [what, answer, seen] of [
    ['200', says(200, whole), { seen: 'found', organization: hidden }],
    ['200 with a null echo', says(200, { ...whole, partnerExternalId: null }), badEcho],
    ["200 with another's echo", says(200, { ...whole, partnerExternalId: 'other' }), badEcho],
    ['200 with the secret in the open', says(200, { ...whole, clientKey: 'ck_sk_1' }), badEcho],
    [
      '200 with the secret in the only place',
      says(200, { ...whole, clientKey: 'sk_1', serverKey: null }),
      badEcho,
    ],
    ['200 with the partner key in the open', says(200, { ...whole, clientKey: KEY }), badEcho],
    ['200 with a list page', says(200, { count: 1, results: [whole] }), unread('broken_answer')],
    ['200 with HTML', says(200, '<html>'), unread('broken_answer')],
    ['201', says(201, whole), unread('http_201')],
    ['301', says(301, '', { location: '/elsewhere/' }), unread('http_301')],
    ['400', says(400), unread('http_400')],
    ['401', says(401), unread('partner_key_refused')],
    ['403', says(403), unread('partner_key_refused')],
    ['404', says(404, '<html>'), { seen: 'absent' }],
    ['410', says(410), unread('http_410')],
    ['429', says(429), unread('http_429')],
    ['500', says(500), unread('http_500')],
    ['an answer that is cut off', cut, unread('no_answer')],
    ['a hang-up', hangUp, unread('no_answer')],
  ] as [string, Answer, object][]) {
    it(`sees ${what} as ${(seen as { seen: string }).seen}`, async (t) => {
      const { kelviq, received } = await kelviqThat(t, answer);
      assert.deepEqual(shown(await kelviq.read(wish.externalId)), seen);
      assert.equal(received.filter(({ url }) => url.includes('elsewhere')).length, 0);
    });
  }
});

describe('keyState', () => {
  for (const [status, state] of [
    [201, 'ok'],
    [400, 'ok'],
    [401, 'refused'],
    [403, 'refused'],
    [404, 'ok'],
    [409, 'ok'],
    [429, 'unknown'],
    [500, 'unknown'],
  ] as const) {
    it(`is ${state} after ${status}`, async (t) => {
      const { kelviq } = await kelviqThat(t, says(status, whole));
      assert.equal(kelviq.keyState(), 'unknown');
      await kelviq.provision(wish);
      assert.equal(kelviq.keyState(), state);
    });
  }
});
