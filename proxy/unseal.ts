/** Opens a sealed serverKey at the partner's backend, with the private key that only it has. */
import { compactDecrypt, decodeProtectedHeader, importJWK, type JWK } from 'jose';
import { CONTENT_ENCRYPTION, CURVES, KEY_AGREEMENTS, PUBLIC_MEMBERS, isKeyKind, jwkOf } from './jwe.ts';

/** Many times a sealed key; a token is not an invitation to work. */
const LONGEST_TOKEN = 16_384;

const PRIVATE_MEMBERS = { EC: ['d'], OKP: ['d'], RSA: ['d', 'p', 'q', 'dp', 'dq', 'qi'] } as const;

/** A private JWK, checked as far as can be seen without arithmetic. */
export type DecryptionKey = { jwk: JWK; algorithms: string[]; kid: unknown };

/** Checks a private JWK, an object or its JSON; null when it is none that opens what the proxy seals. */
export function readDecryptionKey(given: unknown): DecryptionKey | null {
  const jwk = jwkOf(given);
  if (!jwk || !isKeyKind(jwk['kty'], jwk['crv'])) return null;
  const { kty, crv, kid } = jwk as { kty: keyof typeof CURVES; crv?: string; kid?: unknown };
  const members: Record<string, string> = {};
  for (const member of [...PUBLIC_MEMBERS[kty], ...PRIVATE_MEMBERS[kty]]) {
    const value = jwk[member];
    if (typeof value !== 'string' || value === '') return null;
    members[member] = value;
  }
  return { jwk: { kty, ...(crv && { crv }), ...members }, algorithms: [...KEY_AGREEMENTS[kty]], kid };
}

/**
 * The serverKey in `token`, opened by the first of `keys` that can. A key whose `kid` is another one
 * than the token's is not tried. Null when none opens it.
 */
export async function unseal(token: string, keys: readonly DecryptionKey[]): Promise<string | null> {
  if (token.length > LONGEST_TOKEN) return null;
  for (const { jwk, algorithms, kid } of keys) {
    try {
      const header = decodeProtectedHeader(token);
      if (header.kid !== undefined && kid !== undefined && header.kid !== kid) continue;
      const key = await importJWK(jwk, algorithms.find((name) => name === header.alg) ?? '');
      const { plaintext } = await compactDecrypt(token, key, {
        keyManagementAlgorithms: algorithms,
        contentEncryptionAlgorithms: [CONTENT_ENCRYPTION],
      });
      return new TextDecoder('utf-8', { fatal: true }).decode(plaintext);
    } catch {
      // Another key may open it; why this one does not is nothing to tell apart (RFC 7516 §11.5).
    }
  }
  return null;
}
