import assert from '../support/assert.ts';
import { describe, it } from 'node:test';
import { DeliveryFailure } from '../../proxy/delivery.ts';
import { HttpFailure, type HttpSend, type IncomingAnswer, type OutgoingRequest } from '../../proxy/http.ts';
import { Secret } from '../../proxy/secret.ts';
import { decodeSecret, verifySignature } from '../../proxy/signature.ts';
import { webhook } from '../../proxy/webhook.ts';
import {
  deliveryEvent,
  deliveryTimeS,
  newerWebhookSecret,
  webhookSecret,
} from '../support/delivery-event.ts';

const clock = { now: () => deliveryTimeS * 1000 + 999, sleep: async () => undefined };
const url = 'https://partner.example/hooks/kelviq';
const context = { id: 'evt_1', attempt: 3 };

function receiver(answer: Partial<IncomingAnswer> | HttpFailure) {
  const requests: OutgoingRequest[] = [];
  const send: HttpSend = async (request) => {
    requests.push(request);
    if (answer instanceof HttpFailure) throw answer;
    return { status: 204, headers: {}, body: '', ...answer };
  };
  return { requests, send };
}

async function failureOf(answer: Partial<IncomingAnswer> | HttpFailure): Promise<DeliveryFailure> {
  const { send } = receiver(answer);
  const deliver = webhook({ url, secrets: [webhookSecret], send, clock });
  const failure = await deliver(deliveryEvent, context).then(
    () => null,
    (error: unknown) => error,
  );
  assert.ok(failure instanceof DeliveryFailure);
  return failure;
}

describe('webhook', () => {
  it('posts the event once, signed by every secret', async () => {
    const { requests, send } = receiver({ status: 200 });
    const secrets = [webhookSecret, new Secret(newerWebhookSecret)];
    await webhook({ url, secrets, send, clock })(deliveryEvent, context);
    assert.equal(requests.length, 1);
    const { method, url: to, headers, body = '', timeoutMs, statusOnly } = requests[0] ?? assert.fail();
    assert.deepEqual(
      { method, to, timeoutMs, statusOnly },
      { method: 'POST', to: url, timeoutMs: 15_000, statusOnly: true },
    );
    assert.deepEqual(JSON.parse(body), deliveryEvent);
    assert.equal(headers['content-type'], 'application/json');
    assert.equal(headers['webhook-id'], 'evt_1');
    assert.equal(headers['webhook-timestamp'], String(deliveryTimeS));
    for (const secret of [webhookSecret, newerWebhookSecret]) {
      const fault = await verifySignature({
        id: 'evt_1',
        timestamp: String(deliveryTimeS),
        signature: headers['webhook-signature'] ?? '',
        body,
        keys: [decodeSecret(secret) ?? assert.fail()],
        nowS: deliveryTimeS,
      });
      assert.equal(fault, null);
    }
  });

  for (const status of [200, 201, 202, 204, 299]) {
    it(`counts ${status} as delivered`, async () => {
      const { send } = receiver({ status });
      await webhook({ url, secrets: [webhookSecret], send, clock })(deliveryEvent, context);
    });
  }

  for (const status of [301, 302, 307, 304, 400, 401, 404, 410, 429, 500, 503]) {
    it(`rejects on ${status}`, async () => {
      const { code, retryAfterMs } = await failureOf({
        status,
        headers: { location: 'https://evil.example/' },
      });
      assert.deepEqual({ code, retryAfterMs }, { code: `http_${status}`, retryAfterMs: null });
    });
  }

  it('says when the receiver wants the next try', async () => {
    const failure = await failureOf({ status: 503, headers: { 'retry-after': '120' } });
    assert.equal(failure.retryAfterMs, 120_000);
  });

  for (const [name, cause, code] of [
    ['a refused connection', new HttpFailure('ECONNREFUSED', false), 'connect_failed'],
    ['a private address', new HttpFailure('internal_address', false), 'internal_address'],
    ['a hanging receiver', new HttpFailure('ETIMEDOUT', true), 'timed_out'],
    ['a reset', new HttpFailure('ECONNRESET', true), 'connection_lost'],
  ] as const) {
    it(`names ${name} ${code}`, async () => {
      const failure = await failureOf(cause);
      assert.equal(failure.code, code);
      assert.equal(failure.cause, cause);
    });
  }

  for (const [name, secrets] of [
    ['no secret', []],
    ['a malformed secret', [webhookSecret, 'whsec_c2hvcnQ=']],
    ['a secret that is not set', [undefined as unknown as string]],
    ['secrets in one text', 'whsec_c2hvcnQ=' as unknown as string[]],
  ] as const) {
    it(`cannot be made with ${name}, and does not quote it`, () => {
      assert.throws(
        () => webhook({ url, secrets }),
        (error: Error) => /secret/.test(error.message) && !error.message.includes('c2hvcnQ'),
      );
    });
  }

  for (const none of ['', 'backend.example', 'file:///hook', 'https://', undefined as unknown as string])
    it(`cannot be made for ${JSON.stringify(none)}`, () => {
      assert.throws(() => webhook({ url: none, secrets: [webhookSecret] }), TypeError);
    });

  for (const plain of ['http://backend.example/hook', 'http://10.0.0.2/hook', 'http://backend:3000/'])
    it(`carries no key to ${plain} unless it may`, () => {
      const secrets = [webhookSecret];
      assert.throws(() => webhook({ url: plain, secrets }), /https:\/\/.*allowInternal/);
      webhook({ url: plain, secrets, allowInternal: true });
    });

  for (const own of ['http://localhost:3000/', 'http://127.0.0.1/', 'http://[::1]/', 'http://api.localhost/'])
    it(`needs no word for ${own}`, () => void webhook({ url: own, secrets: [webhookSecret] }));

  it('cannot be made for an address with a password, and does not quote it', () => {
    assert.throws(
      () => webhook({ url: 'https://me:hunter2@backend.example/', secrets: [webhookSecret] }),
      (error: Error) => /no password/.test(error.message) && !error.message.includes('hunter2'),
    );
  });
});
