/**
 * Seals a serverKey so that no proxy, WAF or log between here and the partner's backend can read it.
 * Knows public keys alone: a private one is refused before it is kept anywhere.
 */
import type { CryptoKey, JWK } from 'jose';
import { CONTENT_ENCRYPTION, CURVES, KEY_AGREEMENTS, PUBLIC_MEMBERS, isKeyKind, jwkOf } from './jwe.ts';

const LEAST_RSA_BYTES = 256;
const MOST_RSA_BYTES = 1024;
const LONGEST_KID = 256;

/** RFC 7518 §6: members that only private and symmetric keys have. */
const PRIVATE_MEMBERS = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k'];

/** A checked public JWK, without anything that sealing does not need. */
export type EncryptionKey = JWK & { alg: string };

/** Seals one serverKey; a compact JWE. */
export type Seal = (serverKey: string) => Promise<string>;

/**
 * Checks a public JWK, an object or its JSON: EC P-256, X25519 or RSA of 2048 bits and more. An `Error`
 * says what is wrong; its message continues the name of the setting and never repeats the value.
 */
export function readEncryptionKey(given: unknown): EncryptionKey | Error {
  const jwk = jwkOf(given);
  if (!jwk)
    return new Error(
      'must be a public JWK, the JSON of one key: {"kty":"EC","crv":"P-256","x":"…","y":"…"}.',
    );
  if ('keys' in jwk) return new Error('is a set of keys; write the one key that deliveries are sealed to.');
  if (PRIVATE_MEMBERS.some((member) => member in jwk))
    return new Error(
      'holds a private key, which only the receiver may have. Write the public part alone, kty, crv, x and y or kty, n and e; and make a new pair if others could read this one.',
    );
  const { kty, crv, alg, kid, use } = jwk;
  if (!isKeyKind(kty, crv)) return new Error('must be a key of kind EC with P-256, OKP with X25519, or RSA.');
  if (use !== undefined && use !== 'enc') return new Error('is not for encryption: its "use" must be "enc".');
  const agreement = KEY_AGREEMENTS[kty].find((name) => alg === undefined || name === alg);
  if (!agreement) return new Error(`has another "alg" than ${KEY_AGREEMENTS[kty].join(' or ')}.`);
  if (kid !== undefined && (typeof kid !== 'string' || kid === '' || kid.length > LONGEST_KID))
    return new Error(`has a "kid" that is not text of 1 to ${LONGEST_KID} characters.`);

  const members: Record<string, string> = {};
  for (const member of PUBLIC_MEMBERS[kty]) {
    const value = jwk[member];
    if (typeof value !== 'string' || !/^[\w-]+$/.test(value)) return new Error(`has no good "${member}".`);
    members[member] = value;
  }
  const number = members['n'] ?? members['x'] ?? '';
  const bytes = Math.floor((number.length * 3) / 4);
  // A number of 2047 bits has as many bytes, and nothing is sealed to it: the first bit of 2048 is 1.
  const short = bytes < LEAST_RSA_BYTES || (bytes === LEAST_RSA_BYTES && !/^[g-z\d_-]/.test(number));
  if (kty === 'RSA' && (short || bytes > MOST_RSA_BYTES))
    return new Error('must be an RSA key of 2048 to 8192 bits.');
  if (kty !== 'RSA' && bytes !== 32) return new Error('has an "x" that is not 32 bytes.');
  const curve = CURVES[kty];
  return { kty, ...(curve && { crv: curve }), ...members, alg: agreement, ...(kid !== undefined && { kid }) };
}

/** Seals to a checked key, whose `kid` goes into the header. The seal rejects for a key that is no point of its curve. */
export function createSeal({ kid, ...jwk }: EncryptionKey): Seal {
  const header = { alg: jwk.alg, enc: CONTENT_ENCRYPTION, ...(kid !== undefined && { kid }) };
  const encoder = new TextEncoder();
  let imported: Promise<CryptoKey | Uint8Array> | undefined;
  // Only where something will be sealed, but then before: what Node once failed to load it never loads again.
  const loading = Promise.all([import('jose/jwe/compact/encrypt'), import('jose/key/import')]);
  loading.catch(() => undefined);
  return async (serverKey) => {
    const [{ CompactEncrypt }, { importJWK }] = await loading;
    imported ??= importJWK(jwk, jwk.alg);
    return new CompactEncrypt(encoder.encode(serverKey)).setProtectedHeader(header).encrypt(await imported);
  };
}
