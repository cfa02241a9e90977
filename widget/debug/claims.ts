/** Reads a session token as the proxy will, all but its signature, which only the proxy can check. */

import { isEmail } from '../../proxy/text.ts';

/** What stands in a token, and what is wrong with it, in words for a developer. */
export type Claims = { claims: Record<string, unknown>; expiresAt: Date | null; faults: string[] };

const EXTERNAL_ID = /^[A-Za-z0-9][A-Za-z0-9._~:@+=|-]{0,127}$/;
/** At most an hour ahead, and 30 s of skew. */
const FARTHEST_S = 3630;

const decode = (part: string | undefined) => {
  try {
    const bytes = Uint8Array.from(atob(part!.replaceAll('-', '+').replaceAll('_', '/')), (letter) =>
      letter.charCodeAt(0),
    );
    const value: unknown = JSON.parse(new TextDecoder().decode(bytes));
    return typeof value === 'object' && value ? (value as Record<string, unknown>) : null;
  } catch {
    return null;
  }
};

/** Takes a token apart; `nowMs` is the time to judge it by. */
export function readClaims(token: string, nowMs: number): Claims {
  const parts = token.split('.');
  const [header, claims] = [decode(parts[0]), decode(parts[1])];
  if (parts.length !== 3 || !header || !claims)
    return {
      claims: {},
      expiresAt: null,
      faults: [
        'It is not a JWT: three parts of base64url, divided by dots. Does session-url answer { "token": "…" }?',
      ],
    };
  const { aud, sub, exp, email, origin } = claims;
  const faults: string[] = [];
  if (header['alg'] !== 'HS256')
    faults.push(`alg is ${JSON.stringify(header['alg'])}; it has to be "HS256".`);
  if (![aud].flat().includes('kelviq-onboarding'))
    faults.push(`aud is ${JSON.stringify(aud)}; it has to be "kelviq-onboarding".`);
  if (typeof sub !== 'string' || !EXTERNAL_ID.test(sub) || sub.startsWith('ks_'))
    faults.push(
      `sub is ${JSON.stringify(sub)}; it has to be your id of the customer: 1 to 128 of A-Z a-z 0-9 . _ ~ : @ + = | -, beginning with a letter or digit and not with ks_.`,
    );
  const seconds = typeof exp === 'number' ? exp - nowMs / 1000 : null;
  if (seconds === null) faults.push('exp is missing: seconds since 1970, at most an hour ahead.');
  else if (seconds < -30) faults.push(`It expired ${Math.round(-seconds)} seconds ago.`);
  else if (seconds > FARTHEST_S)
    faults.push('exp is more than an hour ahead; the proxy takes no longer token.');
  if ((email ?? null) !== null && !(typeof email === 'string' && isEmail(email.trim())))
    faults.push(`email is ${JSON.stringify(email)}; it has to be one address, or be left out.`);
  if (origin !== undefined && origin !== location.origin)
    faults.push(`origin is ${JSON.stringify(origin)}; this page is ${location.origin}.`);
  return { claims, expiresAt: typeof exp === 'number' ? new Date(exp * 1000) : null, faults };
}
