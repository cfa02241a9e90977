import assert from '../support/assert.ts';
import { describe, it, mock } from 'node:test';
import { Webhook } from 'standardwebhooks';
import { DeliveryVerificationError, verifyDelivery, type ReceivedDelivery } from '../../proxy/backend.ts';
import {
  deliveryEvent,
  deliveryTimeS,
  newerWebhookSecret,
  webhookSecret,
} from '../support/delivery-event.ts';

function signed(body: string): ReceivedDelivery & { body: string; headers: Record<string, string> } {
  const signature = new Webhook(webhookSecret).sign('evt_1', new Date(deliveryTimeS * 1000), body);
  return {
    body,
    headers: {
      'webhook-id': 'evt_1',
      'webhook-timestamp': String(deliveryTimeS),
      'webhook-signature': signature,
    },
    secret: webhookSecret,
    now: deliveryTimeS,
  };
}

const valid = signed(JSON.stringify(deliveryEvent));
const { headers } = valid;
const without = (name: string) => ({ ...headers, [name]: undefined });

describe('verifyDelivery', () => {
  const good: [string, Partial<ReceivedDelivery>][] = [
    ['a string', {}],
    ['bytes', { body: Buffer.from(valid.body) }],
    ['an ArrayBuffer', { body: new TextEncoder().encode(valid.body).buffer }],
    ['a header in a list of one', { headers: { ...headers, 'webhook-id': ['evt_1'] } }],
    ['Headers', { headers: new Headers(headers) }],
    ['header names in capitals', { headers: { ...without('webhook-id'), 'Webhook-Id': 'evt_1' } }],
    ['several secrets', { secret: [newerWebhookSecret, webhookSecret] }],
    ['several secrets in one string', { secret: ` ${newerWebhookSecret}  ${webhookSecret} ` }],
    ['a delivery 5 min old', { now: deliveryTimeS + 300 }],
    ['an older one where that is allowed', { now: deliveryTimeS + 3000, toleranceS: 3000 }],
  ];
  for (const [name, change] of good) {
    it(`takes ${name}`, async () =>
      assert.deepEqual(await verifyDelivery({ ...valid, ...change }), deliveryEvent));
  }

  it('takes a ping, which is no organization', async () => {
    const ping = { type: 'ping', timestamp: deliveryEvent.timestamp, data: {} };
    assert.deepEqual(await verifyDelivery(signed(JSON.stringify(ping))), ping);
  });

  it('measures age with the clock of the machine', async () => {
    const { now: _, ...rest } = valid;
    mock.timers.enable({ apis: ['Date'], now: (deliveryTimeS + 301) * 1000 });
    try {
      await assert.rejects(verifyDelivery(rest), { code: 'timestamp_too_old' });
    } finally {
      mock.timers.reset();
    }
  });

  const { email, ...parts } = deliveryEvent.data;
  const broken: [string, string, Partial<ReceivedDelivery>][] = [
    ['another secret', 'signature_mismatch', { secret: newerWebhookSecret }],
    ['a changed body', 'signature_mismatch', { body: `${JSON.stringify(deliveryEvent)}\n` }],
    ['another id', 'signature_mismatch', { headers: { ...headers, 'webhook-id': 'evt_2' } }],
    ['parsed JSON', 'body_not_raw', { body: deliveryEvent as unknown as string }],
    ['no body', 'body_not_raw', { body: undefined as unknown as string }],
    ['no secret', 'invalid_secret', { secret: [] }],
    ['a secret that is not set', 'invalid_secret', { secret: undefined as unknown as string }],
    [
      'one of several that is not',
      'invalid_secret',
      { secret: [webhookSecret, undefined as unknown as string] },
    ],
    ['an empty secret', 'invalid_secret', { secret: '' }],
    ['a malformed secret', 'invalid_secret', { secret: [webhookSecret, 'whsec_c2hvcnQ='] }],
    ['no headers', 'missing_header', { headers: undefined as unknown as Headers }],
    ['no id', 'missing_header', { headers: without('webhook-id') }],
    ['no timestamp', 'missing_header', { headers: without('webhook-timestamp') }],
    ['no signature', 'missing_header', { headers: without('webhook-signature') }],
    ['a repeated id', 'missing_header', { headers: { ...headers, 'webhook-id': ['evt_1', 'evt_1'] } }],
    ['a timestamp of words', 'timestamp_invalid', { headers: { ...headers, 'webhook-timestamp': 'now' } }],
    ['a delivery too old', 'timestamp_too_old', { now: deliveryTimeS + 301 }],
    ['any age where the tolerance is no number', 'timestamp_too_old', { toleranceS: Number('five') }],
    ['any age where the time is none', 'timestamp_too_old', { now: Number.NaN }],
    ['a delivery too new', 'timestamp_too_new', { now: deliveryTimeS - 301 }],
    ['a body that is not JSON', 'malformed_body', signed('hello')],
    ['a body of null', 'malformed_body', signed('null')],
    ['an unknown event', 'malformed_body', signed(JSON.stringify({ ...deliveryEvent, type: 'other' }))],
    [
      'an event without a key',
      'malformed_body',
      signed(JSON.stringify({ ...deliveryEvent, data: { ...parts, email, serverKey: null } })),
    ],
  ];
  for (const [name, code, change] of broken) {
    it(`refuses ${name}`, async () => {
      await assert.rejects(verifyDelivery({ ...valid, ...change }), (error) => {
        assert.ok(error instanceof DeliveryVerificationError);
        assert.equal(error.code, code);
        assert.doesNotMatch(`${error.message}${JSON.stringify(error)}`, /sk_sandbox_1|whsec_[A-Za-z0-9]/);
        return true;
      });
    });
  }
});
