import assert from '../support/assert.ts';
import { createHmac } from 'node:crypto';
import { describe, it, mock } from 'node:test';
import { Webhook } from 'standardwebhooks';
import { decodeSecret, signDelivery, verifySignature } from '../../proxy/signature.ts';
import {
  deliveryEvent,
  deliveryTimeS,
  newerWebhookSecret,
  webhookSecret,
} from '../support/delivery-event.ts';

function keyOf(secret: string): Uint8Array {
  const key = decodeSecret(secret);
  assert.ok(key);
  return key;
}

const key = keyOf(webhookSecret);
const newerKey = keyOf(newerWebhookSecret);
const id = 'evt_0b9cf7f4';
const body = JSON.stringify(deliveryEvent);

const hmac = (k: Uint8Array, data: string | Uint8Array) => createHmac('sha256', k).update(data).digest();
const bytes = (length: number) => `whsec_${btoa('x'.repeat(length))}`;

async function valid() {
  return {
    id,
    timestamp: String(deliveryTimeS),
    signature: await signDelivery({ id, timestampS: deliveryTimeS, body, keys: [key] }),
    body: body as string | Uint8Array,
    keys: [key],
    nowS: deliveryTimeS,
  };
}

const other = async () => signDelivery({ id, timestampS: deliveryTimeS, body, keys: [newerKey] });

describe('signDelivery', () => {
  for (const [name, secret] of [
    ['the old', webhookSecret],
    ['the new', newerWebhookSecret],
  ] as const) {
    it(`satisfies standardwebhooks with ${name} secret of two`, async () => {
      mock.timers.enable({ apis: ['Date'], now: deliveryTimeS * 1000 });
      try {
        const signature = await signDelivery({ id, timestampS: deliveryTimeS, body, keys: [key, newerKey] });
        const headers = {
          'webhook-id': id,
          'webhook-timestamp': String(deliveryTimeS),
          'webhook-signature': signature,
        };
        assert.deepEqual(new Webhook(secret).verify(body, headers), deliveryEvent);
      } finally {
        mock.timers.reset();
      }
    });
  }

  it('equals what standardwebhooks signs', async () => {
    const { signature } = await valid();
    assert.equal(signature, new Webhook(webhookSecret).sign(id, new Date(deliveryTimeS * 1000), body));
  });

  it('takes an injected HMAC and gives the same', async () => {
    const { signature } = await valid();
    assert.equal(await signDelivery({ id, timestampS: deliveryTimeS, body, keys: [key], hmac }), signature);
  });
});

describe('verifySignature', () => {
  it('accepts the valid fixture', async () => assert.equal(await verifySignature(await valid()), null));

  it('accepts the raw bytes of the body', async () => {
    assert.equal(await verifySignature({ ...(await valid()), body: new TextEncoder().encode(body) }), null);
  });

  it('accepts any of several keys', async () => {
    assert.equal(await verifySignature({ ...(await valid()), keys: [newerKey, key] }), null);
  });

  it('accepts any of several signatures', async () => {
    const fixture = await valid();
    const signature = `v1a,${btoa('asymmetric')} ${await other()} ${fixture.signature}`;
    assert.equal(await verifySignature({ ...fixture, signature }), null);
  });

  for (const [name, shiftS] of [
    ['300 s old', 300],
    ['300 s ahead', -300],
  ] as const) {
    it(`accepts a delivery that is ${name}`, async () => {
      assert.equal(await verifySignature({ ...(await valid()), nowS: deliveryTimeS + shiftS }), null);
    });
  }

  const broken: [string, string, (f: Awaited<ReturnType<typeof valid>>) => object | Promise<object>][] = [
    ['another id', 'signature_mismatch', () => ({ id: 'evt_other' })],
    ['another body', 'signature_mismatch', () => ({ body: `${body} ` })],
    ['another key', 'signature_mismatch', () => ({ keys: [newerKey] })],
    ['no key', 'signature_mismatch', () => ({ keys: [] })],
    ['another timestamp', 'signature_mismatch', () => ({ timestamp: String(deliveryTimeS + 1) })],
    ['a timestamp of words', 'timestamp_invalid', () => ({ timestamp: 'now' })],
    ['a timestamp with a fraction', 'timestamp_invalid', () => ({ timestamp: `${deliveryTimeS}.5` })],
    ['an empty timestamp', 'timestamp_invalid', () => ({ timestamp: '' })],
    ['a timestamp 301 s old', 'timestamp_too_old', () => ({ nowS: deliveryTimeS + 301 })],
    ['a timestamp 301 s ahead', 'timestamp_too_new', () => ({ nowS: deliveryTimeS - 301 })],
    ['an empty signature', 'signature_mismatch', () => ({ signature: '' })],
    ['a signature of another secret', 'signature_mismatch', async () => ({ signature: await other() })],
    ['a shortened signature', 'signature_mismatch', (f) => ({ signature: f.signature.slice(0, -4) })],
    [
      'a signature wrong in its first byte alone',
      'signature_mismatch',
      (f) => ({ signature: f.signature.replace(/^v1,./, (start) => (start === 'v1,A' ? 'v1,Q' : 'v1,A')) }),
    ],
    ['a signature that is not base64', 'signature_mismatch', () => ({ signature: 'v1,***' })],
    ['a signature of no version', 'signature_mismatch', (f) => ({ signature: f.signature.slice(3) })],
    [
      'a signature of version 2',
      'signature_mismatch',
      (f) => ({ signature: f.signature.replace('v1', 'v2') }),
    ],
    ['a signature with a third part', 'signature_mismatch', (f) => ({ signature: `${f.signature},x` })],
    [
      'signatures joined by a comma',
      'signature_mismatch',
      (f) => ({ signature: `${f.signature},${f.signature}` }),
    ],
    [
      'the right signature after 32 wrong ones',
      'signature_mismatch',
      (f) => ({ signature: `${'v1,AAAA '.repeat(32)}${f.signature}` }),
    ],
  ];
  for (const [name, fault, change] of broken) {
    it(`refuses ${name}`, async () => {
      const fixture = await valid();
      assert.equal(await verifySignature({ ...fixture, ...(await change(fixture)) }), fault);
    });
  }
});

describe('decodeSecret', () => {
  for (const length of [24, 32, 64]) {
    it(`takes ${length} bytes`, () => assert.equal(decodeSecret(bytes(length))?.length, length));
  }

  for (const [name, secret] of [
    ['23 bytes', bytes(23)],
    ['65 bytes', bytes(65)],
    ['no prefix', webhookSecret.slice(6)],
    ['another prefix', webhookSecret.replace('whsec_', 'whpk_')],
    ['base64url', `whsec_${'_-'.repeat(20)}`],
    ['broken padding', `${webhookSecret.slice(0, -1)}==`],
    ['a trailing space', `${webhookSecret} `],
    ['nothing', ''],
  ] as const) {
    it(`refuses ${name}`, () => assert.equal(decodeSecret(secret), null));
  }
});
