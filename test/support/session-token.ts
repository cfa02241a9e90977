/** Session tokens made by hand, so that each may be wrong in one way. */
import { createHmac } from 'node:crypto';
import { FakeClock } from './fake-clock.ts';

/** A secret of the fixture tokens. */
export const SESSION_SECRET = 'a-session-secret-of-32-bytes-and-more';

/** When a `FakeClock` begins, in seconds. */
export const NOW_S = new FakeClock().now() / 1000;

/** Claims of a token that holds. */
export const goodClaims = { aud: 'kelviq-onboarding', sub: 'customer-42', exp: NOW_S + 1800 };

const HEADER = { alg: 'HS256', typ: 'JWT' };

const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');

/** How a token is signed: HS256 with the fixture's secret, unless it says otherwise. */
export type Signing = { secret?: string; header?: Record<string, unknown> };

/** A token with `claims` over the good ones (undefined leaves one out), signed as its header says. */
export function sessionToken(
  claims: Record<string, unknown> = {},
  { secret = SESSION_SECRET, header = HEADER }: Signing = {},
): string {
  const signed = `${part(header)}.${part({ ...goodClaims, ...claims })}`;
  const hash = { HS384: 'sha384', HS512: 'sha512' }[String(header['alg'])] ?? 'sha256';
  const signature =
    header['alg'] === 'none' ? '' : createHmac(hash, secret).update(signed).digest('base64url');
  return `${signed}.${signature}`;
}
