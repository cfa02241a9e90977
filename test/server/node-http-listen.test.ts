import assert from '../support/assert.ts';
import { EventEmitter, once } from 'node:events';
import { connect } from 'node:net';
import { buffer } from 'node:stream/consumers';
import type { TestContext } from 'node:test';
import { describe, it } from 'node:test';
import type { HttpBindings } from '@hono/node-server';
import { Hono } from 'hono';
import { createClientAddress } from '../../proxy/node/client-address.ts';
import { listen } from '../../proxy/node/listen.ts';

const never = new AbortController().signal;

/** A server whose one route says when it was entered and waits to be let go. */
async function slowServer() {
  const gate = new EventEmitter();
  const entered = once(gate, 'entered');
  const app = new Hono().get('/slow', async (c) => {
    const go = once(gate, 'go');
    gate.emit('entered');
    await go;
    return c.text('done');
  });
  return { ...(await listen(app, '127.0.0.1', 0)), entered, go: () => gate.emit('go') };
}

describe('listen', () => {
  it('tells a URL that can be opened', async () => {
    const app = new Hono().get('/', (c) => c.text('hello'));
    for (const [host, pattern] of [
      ['0.0.0.0', /^http:\/\/localhost:\d+$/],
      ['127.0.0.1', /^http:\/\/127\.0\.0\.1:\d+$/],
    ] as const) {
      const { url, close } = await listen(app, host, 0);
      assert.match(url, pattern);
      assert.equal(await (await fetch(url)).text(), 'hello');
      assert.equal(await close(never), true);
    }
  });

  it('rejects where the port is in use', async () => {
    const { url, close } = await listen(new Hono(), '127.0.0.1', 0);
    await assert.rejects(listen(new Hono(), '127.0.0.1', Number(new URL(url).port)), { code: 'EADDRINUSE' });
    await close(never);
  });

  it('answers HTTP/1.0 that names no host', async () => {
    const { url, close } = await listen(
      new Hono().get('/healthz', (c) => c.text('up')),
      '127.0.0.1',
      0,
    );
    const socket = connect(Number(new URL(url).port), '127.0.0.1');
    socket.write('GET /healthz HTTP/1.0\r\n\r\n');
    assert.match((await buffer(socket)).toString(), /^HTTP\/1\.1 200 OK\r\n[^]*\r\n\r\nup$/);
    await close(never);
  });

  it('finishes what is in hand and accepts no more', async () => {
    const { url, close, entered, go } = await slowServer();
    const answer = fetch(`${url}/slow`);
    await entered;
    const closing = close(never);
    await assert.rejects(fetch(url));
    go();
    assert.equal(await (await answer).text(), 'done');
    assert.equal(await closing, true);
  });

  it('ends what is in hand when time is up', async () => {
    const { url, close, entered } = await slowServer();
    const answer = fetch(`${url}/slow`);
    const failed = assert.rejects(answer);
    await entered;
    const limit = new AbortController();
    const closing = close(limit.signal);
    limit.abort();
    assert.equal(await closing, false);
    await failed;
  });

  it('does not wait for idle connections', async () => {
    const { url, close } = await listen(new Hono(), '127.0.0.1', 0);
    const socket = connect(Number(new URL(url).port), '127.0.0.1');
    socket.on('error', () => undefined);
    await once(socket, 'connect');
    socket.write('GET / HTTP/1.1\r\nhost: a\r\n\r\n');
    await once(socket, 'data');
    const ended = once(socket, 'close');
    socket.resume();
    assert.equal(await close(never), true);
    await ended;
  });

  it('answers an oversized head with 431', async () => {
    const { url, close } = await listen(new Hono(), '127.0.0.1', 0);
    const response = await fetch(url, { headers: { 'x-large': 'x'.repeat(20_000) } });
    assert.equal(response.status, 431);
    await close(never);
  });
});

describe('a connection', { timeout: 30_000 }, () => {
  const limits = { headMs: 200, requestMs: 400, idleMs: 300, stillMs: 300, connections: 3 };

  const echo = new Hono().post('/', async (c) => c.text(await c.req.text())).get('/', (c) => c.text('hello'));

  async function server(t: TestContext, others: Partial<typeof limits> = {}, app: Hono = echo) {
    const { url, close } = await listen(app, '127.0.0.1', 0, { ...limits, ...others });
    t.after(() => close(AbortSignal.abort()));
    const open = async (sent = '') => {
      const socket = connect(Number(new URL(url).port), '127.0.0.1');
      socket.on('error', () => undefined);
      await once(socket, 'connect');
      socket.write(sent);
      return socket;
    };
    return { url, open };
  }

  const head = 'POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 999\r\n';
  for (const [what, sent, drops] of [
    ['says nothing', '', ''],
    ['drips its head', 'GET / HTTP/1.1\r\n', 'a: 1\r\n'],
    ['drips its body', `${head}\r\n`, 'x'],
  ] as const)
    it(`that ${what} is ended`, async (t) => {
      const { open } = await server(t);
      const socket = await open(sent);
      const drip = setInterval(() => socket.write(drops), 50);
      t.after(() => clearInterval(drip));
      const answer = await buffer(socket);
      assert.match(answer.toString(), /^(HTTP\/1\.1 408 |$)/);
    });

  it('that stays idle after an answer is ended', async (t) => {
    // Not for being still: that would end it at some other time.
    const { open } = await server(t, { stillMs: 60_000 });
    const socket = await open('GET / HTTP/1.1\r\nhost: a\r\n\r\n');
    assert.match((await buffer(socket)).toString(), /hello$/);
  });

  it('that does not read its answer is ended', async (t) => {
    const gone = new EventEmitter();
    const app = new Hono().get('/large', (c) => {
      const { outgoing } = c.env as HttpBindings;
      outgoing.once('close', () => gone.emit('closed'));
      return c.body(new Uint8Array(32_000_000));
    });
    const { open } = await server(t, {}, app);
    const closed = once(gone, 'closed');
    const greedy = await open('GET /large HTTP/1.1\r\nhost: a\r\n\r\n');
    greedy.pause();
    t.after(() => greedy.destroy());
    await closed;
  });

  it('is known by its address after it has gone', async (t) => {
    const gone = new EventEmitter();
    const clientAddress = createClientAddress(0, () => undefined);
    const app = new Hono().get('/', async (c) => {
      const { outgoing } = c.env as HttpBindings;
      if (!outgoing.destroyed) await once(outgoing, 'close');
      gone.emit('address', clientAddress(c));
      return c.text('');
    });
    const { url, close } = await listen(app, '127.0.0.1', 0);
    t.after(() => close(AbortSignal.abort()));
    const told = once(gone, 'address');
    const socket = connect(Number(new URL(url).port), '127.0.0.1');
    socket.on('error', () => undefined);
    await once(socket, 'connect');
    socket.write('GET / HTTP/1.1\r\nhost: a\r\n\r\n', () => socket.resetAndDestroy());
    assert.deepEqual(await told, ['127.0.0.1']);
  });

  it('that asks nothing more makes room', async (t) => {
    const { url, open } = await server(t, { idleMs: 60_000, stillMs: 60_000 });
    const idle = await Promise.all([1, 2, 3].map(() => open('GET / HTTP/1.1\r\nhost: a\r\n\r\n')));
    const signal = AbortSignal.timeout(10_000);
    const closed = Promise.all(idle.map((socket) => once(socket, 'close', { signal })));
    await Promise.all(idle.map((socket) => once(socket, 'data')));
    assert.equal((await buffer(await open())).length, 0);
    await closed;
    assert.equal(await (await fetch(url)).text(), 'hello');
  });

  it('beyond the most is closed as it comes', async (t) => {
    // Nothing but the bound closes one.
    const { url, open } = await server(t, { headMs: 60_000, requestMs: 60_000, stillMs: 60_000 });
    const held = await Promise.all([open(), open(), open()]);
    assert.equal((await buffer(await open())).length, 0);
    const freed = Promise.all(held.map((socket) => once(socket, 'close')));
    for (const socket of held) socket.destroy();
    await freed;
    for (;;) {
      const answer = await fetch(url).catch(() => null);
      if (answer) return assert.equal(await answer.text(), 'hello');
    }
  });
});
