/** Sealing from end to end: what the proxy sends, what others see of it, and who can open it. */
import assert from '../support/assert.ts';
import { describe, it } from 'node:test';
import type { JWK } from 'jose';
import { verifyDelivery } from '../../proxy/backend.ts';
import type { OutgoingRequest } from '../../proxy/http.ts';
import { createSeal, readEncryptionKey } from '../../proxy/seal.ts';
import { webhook } from '../../proxy/webhook.ts';
import { deliveryEvent, deliveryTimeS, webhookSecret } from '../support/delivery-event.ts';
import { sweep } from '../support/leaks.ts';
import { KINDS, keyPair, openJwe } from '../support/sealing.ts';

const clock = { now: () => deliveryTimeS * 1000, sleep: async () => undefined };
const serverKey = 'sk_sandbox_unmistakable_4b1f';
const event = { ...deliveryEvent, data: { ...deliveryEvent.data, serverKey } };
const verifying = { secret: webhookSecret, now: deliveryTimeS };
const pairs = Object.fromEntries(KINDS.map((kind) => [kind, keyPair(kind, `key of ${kind}`)])) as Record<
  (typeof KINDS)[number],
  ReturnType<typeof keyPair>
>;

/** What is sent to a receiver with this key. */
async function sentTo(
  encryptionKey: JWK | string,
): Promise<{ body: string; headers: Record<string, string> }> {
  const requests: OutgoingRequest[] = [];
  const deliver = webhook({
    url: 'https://partner.example/hooks',
    secrets: [webhookSecret],
    encryptionKey,
    clock,
    send: async (request) => {
      requests.push(request);
      return { status: 204, headers: {}, body: '' };
    },
  });
  await deliver(event, { id: 'msg_1', attempt: 1 });
  const { body = '', headers } = requests[0] ?? assert.fail();
  return { body, headers };
}

const sealedIn = (body: string) => (JSON.parse(body) as typeof event).data.serverKey;

describe('webhook with an encryptionKey', () => {
  for (const kind of KINDS) {
    const { publicJwk, privateJwk } = pairs[kind];

    it(`sends nothing that shows the serverKey, ${kind}`, async () => {
      const { body, headers } = await sentTo(publicJwk);
      const seen = Buffer.from(JSON.stringify({ body, headers }));
      assert.deepEqual(sweep({ seen }, { serverKey }), []);
      assert.deepEqual(JSON.parse(body), { ...event, data: { ...event.data, serverKey: sealedIn(body) } });
    });

    it(`seals what others can open by the standard, ${kind}`, async () => {
      const { body } = await sentTo(JSON.stringify(publicJwk));
      const { header, text } = openJwe(sealedIn(body), privateJwk);
      assert.equal(text, serverKey);
      const alg = kind === 'RSA' ? 'RSA-OAEP-256' : 'ECDH-ES';
      assert.deepEqual([header.alg, header.enc, header.kid], [alg, 'A256GCM', `key of ${kind}`]);
    });

    it(`is opened by verifyDelivery, ${kind}`, async () => {
      const received = { ...verifying, ...(await sentTo(publicJwk)) };
      for (const decryptionKey of [privateJwk, JSON.stringify(privateJwk), [privateJwk]])
        assert.deepEqual(await verifyDelivery({ ...received, decryptionKey }), event);
    });
  }

  it('wraps the content key where the JWK says so', async () => {
    const { publicJwk, privateJwk } = pairs.EC;
    const sent = await sentTo({ ...publicJwk, alg: 'ECDH-ES+A256KW' });
    assert.equal(openJwe(sealedIn(sent.body), privateJwk).text, serverKey);
    assert.deepEqual(await verifyDelivery({ ...verifying, ...sent, decryptionKey: privateJwk }), event);
  });

  it('names no key where the JWK has no kid', async () => {
    const { publicJwk, privateJwk } = keyPair('EC');
    const sent = await sentTo(publicJwk);
    assert.equal('kid' in openJwe(sealedIn(sent.body), privateJwk).header, false);
    const decryptionKey = [pairs.EC.privateJwk, privateJwk];
    assert.deepEqual(await verifyDelivery({ ...verifying, ...sent, decryptionKey }), event);
  });

  it('seals each try anew', async () => {
    const [one, two] = [await sentTo(pairs.EC.publicJwk), await sentTo(pairs.EC.publicJwk)];
    assert.notEqual(sealedIn(one.body), sealedIn(two.body));
  });

  it('signs what is sealed', async () => {
    const { body, headers } = await sentTo(pairs.EC.publicJwk);
    const sealed = sealedIn(body);
    const swapped = body.replace(sealed, `${sealed.slice(0, -4)}AAAA`);
    await assert.rejects(
      verifyDelivery({ ...verifying, headers, body: swapped, decryptionKey: pairs.EC.privateJwk }),
      { code: 'signature_mismatch' },
    );
  });

  it('sends nothing when it cannot seal', async () => {
    const x = Buffer.alloc(32, 1).toString('base64url');
    await assert.rejects(sentTo({ kty: 'EC', crv: 'P-256', x, y: x }), { code: 'sealing_failed' });
  });

  it('cannot be made with a private key, and quotes none of it', () => {
    for (const { privateJwk } of Object.values(pairs))
      assert.throws(
        () => webhook({ url: 'https://a.example/', secrets: [webhookSecret], encryptionKey: privateJwk }),
        (error: Error) =>
          error.message.startsWith('encryptionKey holds a private key') &&
          !error.message.includes(privateJwk.d as string),
      );
  });
});

describe('readEncryptionKey', () => {
  const { EC, OKP, RSA } = pairs;
  const faults: [string, unknown, RegExp][] = [
    ['text', 'hunter2-hunter2', /public JWK, the JSON of one key/],
    ['a list', [EC.publicJwk], /public JWK/],
    ['a key set', { keys: [EC.publicJwk] }, /set of keys/],
    ['a private key', EC.privateJwk, /private key/],
    ['a symmetric key', { kty: 'oct', k: 'c2VjcmV0' }, /private key/],
    ['another curve', { ...EC.publicJwk, crv: 'P-384' }, /P-256/],
    ['a key for signatures', { ...OKP.publicJwk, crv: 'Ed25519' }, /X25519/],
    ['another use', { ...EC.publicJwk, use: 'sig' }, /"use"/],
    ['another alg', { ...RSA.publicJwk, alg: 'RSA1_5' }, /"alg" than RSA-OAEP-256/],
    ['a kid of another type', { ...EC.publicJwk, kid: 7 }, /"kid"/],
    ['no y', { ...EC.publicJwk, y: undefined }, /"y"/],
    ['a short x', { ...OKP.publicJwk, x: 'AAAA' }, /32 bytes/],
    ['a small RSA key', { ...RSA.publicJwk, n: 'A'.repeat(171) }, /2048/],
    ['an RSA key of 2047 bits', { ...RSA.publicJwk, n: `f${'_'.repeat(341)}` }, /2048/],
  ];
  for (const [name, given, message] of faults)
    it(`refuses ${name}`, () => {
      const read = readEncryptionKey(given);
      assert.ok(read instanceof Error, 'it was taken');
      assert.match(read.message, message);
      assert.doesNotMatch(read.message, /hunter2|c2VjcmV0/);
    });

  it('takes an RSA key of 2048 bits, whatever they begin with', () => {
    for (const first of ['g', 'z', '0', '9', '-', '_'])
      assert.ok(!(readEncryptionKey({ ...RSA.publicJwk, n: first + 'A'.repeat(341) }) instanceof Error));
  });

  it('keeps what sealing needs and nothing else', () => {
    const { publicJwk } = EC;
    const given = { ...publicJwk, use: 'enc', key_ops: ['deriveBits'], ext: false, x5c: ['MII…'] };
    assert.deepEqual(readEncryptionKey(given), { ...publicJwk, alg: 'ECDH-ES' });
  });
});

describe('verifyDelivery of something sealed', () => {
  const failing = async (change: object) =>
    verifyDelivery({ ...verifying, ...(await sentTo(pairs.EC.publicJwk)), ...change });
  const stranger = keyPair('EC', 'key of EC').privateJwk;

  const faults: [string, string, object][] = [
    ['no key', 'decryption_key_missing', {}],
    ['an empty list of keys', 'decryption_key_missing', { decryptionKey: [] }],
    ['another key', 'decryption_failed', { decryptionKey: stranger }],
    ['a key of another kind', 'decryption_failed', { decryptionKey: pairs.RSA.privateJwk }],
    ['a key of another name', 'decryption_failed', { decryptionKey: { ...pairs.EC.privateJwk, kid: 'b' } }],
    ['the public half', 'invalid_decryption_key', { decryptionKey: pairs.EC.publicJwk }],
    ['text that is no key', 'invalid_decryption_key', { decryptionKey: 'hunter2' }],
    ['an undefined key in a list', 'invalid_decryption_key', { decryptionKey: [undefined] }],
  ];
  for (const [name, code, change] of faults)
    it(`says ${code} with ${name}`, async () => {
      await assert.rejects(failing(change), (error: Error & { code?: string }) => {
        assert.equal(error.code, code);
        assert.ok(!`${error.message}${error.stack}`.includes(pairs.EC.privateJwk.d as string));
        return true;
      });
    });

  it('takes the one of several keys that fits', async () => {
    const decryptionKey = [stranger, pairs.RSA.privateJwk, pairs.EC.privateJwk];
    assert.deepEqual(await failing({ decryptionKey }), event);
  });

  it('opens nothing that asks for another cipher', async () => {
    const { publicJwk, privateJwk } = pairs.RSA;
    const seal = createSeal({ ...publicJwk, alg: 'RSA-OAEP' });
    const weak = await seal(serverKey);
    const { unseal, readDecryptionKey } = await import('../../proxy/unseal.ts');
    const key = readDecryptionKey(privateJwk) ?? assert.fail();
    assert.equal(await unseal(weak, [key]), null);
    assert.equal(await unseal(await createSeal({ ...publicJwk, alg: 'RSA-OAEP-256' })('a'), [key]), 'a');
  });

  it('opens nothing that is longer than a sealed key can be', async () => {
    const { publicJwk, privateJwk } = pairs.RSA;
    const { unseal, readDecryptionKey } = await import('../../proxy/unseal.ts');
    const key = readDecryptionKey(privateJwk) ?? assert.fail();
    const long = await createSeal({ ...publicJwk, alg: 'RSA-OAEP-256' })('a'.repeat(20_000));
    assert.equal(await unseal(long, [key]), null);
  });

  it('passes what is not sealed, for the day of the change', async () => {
    const deliver = { secret: webhookSecret, decryptionKey: pairs.EC.privateJwk, now: deliveryTimeS };
    const requests: OutgoingRequest[] = [];
    await webhook({
      url: 'https://partner.example/',
      secrets: [webhookSecret],
      clock,
      send: async (request) => {
        requests.push(request);
        return { status: 200, headers: {}, body: '' };
      },
    })(event, { id: 'msg_1', attempt: 1 });
    const { body = '', headers } = requests[0] ?? assert.fail();
    assert.deepEqual(await verifyDelivery({ ...deliver, body, headers }), event);
  });
});
