import assert from '../support/assert.ts';
import { describe, it } from 'node:test';
import { decodeJwt } from 'jose';
import { createBackend } from '../../demo/partner/backend.ts';
import { Feed } from '../../demo/partner/feed.ts';
import { decodeSecret, signDelivery } from '../../proxy/signature.ts';
import { deliveryEvent, webhookSecret } from '../support/delivery-event.ts';
import { keyPair } from '../support/sealing.ts';

const sessionSecret = 'session-secret-of-the-demo-backend';

function start() {
  const feed = new Feed();
  const seen: string[] = [];
  feed.watch((event, data) => seen.push(`${event} ${data}`));
  const decryptionKey = keyPair('EC').privateJwk;
  return {
    app: createBackend({ webhookSecret, sessionSecret, decryptionKey: JSON.stringify(decryptionKey), feed }),
    feed,
    seen,
  };
}

async function delivery(text = JSON.stringify(deliveryEvent), signed = text): Promise<RequestInit> {
  const timestampS = Math.floor(Date.now() / 1000);
  const key = decodeSecret(webhookSecret);
  assert.ok(key);
  const signature = await signDelivery({ id: 'msg_1', timestampS, body: signed, keys: [key] });
  const headers = {
    'webhook-id': 'msg_1',
    'webhook-timestamp': String(timestampS),
    'webhook-signature': signature,
  };
  return { method: 'POST', body: text, headers };
}

describe("demo partner's backend", () => {
  it('mints a token for the customer in the cookie', async () => {
    const { app } = start();
    const signedIn = await app.request('/demo/customer', { method: 'POST' });
    const cookie = signedIn.headers.get('set-cookie') ?? '';
    assert.match(cookie, /^customer=customer-[\da-f-]{36}; .*HttpOnly; SameSite=Strict$/);
    const headers = { cookie: cookie.split(';')[0] ?? '' };
    const { token } = (await (await app.request('/session', { method: 'POST', headers })).json()) as {
      token: string;
    };
    assert.equal(`customer=${decodeJwt(token).sub}`, headers.cookie);
  });

  it('mints no token for a stranger', async () => {
    const { app } = start();
    assert.equal((await app.request('/session', { method: 'POST' })).status, 401);
  });

  it('takes a good delivery and shows it masked', async () => {
    const { app, seen } = start();
    const text = JSON.stringify({
      ...deliveryEvent,
      data: { ...deliveryEvent.data, serverKey: 'sk_test_0123456789abcdef' },
    });
    assert.equal((await app.request('/webhooks/kelviq', await delivery(text))).status, 204);
    assert.equal((await app.request('/webhooks/kelviq', await delivery(text))).status, 204);
    assert.match(seen[1] ?? '', /"reason":"The signature is good. Stored."/);
    assert.match(seen[2] ?? '', /Known already, stored over/);
    assert.match(seen[1] ?? '', /"serverKey":"sk_test_••••cdef"/);
    assert.ok(!seen.join('').includes('0123456789abcdef'));
  });

  it('refuses a delivery that was changed on its way', async () => {
    const { app, seen } = start();
    const changed = await delivery(
      JSON.stringify({ ...deliveryEvent, type: 'else' }),
      JSON.stringify(deliveryEvent),
    );
    assert.equal((await app.request('/webhooks/kelviq', changed)).status, 400);
    assert.match(seen.at(-1) ?? '', /"status":400,"event":null/);
  });

  it('answers 503 while it is told to be down', async () => {
    const { app } = start();
    const turn = (down: boolean) =>
      app.request('/demo/receiver', { method: 'POST', body: JSON.stringify({ down }) });
    await turn(true);
    assert.equal((await app.request('/webhooks/kelviq', await delivery())).status, 503);
    await turn(false);
    assert.equal((await app.request('/webhooks/kelviq', await delivery())).status, 204);
  });
});

describe('feed', () => {
  it('gives a late page all since the last clearing', () => {
    const { feed, seen } = start();
    feed.show({ lane: 'proxy', line: { n: 1 } });
    feed.clear();
    feed.show({ lane: 'proxy', line: { n: 2 } });
    const late: string[] = [];
    feed.watch((event, data) => late.push(`${event} ${data}`))();
    feed.show({ lane: 'proxy', line: { n: 3 } });
    assert.deepEqual(late, ['clear ', 'sight {"lane":"proxy","line":{"n":2}}']);
    assert.equal(seen.length, 5);
  });
});
