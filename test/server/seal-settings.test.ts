/** WEBHOOK_ENCRYPTION_KEY from the environment to the receiver, and what the doctor makes of it. */
import assert from '../support/assert.ts';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import type { JWK } from 'jose';
import { systemClock } from '../../proxy/clock.ts';
import { checkReceiver } from '../../proxy/node/commands/doctor/receiver.ts';
import { checkSettings } from '../../proxy/node/commands/doctor/settings.ts';
import { createNodeSend } from '../../proxy/node/http.ts';
import { readEncryptionKey } from '../../proxy/seal.ts';
import { Secret } from '../../proxy/secret.ts';
import { webhookSecret } from '../support/delivery-event.ts';
import { listening } from '../support/doctor.ts';
import { leastEnvironment, onlyMistakeOf, settingsOf } from '../support/environment.ts';
import { startReceiver } from '../support/receiver.ts';
import { KINDS, keyPair } from '../support/sealing.ts';

const { publicJwk, privateJwk } = keyPair('EC', 'of-2026');
const setting = (jwk: unknown) => ({ WEBHOOK_ENCRYPTION_KEY: JSON.stringify(jwk) });

/** What the doctor says of these settings. */
const told = (change: Record<string, string>) => {
  const { tell, of } = listening();
  checkSettings({ ...leastEnvironment, ...change }, tell);
  return { ok: of('ok').map(({ what }) => what), warn: of('warn'), fail: of('fail') };
};

/** What it says of a receiver that has this private key. */
async function said(t: TestContext, decryptionKey?: JWK) {
  const receiver = await startReceiver(webhookSecret, decryptionKey ? { decryptionKey } : {});
  t.after(receiver.close);
  const { send, close } = createNodeSend();
  t.after(close);
  const { tell, lines } = listening();
  const encryptionKey = readEncryptionKey(publicJwk);
  assert.ok(!(encryptionKey instanceof Error));
  const secrets = [new Secret(webhookSecret)];
  await checkReceiver({ url: receiver.url, secrets, encryptionKey, send, clock: systemClock }, tell);
  return lines;
}

describe('WEBHOOK_ENCRYPTION_KEY', () => {
  for (const kind of KINDS)
    it(`takes a public JWK of ${kind}`, () => {
      const key = keyPair(kind).publicJwk;
      assert.equal(settingsOf(setting(key)).webhook.encryptionKey?.kty, key.kty);
    });

  it('comes from a file too', (t) => {
    const folder = mkdtempSync(join(tmpdir(), 'kelviq-onboarding-'));
    t.after(() => rmSync(folder, { recursive: true }));
    const path = join(folder, 'key.json');
    writeFileSync(path, JSON.stringify(publicJwk, null, 2));
    const { webhook } = settingsOf({ WEBHOOK_ENCRYPTION_KEY_FILE: path });
    assert.deepEqual(webhook.encryptionKey, { ...publicJwk, alg: 'ECDH-ES' });
  });

  it('seals nothing when it is not set', () => assert.equal(settingsOf({}).webhook.encryptionKey, null));

  it('refuses a private JWK without a word of it', () => {
    const mistake = onlyMistakeOf(setting(privateJwk));
    assert.match(mistake, /^WEBHOOK_ENCRYPTION_KEY holds a private key, which only the receiver may have/);
    assert.ok(!mistake.includes(privateJwk.d as string));
  });

  it('refuses a point that is not on its curve', () => {
    const mistake = onlyMistakeOf(setting({ ...publicJwk, y: publicJwk.x }));
    assert.match(mistake, /^WEBHOOK_ENCRYPTION_KEY is not a key: its numbers/);
  });

  const malformed: [value: string, mistake: RegExp][] = [
    ['hunter2', /^WEBHOOK_ENCRYPTION_KEY must be /],
    ['"hunter2"', /^WEBHOOK_ENCRYPTION_KEY stands in quotes/],
    ['["hunter2"]', /^WEBHOOK_ENCRYPTION_KEY must be /],
    ['{"kty":"hunter2"}', /^WEBHOOK_ENCRYPTION_KEY must be /],
    ['-----BEGIN PUBLIC KEY-----hunter2', /^WEBHOOK_ENCRYPTION_KEY must be /],
  ];
  for (const [value, expected] of malformed)
    it(`refuses ${value}`, () => {
      const mistake = onlyMistakeOf({ WEBHOOK_ENCRYPTION_KEY: value });
      assert.match(mistake, expected);
      assert.doesNotMatch(mistake, /hunter2/);
    });
});

describe('doctor, sealing', () => {
  it('names the key that serverKeys are sealed to', () => {
    assert.ok(told(setting(publicJwk)).ok.includes('serverKeys are sealed (ECDH-ES) to the key "of-2026"'));
    const { kid: _, ...nameless } = publicJwk;
    assert.ok(told(setting(nameless)).ok.includes('serverKeys are sealed (ECDH-ES) to a key without a name'));
  });

  it('lets sealed keys cross an http network', () => {
    const inside = { WEBHOOK_URL: 'http://backend.internal/', WEBHOOK_ALLOW_INTERNAL: 'true' };
    assert.match(told(inside).warn[0]?.fix ?? '', /or seal them with WEBHOOK_ENCRYPTION_KEY/);
    assert.deepEqual(told({ ...inside, ...setting(publicJwk) }).warn, []);
  });

  it('fails once on a private key', () => {
    const { fail } = told(setting(privateJwk));
    assert.deepEqual(fail.length, 1);
    assert.match(fail[0]?.fix ?? '', /^Write the public part alone/);
  });

  it('is well with a receiver that can open', async (t) => {
    assert.deepEqual(
      (await said(t, privateJwk)).map(({ status }) => status),
      ['ok', 'ok', 'ok'],
    );
  });

  it('fails with a receiver that cannot open', async (t) => {
    for (const key of [undefined, keyPair('EC', 'of-2026').privateJwk]) {
      const [line] = await said(t, key);
      assert.equal(line?.status, 'fail');
      assert.match(line?.fix ?? '', /the private half of WEBHOOK_ENCRYPTION_KEY as decryptionKey/);
    }
  });
});
