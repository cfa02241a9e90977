import assert from '../support/assert.ts';
import { createHash, createHmac } from 'node:crypto';
import { describe, it } from 'node:test';
import {
  base64url,
  canonicalEmail,
  deliveryId,
  keyedHash,
  openExternalId,
  webHashing,
} from '../../proxy/keys.ts';
import { isExternalId } from '../../proxy/external-id.ts';
import { nodeHashing } from '../../proxy/node/hashing.ts';
import { Secret } from '../../proxy/secret.ts';

const partnerKey = new Secret('kvqp_test_1');

describe('base64url', () => {
  it('agrees with Node for all bytes and lengths', () => {
    for (let length = 0; length <= 256; length++) {
      const bytes = Uint8Array.from({ length }, (_, index) => 255 - index);
      const whole = Buffer.from(bytes).toString('base64url');
      assert.equal(base64url(bytes, whole.length), whole);
    }
  });
});

describe('openExternalId', () => {
  it('is ks_ and 22 characters of the SHA-256', async () => {
    for (const key of ['A'.repeat(22), '_-09azAZ'.repeat(16)]) {
      const digest = createHash('sha256').update(key).digest('base64url');
      const externalId = await openExternalId(key, webHashing);
      assert.equal(externalId, `ks_${digest.slice(0, 22)}`);
      assert.equal(isExternalId(externalId), false);
    }
  });
});

describe('deliveryId', () => {
  it('follows from environment and organization alone', async () => {
    const id = await deliveryId('sandbox', 'org-1', webHashing);
    assert.match(id, /^msg_[A-Za-z0-9_-]{27}$/);
    assert.equal(await deliveryId('sandbox', 'org-1', webHashing), id);
    assert.notEqual(await deliveryId('production', 'org-1', webHashing), id);
    assert.notEqual(await deliveryId('sandbox', 'org-2', webHashing), id);
  });
});

describe('keyedHash', () => {
  it('is an HMAC under a key of its purpose', async () => {
    const key = createHmac('sha256', 'kvqp_test_1').update('kelviq-onboarding email').digest();
    const expected = createHmac('sha256', key).update('a@example.com').digest('base64url').slice(0, 22);
    assert.equal(await keyedHash(partnerKey, 'email', webHashing)('a@example.com'), expected);
  });

  it('differs by purpose and by partner key', async () => {
    const hashes = await Promise.all([
      keyedHash(partnerKey, 'email', webHashing)('a'),
      keyedHash(partnerKey, 'address', webHashing)('a'),
      keyedHash(new Secret('kvqp_test_2'), 'email', webHashing)('a'),
    ]);
    assert.equal(new Set(hashes).size, 3);
  });

  it('is the same on an injected hashing', async () => {
    const email = 'jördis@example.com';
    const [web, fast] = [webHashing, nodeHashing].map((hashing) => keyedHash(partnerKey, 'email', hashing));
    assert.equal(await web?.(email), await fast?.(email));
    assert.equal(await openExternalId(email, nodeHashing), await openExternalId(email, webHashing));
  });
});

describe("the server's hashing", () => {
  const texts = ['', 'a', 'jördis \u{1f33b} \ud800', 'x'.repeat(64), 'é'.repeat(1365), 'é'.repeat(5000)];

  it('agrees with SHA-256', async () => {
    for (const text of texts)
      assert.deepEqual(await nodeHashing.sha256(text), createHash('sha256').update(text).digest());
  });

  it('agrees with HMAC for all lengths of a key', async () => {
    for (let length = 1; length <= 130; length++) {
      const key = Uint8Array.from({ length }, (_, index) => 255 - index);
      for (const data of [...texts, key]) {
        const expected = createHmac('sha256', key).update(data).digest();
        assert.deepEqual(await nodeHashing.hmac(key, data), expected);
      }
    }
  });

  it('gives values that later ones leave alone', async () => {
    const first = await nodeHashing.hmac(new Uint8Array(32), 'a');
    const kept = Uint8Array.from(first);
    await nodeHashing.hmac(new Uint8Array(32), 'b');
    assert.deepEqual(Uint8Array.from(first), kept);
  });
});

describe('canonicalEmail', () => {
  it('makes one of case and composition', () => {
    assert.equal(canonicalEmail('JO\u0308RDIS@Example.COM'), 'jördis@example.com');
  });
});
