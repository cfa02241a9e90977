/** Session tokens: good ones, and those wrong in every way that JOSE has known. */
import { createHmac } from 'node:crypto';
import * as fc from 'fast-check';
import { anyJson, anyText, goodEmail, headerText } from './values.ts';

/** What the requests are aimed at. */
export type Target = { origin: string; sessionSecret: string };

const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
const sign = (signed: string, secret: string, hash = 'sha256') =>
  `${signed}.${createHmac(hash, secret).update(signed).digest('base64url')}`;

/** A good token for one of a million customers, so that some come again. */
export function signedFor({ sessionSecret }: Target, customer: number, email: string): string {
  const exp = Math.floor(Date.now() / 1000) + 900;
  const claims = { aud: 'kelviq-onboarding', sub: `c${customer}`, exp, email };
  return sign(`${part({ alg: 'HS256' })}.${part(claims)}`, sessionSecret);
}

/** Tokens that are wrong in every way that JOSE has known; a few are good. */
export function token({ sessionSecret, origin }: Target): fc.Arbitrary<string> {
  const nowS = Math.floor(Date.now() / 1000);
  const joseHeader = fc.oneof(
    { weight: 5, arbitrary: fc.constant<object>({ alg: 'HS256', typ: 'JWT' }) },
    fc.constantFrom<object>(
      { alg: 'none' },
      { alg: 'HS512' },
      { alg: 'RS256' },
      { alg: 'hs256' },
      {},
      { alg: 'HS256', crit: ['exp'] },
      { alg: 'HS256', b64: false, crit: ['b64'] },
      { alg: 'HS256', kid: '../../dev/null' },
      { alg: 'dir', enc: 'A256GCM' },
      { alg: 'HS256', jwk: { kty: 'oct', k: 'AAAA' } },
    ),
  );
  const when = fc.constantFrom<unknown>(nowS + 900, nowS - 900, nowS + 9e6, 0, -1, 1e20, 'soon', null, [
    nowS + 900,
  ]);
  const claims = fc.record(
    {
      aud: fc.oneof({ weight: 5, arbitrary: fc.constant<unknown>('kelviq-onboarding') }, anyJson),
      sub: fc.oneof(
        { weight: 4, arbitrary: fc.nat(1e6).map((number): unknown => `c${number}`) },
        anyText,
        anyJson,
      ),
      exp: fc.oneof({ weight: 5, arbitrary: fc.constant<unknown>(nowS + 900) }, when),
      iat: when,
      nbf: when,
      email: fc.oneof(goodEmail, anyJson),
      business_name: anyJson,
      origin: fc.oneof(fc.constant<unknown>(origin), anyJson),
    },
    { requiredKeys: ['aud', 'sub', 'exp'] },
  );
  return fc.oneof(
    {
      weight: 4,
      arbitrary: fc
        .tuple(
          joseHeader,
          claims,
          fc.constantFrom('sha256', 'sha512'),
          fc.constantFrom(sessionSecret, '', 'x'),
        )
        .map(([head, payload, hash, secret]) => sign(`${part(head)}.${part(payload)}`, secret, hash)),
    },
    fc.tuple(joseHeader, claims).map(([head, payload]) => `${part(head)}.${part(payload)}.`),
    anyJson.map((payload) => sign(`${part({ alg: 'HS256' })}.${part(payload)}`, sessionSecret)),
    fc.constantFrom('', '.', '..', 'a.b.c', 'a.b.c.d.e', 'e'.repeat(5000), `${'a'.repeat(9000)}.b.c`),
    headerText,
  );
}
