import assert from '../support/assert.ts';
import { createHmac } from 'node:crypto';
import { describe, it, mock } from 'node:test';
import { jwtVerify } from 'jose';
import { SessionTokenError, createSessionToken, type SessionTokenOptions } from '../../proxy/backend.ts';
import { emailSchema } from '../../proxy/contract.ts';
import { deliveryTimeS } from '../support/delivery-event.ts';

const secret = 'ä'.repeat(16);
const valid: SessionTokenOptions = { secret, externalId: 'customer-42' };

async function claimsOf(options: SessionTokenOptions) {
  mock.timers.enable({ apis: ['Date'], now: deliveryTimeS * 1000 });
  try {
    const token = await createSessionToken(options);
    return await jwtVerify(token, new TextEncoder().encode(secret), { audience: 'kelviq-onboarding' });
  } finally {
    mock.timers.reset();
  }
}

describe('createSessionToken', () => {
  it('states the customer for 30 minutes', async () => {
    const { payload, protectedHeader } = await claimsOf(valid);
    assert.equal(protectedHeader.alg, 'HS256');
    assert.deepEqual(payload, {
      aud: 'kelviq-onboarding',
      sub: 'customer-42',
      iat: deliveryTimeS,
      exp: deliveryTimeS + 1800,
    });
  });

  it('states what else is known', async () => {
    const { payload } = await claimsOf({
      ...valid,
      email: 'a@b.example',
      businessName: 'Sonne',
      origin: 'http://localhost:3000',
      expiresInS: 3600,
    });
    assert.equal(payload.exp, deliveryTimeS + 3600);
    assert.equal(payload['email'], 'a@b.example');
    assert.equal(payload['business_name'], 'Sonne');
    assert.equal(payload['origin'], 'http://localhost:3000');
  });

  it('signs with the UTF-8 bytes of the secret', async () => {
    const [head, body, signature] = (await createSessionToken(valid)).split('.');
    const expected = createHmac('sha256', Buffer.from(secret, 'utf8'))
      .update(`${head}.${body}`)
      .digest('base64url');
    assert.equal(signature, expected);
  });

  const broken: [string, string, Partial<SessionTokenOptions>][] = [
    ['a secret of 31 bytes', 'invalid_secret', { secret: 's'.repeat(31) }],
    ['two secrets in one string', 'invalid_secret', { secret: `${'s'.repeat(32)} ${'t'.repeat(32)}` }],
    ['an empty externalId', 'invalid_external_id', { externalId: '' }],
    ['a number for an externalId', 'invalid_external_id', { externalId: 42 as unknown as string }],
    ['an externalId of 129 characters', 'invalid_external_id', { externalId: 'x'.repeat(129) }],
    ['an externalId of the proxy', 'invalid_external_id', { externalId: 'ks_1' }],
    ['an externalId with a slash', 'invalid_external_id', { externalId: 'a/b' }],
    ['an externalId that climbs', 'invalid_external_id', { externalId: '..' }],
    ['an externalId with a line end', 'invalid_external_id', { externalId: 'a\n' }],
    ['an e-mail without a domain', 'invalid_email', { email: 'someone' }],
    ['an e-mail of one label', 'invalid_email', { email: 'a@b' }],
    ['two e-mails', 'invalid_email', { email: 'a@b.example,c@d.example' }],
    ['an e-mail of 255 characters', 'invalid_email', { email: `a@${'b'.repeat(245)}.example` }],
    ['an e-mail of null', 'invalid_email', { email: null as unknown as string }],
    ['an empty business name', 'invalid_business_name', { businessName: ' ' }],
    ['a business name of 201 characters', 'invalid_business_name', { businessName: 'x'.repeat(201) }],
    ['a business name of two lines', 'invalid_business_name', { businessName: 'a\nb' }],
    ['an origin with a slash', 'invalid_origin', { origin: 'https://app.example/' }],
    ['an origin with a star', 'invalid_origin', { origin: 'https://*.example' }],
    ['an origin that is no URL', 'invalid_origin', { origin: 'app.example' }],
    ['no life', 'invalid_expiry', { expiresInS: 0 }],
    ['a life over an hour', 'invalid_expiry', { expiresInS: 3601 }],
    ['a life in fractions', 'invalid_expiry', { expiresInS: 1.5 }],
  ];
  for (const email of [
    ' a@b.example ',
    'ü@bäcker.example',
    'a@b.example\n',
    'a\u202e@b.example',
    'a b@c.example',
    'a@-b.example',
    'a@b.123',
    'a@b\u00ad.example',
    'a@ẞ.example',
    'a@xn--a.example',
    `${'a'.repeat(65)}@b.example`,
    `a@${'ä'.repeat(60)}.${'ä'.repeat(60)}.example`,
    `a@${'ä.'.repeat(120)}example`,
  ])
    it(`takes ${JSON.stringify(email).slice(0, 24)} where the proxy does`, async () => {
      const made = createSessionToken({ ...valid, email }).then(
        () => true,
        () => false,
      );
      assert.equal(await made, emailSchema.safeParse(email).success);
    });

  for (const [name, code, change] of broken) {
    it(`refuses ${name}`, async () => {
      await assert.rejects(createSessionToken({ ...valid, ...change }), (error) => {
        assert.ok(error instanceof SessionTokenError);
        assert.equal(error.code, code);
        assert.ok(!error.message.includes('sssss'));
        return true;
      });
    });
  }
});
