/**
 * What leaves the proxy goes where the settings say and nowhere else: by both senders, to a Kelviq
 * and a receiver that try to lead it away or to keep it busy.
 */
import assert from '../support/assert.ts';
import { EventEmitter, once } from 'node:events';
import type { Socket } from 'node:net';
import { describe, it, type TestContext } from 'node:test';
import { gzipSync } from 'node:zlib';
import { HttpFailure, fetchSend, type HttpSend, type OutgoingRequest } from '../../proxy/http.ts';
import { createAsk, createKelviq } from '../../proxy/kelviq.ts';
import { listPages } from '../../proxy/kelviq-list.ts';
import { createNodeSend } from '../../proxy/node/http.ts';
import { Secret } from '../../proxy/secret.ts';
import { webhook } from '../../proxy/webhook.ts';
import { deliveryEvent, webhookSecret } from '../support/delivery-event.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { answer, startRawServer, type RawServer } from '../support/raw-server.ts';

const partnerKey = new Secret('kvqp_must_stay_at_home_1');
const signup = { externalId: 'customer-1', email: 'a@example.com', businessName: null };
const SENDERS = ['createNodeSend', 'fetchSend'] as const;

function senderOf(t: TestContext, name: (typeof SENDERS)[number]): HttpSend {
  if (name === 'fetchSend') return fetchSend;
  const { send, close } = createNodeSend();
  t.after(close);
  return send;
}

async function serverThat(t: TestContext, reply: (socket: Socket) => void): Promise<RawServer> {
  const server = await startRawServer(reply);
  t.after(server.close);
  return server;
}

/** A server that leads elsewhere by every header there is, and that elsewhere, which counts its visits. */
async function misleading(t: TestContext, status: number): Promise<{ url: string; visits: () => number }> {
  const elsewhere = await serverThat(t, (socket) => void socket.write(answer(200, '{}')));
  const to = `${elsewhere.url}/taken`;
  const { url } = await serverThat(
    t,
    (socket) =>
      void socket.write(
        answer(
          status,
          JSON.stringify({ next: to, results: [], count: 250 }),
          `location: ${to}\r\nrefresh: 0; url=${to}\r\ncontent-location: ${to}\r\nlink: <${to}>; rel=next\r\n` +
            `alt-svc: h2="${new URL(to).host}"\r\nwww-authenticate: Basic realm="x"\r\n`,
        ),
      ),
  );
  return { url, visits: elsewhere.connections };
}

/** A question to a server that does not answer as it should. */
const request = (url: string): OutgoingRequest => ({
  method: 'GET',
  url,
  headers: {},
  timeoutMs: 300,
  maxBytes: 4096,
});

/** Writes `piece` for as long as anybody listens. */
const pour = (piece: string) => (socket: Socket) => {
  const again = () => void socket.write(piece, (error) => error ?? setImmediate(again));
  again();
};

for (const name of SENDERS) {
  describe(`${name}, led elsewhere`, () => {
    for (const status of [200, 201, 300, 301, 302, 303, 305, 307, 308, 401, 407, 421])
      it(`stays with Kelviq at ${status}`, async (t) => {
        const { url, visits } = await misleading(t, status);
        const kelviq = createKelviq({ partnerKey, baseUrl: url, send: senderOf(t, name) });
        const posted = await kelviq.provision(signup);
        assert.notEqual(posted.seen, 'created');
        assert.notEqual((await kelviq.read(signup.externalId)).seen, 'found');
        assert.equal(visits(), 0);
      });

    for (const status of [301, 302, 303, 307, 308])
      it(`fails a delivery at ${status}`, async (t) => {
        const { url, visits } = await misleading(t, status);
        const deliver = webhook({ url, secrets: [webhookSecret], send: senderOf(t, name) });
        await assert.rejects(deliver(deliveryEvent, { id: 'msg_1', attempt: 1 }), {
          code: `http_${status}`,
        });
        assert.equal(visits(), 0);
      });

    it('reads the next page of a list where the first was', async (t) => {
      const { url, visits } = await misleading(t, 200);
      const ask = createAsk({ partnerKey, baseUrl: url, send: senderOf(t, name) });
      for await (const page of listPages({ ask, clock: new FakeClock() })) assert.equal(page.count, 250);
      assert.equal(visits(), 0);
    });

    it('gives the receiver no key but the one it is to have', async (t) => {
      const receiver = await serverThat(t, (socket) => void socket.write(answer(204)));
      const deliver = webhook({ url: receiver.url, secrets: [webhookSecret], send: senderOf(t, name) });
      await deliver(deliveryEvent, { id: 'msg_1', attempt: 1 });
      const names = [...receiver.received().matchAll(/^([\w-]+): /gm)].map(([, header]) => header);
      assert.ok(names.includes('webhook-signature'));
      assert.deepEqual(
        names.filter((header) => /cookie|authorization|x-kelviq|referer|origin/i.test(header ?? '')),
        [],
      );
      assert.doesNotMatch(receiver.received(), /kvqp_|whsec_/);
    });
  });

  describe(`${name}, kept busy`, () => {
    const head = 'HTTP/1.1 200 OK\r\n';
    const bomb = gzipSync(Buffer.alloc(8_000_000)).toString('latin1');
    const busy: [string, (socket: Socket) => void][] = [
      ['early hints without end', pour('HTTP/1.1 103 Early Hints\r\n\r\n')],
      ['a head without end', (socket) => (socket.write(head), pour(`x-a: ${'a'.repeat(500)}\r\n`)(socket))],
      [
        'a body without end',
        (socket) => (
          socket.write(`${head}transfer-encoding: chunked\r\n\r\n`),
          pour(`100\r\n${'x'.repeat(256)}\r\n`)(socket)
        ),
      ],
      [
        'chunk extensions without end',
        (socket) => (
          socket.write(`${head}transfer-encoding: chunked\r\n\r\n1;`),
          pour('a=b;'.repeat(100))(socket)
        ),
      ],
      [
        'a length that is a lie',
        (socket) => void socket.write(`${head}content-length: 900719925474099\r\n\r\nabc`),
      ],
      [
        'two lengths',
        (socket) => void socket.write(`${head}content-length: 3\r\ncontent-length: 4\r\n\r\nabc`),
      ],
      ['one byte', (socket) => void socket.write('H')],
    ];
    for (const [what, reply] of busy)
      it(`lets go of ${what}`, async (t) => {
        const peer = new EventEmitter();
        const closed = once(peer, 'closed');
        const server = await startRawServer(
          (socket) => reply(socket),
          (socket) => void socket.once('close', () => peer.emit('closed')),
        );
        t.after(server.close);
        await assert.rejects(senderOf(t, name)(request(server.url)), HttpFailure);
        await closed;
      });

    it('unpacks no more than it may hold', async (t) => {
      const { url } = await serverThat(t, (socket) =>
        socket.write(
          `${head}content-encoding: gzip\r\ncontent-length: ${bomb.length}\r\n\r\n${bomb}`,
          'latin1',
        ),
      );
      await assert.rejects(senderOf(t, name)(request(url)), { code: 'body_too_large' });
    });
  });
}
