import assert from '../support/assert.ts';
import { once } from 'node:events';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import { json } from 'node:stream/consumers';
import { describe, it, type TestContext } from 'node:test';
import { Hono, type Context } from 'hono';
import type { FieldError } from '../../proxy/contract.ts';
import { listen } from '../../proxy/node/listen.ts';
import { openApi, problemOf, signup } from '../support/api.ts';

const email = 'owner@example.com';

describe('a body that the app around has read', () => {
  for (const [how, read] of [
    ['as JSON', (c: Context) => c.req.json<unknown>()],
    ['as text', (c: Context) => c.req.text()],
  ] as const) {
    it(`is taken from there (${how})`, async (t) => {
      const around = new Hono();
      around.use(async (c, next) => {
        await read(c);
        await next();
      });
      around.route('/kelviq', openApi(t).app);
      const good = await around.request('/kelviq/v1/organizations', signup());
      assert.equal(good.status, 201);
      const large = JSON.stringify({ email, businessName: ' '.repeat(8192) });
      assert.equal((await around.request('/kelviq/v1/organizations', signup(large))).status, 413);
    });
  }
});

/** The errors of a refused body, as `pointer code`; null for one that is taken. */
async function errorsOf(t: TestContext, body: string): Promise<string[] | null> {
  const response = await openApi(t).app.request('/v1/organizations', signup(body));
  if (response.status === 201) return null;
  const problem = await problemOf(response);
  assert.equal(problem.code, 'validation_failed');
  return (problem.errors ?? []).map(({ pointer, code }: FieldError) => `${pointer} ${code}`).toSorted();
}

describe('the shape of a signup', () => {
  for (const [body, errors] of [
    ['[]', [' invalid']],
    ['1', [' invalid']],
    ['"x"', [' invalid']],
    ['null', [' invalid']],
    ['{}', ['/email required']],
    ['{"email":null}', ['/email invalid']],
    ['{"email":1}', ['/email invalid']],
    ['{"email":""}', ['/email required']],
    ['{"email":"  "}', ['/email required']],
    ['{"email":["a@b.example"]}', ['/email invalid']],
    ['{"email":"a@b.example","externalId":"c1"}', ['/externalId unknown_member']],
    ['{"email":"a@b.example","a/b~c":1}', ['/a~1b~0c unknown_member']],
    ['{"email":"a@b.example","__proto__":{"x":1}}', ['/__proto__ unknown_member']],
    [
      '{"email":"a","businessName":7,"x":1}',
      ['/businessName invalid', '/email invalid', '/x unknown_member'],
    ],
    ['{"email":"a@b.example","challenge":7}', ['/challenge invalid']],
  ] as const) {
    it(`${body} is wrong at ${errors.join(', ')}`, async (t) => {
      assert.deepEqual(await errorsOf(t, body), errors);
    });
  }

  it('takes null, blank and absent business names for none', async (t) => {
    for (const businessName of [undefined, null, '', '  '])
      assert.equal(await errorsOf(t, JSON.stringify({ email, businessName })), null);
  });

  it('quotes no value that was sent', async (t) => {
    const { app } = openApi(t);
    const body = JSON.stringify({ email: 'kvqp_planted', businessName: { kvqp_planted: 1 } });
    const response = await app.request('/v1/organizations', signup(body));
    assert.equal(response.status, 422);
    assert.doesNotMatch(await response.text(), /planted/);
  });
});

/** An address of `length` characters. */
const mail = (length: number) =>
  `${'l'.repeat(64)}@${`${'d'.repeat(61)}.`.repeat(8)}`.slice(0, length - 8) + '.example';

describe('lengths', () => {
  for (const [what, body, errors] of [
    ['200 astral characters in a name', { email, businessName: '🥐'.repeat(200) }, null],
    ['201 astral characters', { email, businessName: '🥐'.repeat(201) }, ['/businessName too_long']],
    ['200 characters in white space', { email, businessName: ` ${'a'.repeat(200)}\n` }, null],
    ['254 in an e-mail', { email: mail(254) }, null],
    ['255 in an e-mail', { email: mail(255) }, ['/email too_long']],
    ['a challenge of 4097', { email, challenge: 'a'.repeat(4097) }, ['/challenge too_long']],
  ] as const) {
    it(`${what}: ${errors ? 'too long' : 'fine'}`, async (t) => {
      assert.deepEqual(await errorsOf(t, JSON.stringify(body)), errors);
    });
  }
});

describe('characters that nobody types', () => {
  for (const [what, character] of [
    ['NUL', '\0'],
    ['a line feed', '\n'],
    ['a carriage return', '\r'],
    ['a C1 control', '\u0085'],
    ['a lone high surrogate', '\ud83e'],
    ['a lone low surrogate', '\udd50'],
    ['a bidi override', '\u202e'],
    ['a bidi isolate', '\u2066'],
    ['a line separator', '\u2028'],
  ] as const) {
    it(`refuses ${what}`, async (t) => {
      const body = JSON.stringify({ email: `ow${character}ner@example.com`, businessName: `A${character}B` });
      assert.deepEqual(await errorsOf(t, body), ['/businessName invalid', '/email invalid']);
    });
  }

  it('takes what people do type', async (t) => {
    const body = { email: 'jördis+1@bäckerei.example', businessName: 'مخبز 🥐 & Söhne «A»' };
    assert.equal(await errorsOf(t, JSON.stringify(body)), null);
  });
});

/** Exactly `bytes` long, in two-byte characters, so that bytes and not characters are what counts. */
function bodyOf(bytes: number): string {
  const shell = JSON.stringify({ email, businessName: '' });
  const pad = bytes - Buffer.byteLength(shell);
  return shell.replace('""', `"${'\u00a0'.repeat(pad >> 1)}${' '.repeat(pad % 2)}"`);
}

/** A listening server; gives the address of its signups. */
async function server(t: TestContext): Promise<URL> {
  const { url, close } = await listen(openApi(t).app, '127.0.0.1', 0);
  t.after(() => close(AbortSignal.abort()));
  return new URL(`${url}/v1/organizations`);
}

/** Sends `chunks` without a length, and gives the answer. */
async function send(
  url: URL,
  chunks: Iterable<string>,
  { host = url.host, end = true } = {},
): Promise<IncomingMessage> {
  const usual = signup().headers as Record<string, string>;
  const headers = { ...usual, host, 'transfer-encoding': 'chunked' };
  const outgoing = httpRequest(url, { method: 'POST', headers });
  outgoing.on('error', () => undefined);
  const answered = once(outgoing, 'response') as Promise<[IncomingMessage]>;
  for (const chunk of chunks) outgoing.write(chunk);
  if (end) outgoing.end();
  const [answer] = await answered;
  return answer;
}

describe('8 KiB on the wire', () => {
  for (const [bytes, status] of [
    [8192, 201],
    [8193, 413],
  ] as const) {
    it(`${bytes} bytes get ${status}, counted as they come`, async (t) => {
      const body = bodyOf(bytes);
      assert.equal(Buffer.byteLength(body), bytes);
      const answer = await send(await server(t), [body.slice(0, 1000), body.slice(1000)]);
      assert.equal(answer.statusCode, status);
      const { code } = (await json(answer)) as { code?: string };
      assert.equal(code, status === 413 ? 'body_too_large' : undefined);
    });
  }

  it('are not waited for when more have come', async (t) => {
    const answer = await send(await server(t), ['x'.repeat(9000)], { end: false });
    assert.equal(answer.statusCode, 413);
    answer.destroy();
  });

  it('get 413 by their announced length alone', async (t) => {
    const { app } = openApi(t);
    const response = await app.request('/v1/organizations', signup('{}', { 'content-length': '8193' }));
    assert.equal(response.status, 413);
  });

  for (const host of ['l1.1', 'xn--'])
    it(`are malformed for a host that no URL may have: ${host}`, async (t) => {
      const answer = await send(await server(t), [bodyOf(100)], { host });
      assert.equal(answer.statusCode, 400);
      assert.equal(((await json(answer)) as { code?: string }).code, 'malformed_request');
    });

  it('end with 431 where the head alone is too large', async (t) => {
    const url = await server(t);
    const socket = connect(Number(url.port), url.hostname);
    socket.write(`GET /v1/session HTTP/1.1\r\nhost: a\r\nx: ${'a'.repeat(20_000)}\r\n\r\n`);
    const [head] = (await once(socket, 'data')) as [Buffer];
    assert.match(head.toString('latin1'), /^HTTP\/1\.1 431 /);
    socket.destroy();
  });
});
