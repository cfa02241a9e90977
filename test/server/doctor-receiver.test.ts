import assert from '../support/assert.ts';
import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { describe, it, type TestContext } from 'node:test';
import { Webhook } from 'standardwebhooks';
import { systemClock } from '../../proxy/clock.ts';
import { HttpFailure, type HttpSend } from '../../proxy/http.ts';
import { checkReceiver } from '../../proxy/node/commands/doctor/receiver.ts';
import { createNodeSend } from '../../proxy/node/http.ts';
import { readEncryptionKey } from '../../proxy/seal.ts';
import { Secret } from '../../proxy/secret.ts';
import { newerWebhookSecret, webhookSecret } from '../support/delivery-event.ts';
import { listening } from '../support/doctor.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { startReceiver } from '../support/receiver.ts';

const secrets = [new Secret(webhookSecret)];

/** A receiver that answers each request with the status that `judge` gives. */
async function receiverThat(
  t: TestContext,
  judge: (request: IncomingMessage, body: string) => number,
): Promise<string> {
  const server = createServer((request, response) => {
    void text(request).then((body) => response.writeHead(judge(request, body)).end());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/hooks`;
}

/** What is said of the receiver at `url`, as [status, what] with its host taken out. */
async function said(t: TestContext, url: string, signing = secrets) {
  const { send, close } = createNodeSend();
  t.after(close);
  const { tell, lines } = listening();
  await checkReceiver({ url, secrets: signing, send, clock: systemClock }, tell);
  const { host } = new URL(url);
  return lines.map(({ status, what }) => [status, what.replace(`${host} `, '').replace(/, \d+ ms/, '')]);
}

const good = [
  ['ok', 'takes a rightly signed ping (204)'],
  ['ok', 'refuses a wrong signature (400)'],
  ['ok', 'refuses a signature of 10 minutes ago (400)'],
];

describe('doctor, the receiver', () => {
  it('names a key to which nothing can be sealed', async () => {
    const { tell, lines } = listening();
    const encryptionKey = readEncryptionKey({ kty: 'OKP', crv: 'X25519', x: 'A'.repeat(43) });
    if (encryptionKey instanceof Error) throw encryptionKey;
    const url = 'http://127.0.0.1:9/';
    const send = createNodeSend().send;
    await checkReceiver({ url, secrets, encryptionKey, send, clock: systemClock }, tell);
    assert.deepEqual(
      lines.map(({ status, what }) => [status, what.split(' ', 1)[0]]),
      [['fail', 'WEBHOOK_ENCRYPTION_KEY']],
    );
  });

  it('is well with verifyDelivery, which stores no ping', async (t) => {
    const receiver = await startReceiver(webhookSecret);
    t.after(receiver.close);
    assert.deepEqual(await said(t, receiver.url), good);
    assert.deepEqual(receiver.events, []);
  });

  it('is well with any Standard Webhooks library', async (t) => {
    const types: unknown[] = [];
    const url = await receiverThat(t, ({ headers }, body) => {
      try {
        types.push(
          (new Webhook(webhookSecret).verify(body, headers as Record<string, string>) as { type: string })
            .type,
        );
        return 204;
      } catch {
        return 400;
      }
    });
    assert.deepEqual(await said(t, url), good);
    assert.deepEqual(types, ['ping']);
  });

  it('fails that looks at no signature', async (t) => {
    const lines = await said(t, await receiverThat(t, () => 200));
    assert.deepEqual(
      lines.map(([status]) => status),
      ['ok', 'fail', 'fail'],
    );
    assert.match(lines[1]?.[1] ?? '', /^takes a wrong signature \(200\): anybody/);
    assert.match(lines[2]?.[1] ?? '', /^takes a signature of 10 minutes ago \(200\)/);
  });

  it('fails that looks at no timestamp', async (t) => {
    const key = Buffer.from(webhookSecret.slice(6), 'base64');
    const url = await receiverThat(t, ({ headers }, body) => {
      const signed = `${String(headers['webhook-id'])}.${String(headers['webhook-timestamp'])}.${body}`;
      const expected = `v1,${createHmac('sha256', key).update(signed).digest('base64')}`;
      return headers['webhook-signature'] === expected ? 204 : 401;
    });
    assert.deepEqual(
      (await said(t, url)).map(([status]) => status),
      ['ok', 'ok', 'fail'],
    );
  });

  it('warns that fails instead of refusing', async (t) => {
    let asked = 0;
    const lines = await said(t, await receiverThat(t, () => (asked++ === 0 ? 200 : 500)));
    assert.deepEqual(
      lines.map(([status]) => status),
      ['ok', 'warn', 'warn'],
    );
  });

  it('sends no id twice, which might be answered unseen', async (t) => {
    const ids = new Set<unknown>();
    await said(t, await receiverThat(t, ({ headers }) => (ids.add(headers['webhook-id']), 204)));
    assert.equal(ids.size, 3);
  });

  it('says which secrets it knows while they are rotated', async (t) => {
    const receiver = await startReceiver(webhookSecret);
    t.after(receiver.close);
    const lines = await said(t, receiver.url, [new Secret(newerWebhookSecret), ...secrets]);
    assert.deepEqual(lines.slice(0, 3), good);
    assert.deepEqual(lines.slice(3), [
      ['warn', 'does not know secret 1 of 2 in WEBHOOK_SECRET'],
      ['ok', 'knows secret 2 of 2 in WEBHOOK_SECRET'],
    ]);
  });

  for (const [status, what] of [
    [400, /refuses a rightly signed ping/],
    [401, /refuses a rightly signed ping/],
    [404, /nothing that takes a POST/],
    [405, /nothing that takes a POST/],
    [500, /fails on a rightly signed ping/],
    [308, /redirects \(308\)/],
  ] as const)
    it(`says what ${status} to a good ping means`, async (t) => {
      const lines = await said(t, await receiverThat(t, () => status));
      assert.deepEqual(
        lines.map(([verdict]) => verdict),
        ['fail', 'skip'],
      );
      assert.match(lines[0]?.[1] ?? '', what);
    });

  for (const [status, before] of [
    [400, /^give it/],
    [401, /^let no sign-in and no CSRF check/],
    [403, /^let no sign-in and no CSRF check/],
    [413, /^look at what stands before it/],
    [419, /^let no sign-in and no CSRF check/],
    [422, /^let no sign-in and no CSRF check/],
    [429, /^look at what stands before it/],
  ] as const)
    it(`thinks of what stands before it at ${status}`, async (t) => {
      const url = await receiverThat(t, () => status);
      const { send, close } = createNodeSend();
      t.after(close);
      const { tell, lines } = listening();
      await checkReceiver({ url, secrets, send, clock: systemClock }, tell);
      assert.match(lines[0]?.fix ?? '', before);
      assert.match(lines[0]?.fix ?? '', /WEBHOOK_SECRET of the proxy/);
    });

  it('names an address inside a network', async () => {
    const { send, close } = createNodeSend({ publicOnly: true });
    const { tell, lines } = listening();
    await checkReceiver({ url: 'https://10.0.0.7/hooks', secrets, send, clock: systemClock }, tell);
    await close();
    assert.deepEqual(
      lines.map(({ status, fix }) => [status, fix]),
      [['fail', 'if it is your own receiver, set WEBHOOK_ALLOW_INTERNAL=true']],
    );
  });

  it('names silence, and slowness before it', async () => {
    const clock = new FakeClock();
    const hanging: HttpSend = async ({ timeoutMs }) => {
      clock.stall(timeoutMs);
      throw new HttpFailure('ETIMEDOUT', true);
    };
    const slow: HttpSend = async () => {
      clock.stall(6000);
      return { status: 204, headers: {}, body: '' };
    };
    for (const [send, status, what] of [
      [hanging, 'fail', /does not answer in time/],
      [slow, 'warn', /but after 6000 ms/],
    ] as const) {
      const { tell, lines } = listening();
      await checkReceiver({ url: 'https://slow.example/hooks', secrets, send, clock }, tell);
      assert.equal(lines[0]?.status, status);
      assert.match(lines[0]?.what ?? '', what);
    }
  });
});
