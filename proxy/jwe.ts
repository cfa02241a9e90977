/**
 * The form of a sealed serverKey: a compact JWE (RFC 7516) to a public JWK of the partner. Three ways
 * to agree on a key, one cipher; nothing else is written, and nothing else is opened.
 */

/** Content encryption: the only one, so that no header can ask for a weaker one. */
export const CONTENT_ENCRYPTION = 'A256GCM';

/** How keys of each kind agree on the content key (RFC 7518 §4); the first is meant where a JWK names none. */
export const KEY_AGREEMENTS = {
  EC: ['ECDH-ES', 'ECDH-ES+A256KW'],
  OKP: ['ECDH-ES', 'ECDH-ES+A256KW'],
  RSA: ['RSA-OAEP-256'],
} as const satisfies Record<string, readonly string[]>;

/** Members of a public JWK by kind of key, as they are imported; whatever else it says is left out. */
export const PUBLIC_MEMBERS = { EC: ['x', 'y'], OKP: ['x'], RSA: ['n', 'e'] } as const;

/** The one curve of each kind that has curves. */
export const CURVES = { EC: 'P-256', OKP: 'X25519', RSA: undefined } as const;

/** `EC`, `OKP` or `RSA`. */
export type KeyKind = keyof typeof KEY_AGREEMENTS;

/** Whether a JWK's `kty` and `crv` name a kind of key that seals. */
export function isKeyKind(kty: unknown, crv: unknown): kty is KeyKind {
  return typeof kty === 'string' && Object.hasOwn(CURVES, kty) && CURVES[kty as KeyKind] === crv;
}

/** Whether a serverKey is sealed: five parts of base64url, the first of which begins as JSON. */
export function isSealed(serverKey: string): boolean {
  return /^eyJ[\w-]*(?:\.[\w-]*){4}$/.test(serverKey);
}

/** A JWK as an object, from an object or its JSON; null when it is none. */
export function jwkOf(given: unknown): Record<string, unknown> | null {
  let value = given;
  if (typeof given === 'string') {
    try {
      value = JSON.parse(given);
    } catch {
      return null;
    }
  }
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : null;
}
