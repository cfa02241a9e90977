import assert from 'node:assert/strict';
import { EventEmitter, once } from 'node:events';
import { connect } from 'node:net';
import { describe, it } from 'node:test';
import { Hono } from 'hono';
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
