/**
 * Hashes of things that must be compared but not kept. Their keys are derived from the partner key,
 * so that replicas agree and a stolen database can't be searched for an address.
 */
import type { Hmac } from './signature.ts';
import { Secret } from './secret.ts';
import { whenThere, type Soon } from './soon.ts';

const encoder = new TextEncoder();

/** SHA-256 of a text's UTF-8 bytes. A server may inject a faster one than Web Crypto's. */
export type Sha256 = (text: string) => Soon<Uint8Array>;

/** What hashing runs on. */
export type Hashing = { sha256: Sha256; hmac: Hmac };

/** Hashing on Web Crypto alone. */
export const webHashing: Hashing = {
  sha256: async (text) => new Uint8Array(await crypto.subtle.digest('SHA-256', encoder.encode(text))),
  hmac: async (key, data) => {
    const imported = await crypto.subtle.importKey(
      'raw',
      new Uint8Array(key),
      { name: 'HMAC', hash: 'SHA-256' },
      false,
      ['sign'],
    );
    const bytes = typeof data === 'string' ? encoder.encode(data) : new Uint8Array(data);
    return new Uint8Array(await crypto.subtle.sign('HMAC', imported, bytes));
  },
};

const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

/** The first `length` characters of base64url; by hand, because `btoa` wants a string of bytes first. */
export function base64url(bytes: Uint8Array, length: number): string {
  let text = '';
  for (let bit = 0; bit < 6 * length; bit += 6) {
    const at = bit >> 3;
    const two = ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);
    text += LETTERS[(two >> (10 - (bit & 7))) & 63];
  }
  return text;
}

/** A keyed hash for one purpose: 22 characters of base64url, 132 bits. */
export type KeyedHash = (value: string) => Soon<string>;

/** A `KeyedHash` whose key comes from the partner key and the purpose. */
export function keyedHash(partnerKey: Secret, purpose: string, { hmac }: Hashing): KeyedHash {
  let key: Soon<Uint8Array> | undefined;
  return (value) => {
    key ??= hmac(encoder.encode(partnerKey.reveal()), `kelviq-onboarding ${purpose}`);
    const digest = whenThere(key, (known) => hmac(known, value));
    return whenThere(digest, (bytes) => base64url(bytes, 22));
  };
}

/** How an e-mail address is compared: mailboxes that differ in case alone are one. */
export function canonicalEmail(email: string): string {
  return email.normalize('NFC').toLowerCase();
}

/** The externalId of an open sign-up: the customer alone knows the key behind it. */
export function openExternalId(idempotencyKey: string, { sha256 }: Hashing): Soon<string> {
  return whenThere(sha256(idempotencyKey), (digest) => `ks_${base64url(digest, 22)}`);
}

/** `webhook-id` of an organization: the same on every try, and after the loss of the database. */
export function deliveryId(
  environment: string,
  organizationIdentifier: string,
  { sha256 }: Hashing,
): Soon<string> {
  const digest = sha256(`organization.provisioned:${environment}:${organizationIdentifier}`);
  return whenThere(digest, (bytes) => `msg_${base64url(bytes, 27)}`);
}
