import assert from '../support/assert.ts';
import { createServer as createTlsServer } from 'node:tls';
import { EventEmitter, once } from 'node:events';
import type { AddressInfo, Socket } from 'node:net';
import { afterEach, describe, it } from 'node:test';
import { HttpFailure, fetchSend, type OutgoingRequest } from '../../proxy/http.ts';
import { createNodeSend, type NodeSend, type NodeSendOptions } from '../../proxy/node/http.ts';
import { answer, startRawServer, type RawServer } from '../support/raw-server.ts';

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close();
});

function sender(options: NodeSendOptions = {}): NodeSend {
  const made = createNodeSend(options);
  closing.push(made.close);
  return made;
}

async function server(...behaviour: Parameters<typeof startRawServer>): Promise<RawServer> {
  const started = await startRawServer(...behaviour);
  closing.push(started.close);
  return started;
}

const post = (url: string, change: Partial<OutgoingRequest> = {}): OutgoingRequest => ({
  method: 'POST',
  url,
  headers: { 'content-type': 'text/plain' },
  body: 'hällo',
  timeoutMs: 5000,
  maxBytes: 1000,
  ...change,
});

async function failureOf(sent: Promise<unknown>): Promise<Pick<HttpFailure, 'code' | 'sent'>> {
  const error = await sent.then(
    () => null,
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof HttpFailure);
  return { code: error.code, sent: error.sent };
}

const reply = (text: string) => (socket: Socket) => void socket.write(text);

function flood(socket: Socket): void {
  socket.write('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n');
  const pour = () =>
    void socket.write(`400\r\n${'x'.repeat(1024)}\r\n`, (error) => error ?? setImmediate(pour));
  pour();
}

describe('createNodeSend', () => {
  it('sends method, path, headers and body', async () => {
    const { url, received } = await server(
      reply(answer(201, '{"a":"ö"}', 'Retry-After: 3\r\nx-a: 1\r\nX-A: 2\r\n')),
    );
    const { status, headers, body } = await sender().send(post(`${url}/a/b/?c=d`));
    assert.equal(status, 201);
    assert.deepEqual(headers, { 'content-length': '10', 'retry-after': '3', 'x-a': '1' });
    assert.equal(body, '{"a":"ö"}');
    assert.match(received(), /^POST \/a\/b\/\?c=d HTTP\/1\.1\r\n/);
    assert.match(received(), /\r\ncontent-type: text\/plain\r\n/);
    assert.match(received(), /\r\ncontent-length: 6\r\n\r\nh\u00c3\u00a4llo$/);
  });

  for (const [name, suffix, line] of [
    ['a bare origin', '', 'GET / '],
    ['a query without a path', '?a=b', 'GET /?a=b '],
    ['a fragment', '/x#y', 'GET /x '],
  ] as const) {
    it(`takes a URL of ${name}`, async () => {
      const { url, received } = await server(reply(answer(200)));
      await sender().send({
        method: 'GET',
        url: `${url}${suffix}`,
        headers: {},
        timeoutMs: 5000,
        maxBytes: 10,
      });
      assert.ok(received().startsWith(line), received());
    });
  }

  // undici frees a connection in the next turn of the event loop, so a second one may come in.
  it('uses its connections again', async () => {
    const { url, connections } = await server(reply(answer(200, 'ok')));
    const { send } = sender();
    for (let count = 0; count < 10; count++) assert.equal((await send(post(url))).body, 'ok');
    assert.ok(connections() <= 2, `${connections()} connections`);
  });

  it('joins a body that comes in pieces', async () => {
    const { url } = await server((socket) => {
      const bytes = Buffer.from(answer(200, 'grün'));
      socket.write(bytes.subarray(0, -2));
      setImmediate(() => socket.write(bytes.subarray(-2)));
    });
    assert.equal((await sender().send(post(url))).body, 'grün');
  });

  it('passes over informational answers', async () => {
    const { url } = await server(reply(`HTTP/1.1 103 Early Hints\r\nlink: </x>\r\n\r\n${answer(200, 'ok')}`));
    const { status, headers } = await sender().send(post(url));
    assert.deepEqual({ status, headers }, { status: 200, headers: { 'content-length': '2' } });
  });
});

describe('createNodeSend, when nothing was sent', () => {
  it('says so of a refused connection', async () => {
    const gone = await startRawServer(() => undefined);
    await gone.close();
    assert.deepEqual(await failureOf(sender().send(post(gone.url))), { code: 'ECONNREFUSED', sent: false });
  });

  it('says so of a name that does not resolve', async () => {
    const error = Object.assign(new Error('no such host'), { code: 'ENOTFOUND' });
    const { send } = sender({ resolve: (_name, _options, callback) => callback(error, []) });
    assert.deepEqual(await failureOf(send(post('http://nowhere.invalid/'))), {
      code: 'ENOTFOUND',
      sent: false,
    });
  });

  it('says so of a server that speaks no TLS', async () => {
    const { port, received } = await server((socket) => socket.end('hello\r\n'));
    const failure = await failureOf(sender().send(post(`https://127.0.0.1:${port}/`)));
    assert.equal(failure.sent, false);
    assert.doesNotMatch(received(), /POST/);
  });

  it('says so of a failed TLS handshake', async () => {
    const tls = createTlsServer(() => assert.fail('no handshake can succeed without a certificate'));
    tls.on('tlsClientError', () => undefined);
    tls.listen(0, '127.0.0.1');
    await once(tls, 'listening');
    closing.push(async () => void tls.close());
    const { port } = tls.address() as AddressInfo;
    const failure = await failureOf(sender().send(post(`https://127.0.0.1:${port}/`)));
    assert.match(failure.code, /^ERR_SSL_/);
    assert.equal(failure.sent, false);
  });

  it('says so of a handshake that takes too long', async () => {
    const { port } = await server(() => undefined);
    const failure = await failureOf(
      sender({ connectTimeoutMs: 50 }).send(post(`https://127.0.0.1:${port}/`)),
    );
    assert.deepEqual(failure, { code: 'UND_ERR_CONNECT_TIMEOUT', sent: false });
  });

  it('says so of a request that no connection took', async () => {
    const { port, received } = await server(() => undefined);
    const failure = await failureOf(
      sender({ connectTimeoutMs: 500 }).send(post(`https://127.0.0.1:${port}/`, { timeoutMs: 50 })),
    );
    assert.deepEqual(failure, { code: 'ETIMEDOUT', sent: false });
    assert.doesNotMatch(received(), /POST/);
  });

  it('says so of one in line, and never sends it', async () => {
    const arrivals = new EventEmitter();
    const arrived = once(arrivals, 'socket') as Promise<[Socket]>;
    const { url, received } = await server((socket) => void arrivals.emit('socket', socket));
    const { send } = sender({ maxConnections: 1 });
    const slow = send(post(`${url}/first`));
    const [first] = await arrived;
    const failure = await failureOf(send(post(`${url}/second`, { timeoutMs: 50 })));
    assert.deepEqual(failure, { code: 'ETIMEDOUT', sent: false });
    first.write(answer(200, 'ok'));
    assert.equal((await slow).body, 'ok');
    await closing.pop()?.();
    assert.doesNotMatch(received(), /second/);
  });

  it('says so of one that may no longer start once its turn has come', async () => {
    const arrivals = new EventEmitter();
    const arrived = once(arrivals, 'socket') as Promise<[Socket]>;
    const { url, received } = await server((socket) => void arrivals.emit('socket', socket));
    const { send } = sender({ maxConnections: 1 });
    const slow = send(post(`${url}/first`));
    let mayStart = true;
    const waiting = failureOf(send(post(`${url}/second`, { mayStart: () => mayStart })));
    const [first] = await arrived;
    mayStart = false;
    first.write(answer(200, 'ok'));
    assert.equal((await slow).body, 'ok');
    assert.deepEqual(await waiting, { code: 'too_late', sent: false });
    await closing.pop()?.();
    assert.doesNotMatch(received(), /second/);
  });
});

describe('createNodeSend, when it may have arrived', () => {
  const cases: [string, string, Parameters<typeof startRawServer>][] = [
    ['a reset after accepting', 'ECONNRESET', [(socket) => socket.resetAndDestroy()]],
    ['a close without an answer', 'UND_ERR_SOCKET', [(socket) => socket.destroy()]],
    ['a hang', 'ETIMEDOUT', [() => undefined]],
    ['a hang in the head', 'ETIMEDOUT', [reply('HTTP/1.1 200 OK\r\n')]],
    ['a hang in the body', 'ETIMEDOUT', [reply('HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nabc')]],
    [
      'a truncated body',
      'UND_ERR_SOCKET',
      [(socket) => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nabc')],
    ],
    [
      'a truncated chunk',
      'UND_ERR_SOCKET',
      [(socket) => socket.end('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n9\r\nabc')],
    ],
    ['a body over the cap', 'body_too_large', [reply(answer(200, 'x'.repeat(1001)))]],
  ];
  for (const [name, code, behaviour] of cases) {
    it(`says so of ${name}`, async () => {
      const { url } = await server(...behaviour);
      assert.deepEqual(await failureOf(sender().send(post(url, { timeoutMs: 100 }))), { code, sent: true });
    });
  }

  it('says so of an answer that is not HTTP', async () => {
    const { url } = await server(reply('hello\r\n\r\n'));
    const { code, sent } = await failureOf(sender().send(post(url)));
    assert.match(code, /^HPE_|^HTTPParserError$/);
    assert.equal(sent, true);
  });

  it('holds a body that drips to the total time-out', async () => {
    const { url } = await server((socket) => {
      socket.write('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n');
      const drip = setInterval(() => socket.write('1\r\nx\r\n'), 5);
      socket.once('close', () => clearInterval(drip));
    });
    assert.deepEqual(await failureOf(sender().send(post(url, { timeoutMs: 100 }))), {
      code: 'ETIMEDOUT',
      sent: true,
    });
  });
});

for (const [name, send] of [
  ['createNodeSend', (request: OutgoingRequest) => sender().send(request)],
  ['fetchSend', fetchSend],
] as const) {
  describe(name, () => {
    it('sends nothing that may not start', async () => {
      const { url, received } = await server(reply(answer(200)));
      const failure = await failureOf(send(post(url, { mayStart: () => false })));
      assert.deepEqual([failure, received()], [{ code: 'too_late', sent: false }, '']);
    });

    it('hands over a redirect, by fetch too', async () => {
      const { url, connections, received } = await server(reply(answer(307, '', 'location: /elsewhere\r\n')));
      assert.equal((await send(post(url))).status, 307);
      assert.equal(connections(), 1);
      assert.doesNotMatch(received(), /elsewhere/);
    });
  });

  describe(`${name}, statusOnly`, () => {
    const behaviours: [string, (socket: Socket) => void][] = [
      ['is short', reply(answer(204))],
      ['never comes', reply('HTTP/1.1 204 OK\r\ncontent-length: 9\r\n\r\n')],
      ['never ends', flood],
      ['breaks off', (socket) => socket.end('HTTP/1.1 204 OK\r\ncontent-length: 9\r\n\r\nabc')],
    ];
    for (const [what, behaviour] of behaviours) {
      it(`counts the status of a body that ${what}`, async () => {
        const peer = new EventEmitter();
        const closed = once(peer, 'closed');
        const { url } = await server(
          behaviour,
          (socket) => void socket.once('close', () => peer.emit('closed')),
        );
        const { status, body } = await send(post(url, { statusOnly: true, timeoutMs: 200 }));
        assert.ok(status === 200 || status === 204);
        assert.equal(body, '');
        if (what !== 'is short') await closed;
      });
    }
  });
}
