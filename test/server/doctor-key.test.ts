import assert from '../support/assert.ts';
import { describe, it } from 'node:test';
import { HttpFailure, type HttpSend, type IncomingAnswer } from '../../proxy/http.ts';
import { systemClock } from '../../proxy/clock.ts';
import { createAsk } from '../../proxy/kelviq.ts';
import { createNodeSend } from '../../proxy/node/http.ts';
import { checkKey } from '../../proxy/node/commands/doctor/key.ts';
import { Secret } from '../../proxy/secret.ts';
import { listening } from '../support/doctor.ts';
import { answer, startRawServer } from '../support/raw-server.ts';
import { FakeClock } from '../support/fake-clock.ts';

const upstream = { environment: 'sandbox', baseUrl: 'https://kelviq.example/api/v1' } as const;

/** What is said of a Kelviq that gives this answer, whose clock is `skewMs` ahead. */
async function said(given: Partial<IncomingAnswer> | HttpFailure, skewMs = 0) {
  const clock = new FakeClock();
  const urls: string[] = [];
  const send: HttpSend = async ({ url }) => {
    urls.push(url);
    if (given instanceof HttpFailure) throw given;
    const date = new Date(clock.now() + skewMs).toUTCString();
    return { status: 200, body: '{}', ...given, headers: { date, ...given.headers } };
  };
  const { tell, lines } = listening();
  const ask = createAsk({ partnerKey: new Secret('kvqp_1'), baseUrl: upstream.baseUrl, send });
  await checkKey({ ask, upstream, clock }, tell);
  assert.deepEqual(urls, ['https://kelviq.example/api/v1/partner/organizations/?page=1&page_size=1']);
  return lines;
}

const list = JSON.stringify({ results: [], count: 1234 });

describe('doctor, the partner key', () => {
  it('asks one cheap question', async () => {
    assert.deepEqual(await said({ body: list }), [
      {
        status: 'ok',
        what: 'kelviq.example takes it, in 0 ms; it lists 1,234 of your organizations',
        fix: '',
      },
    ]);
  });

  const refusals: [string, Partial<IncomingAnswer> | HttpFailure, RegExp, RegExp][] = [
    [
      '401',
      { status: 401 },
      /does not take the partner key/,
      /KELVIQ_ENV=sandbox; it may be the one of production/,
    ],
    ['403', { status: 403 }, /does not allow this/, /ask Kelviq/],
    ['404', { status: 404 }, /no partner API at this address/, /KELVIQ_BASE_URL/],
    [
      '302',
      { status: 302, headers: { location: 'https://evil.example' } },
      /redirects \(302\)/,
      /KELVIQ_BASE_URL/,
    ],
    ['429', { status: 429 }, /fewer requests/, /wait/],
    ['503', { status: 503 }, /in trouble \(503\)/, /wait/],
    ['418', { status: 418 }, /answers 418/, /KELVIQ_BASE_URL/],
    ['a page', { body: '<!doctype html>' }, /something other than the list/, /gateway/],
    ['a large page', new HttpFailure('body_too_large', true), /something other than the list/, /gateway/],
    ['another object', { body: '{"results": 7}' }, /something other than the list/, /gateway/],
    ['no such name', new HttpFailure('ENOTFOUND', false), /not found \(DNS, ENOTFOUND\)/, /DNS/],
    ['no answer of DNS', new HttpFailure('EAI_AGAIN', false), /DNS, EAI_AGAIN/, /DNS/],
    ['nobody there', new HttpFailure('ECONNREFUSED', false), /refuses connections/, /host and port/],
    ['no way there', new HttpFailure('UND_ERR_CONNECT_TIMEOUT', false), /cannot be reached/, /firewall/],
    [
      'a bad certificate',
      new HttpFailure('CERT_HAS_EXPIRED', false),
      /certificate .*TLS, CERT_HAS_EXPIRED/,
      /NODE_EXTRA_CA_CERTS/,
    ],
    [
      'a certificate of its own',
      new HttpFailure('DEPTH_ZERO_SELF_SIGNED_CERT', false),
      /certificate/,
      /renew/,
    ],
    [
      'an answer without TLS',
      new HttpFailure('ERR_SSL_WRONG_VERSION_NUMBER', false),
      /does not speak TLS/,
      /port.*http:/,
    ],
    ['silence', new HttpFailure('ETIMEDOUT', true), /does not answer in time/, /load/],
    ['a cut', new HttpFailure('ECONNRESET', true), /was lost \(ECONNRESET\)/, /try again/],
  ];
  for (const [name, given, what, fix] of refusals)
    it(`says what ${name} means`, async () => {
      const [line, ...more] = await said(given);
      assert.deepEqual([line?.status, more], ['fail', []]);
      assert.match(line?.what ?? '', what);
      assert.match(line?.fix ?? '', fix);
    });

  for (const [skewMs, odd] of [
    [0, false],
    [-58_000, false],
    [59_000, false],
    [-70_000, true],
    [3_600_000, true],
  ] as const)
    it(`${odd ? 'warns of' : 'lets pass'} a clock ${skewMs / 1000} s off`, async () => {
      const lines = await said({ body: list }, skewMs);
      assert.equal(lines.length, odd ? 2 : 1);
      if (!odd) return;
      assert.equal(lines[1]?.status, 'warn');
      assert.match(lines[1]?.what ?? '', /are (?:69|3600) s apart/);
    });

  it("reads the clock of a real server's answer", async (t) => {
    const date = new Date(Date.now() - 3_600_000).toUTCString();
    const server = await startRawServer((socket) => socket.end(answer(200, list, `Date: ${date}\r\n`)));
    const { send, close } = createNodeSend();
    t.after(async () => {
      await close();
      await server.close();
    });
    const { tell, of } = listening();
    const here = { ...upstream, baseUrl: `${server.url}/api/v1` };
    const ask = createAsk({ partnerKey: new Secret('kvqp_1'), baseUrl: here.baseUrl, send });
    await checkKey({ ask, upstream: here, clock: systemClock }, tell);
    assert.match(of('warn')[0]?.what ?? '', /are (?:3598|3599|3600) s apart/);
  });

  it('knows no skew where Kelviq tells no time', async () => {
    assert.equal((await said({ body: list, headers: { date: 'soon' } })).length, 1);
  });
});
