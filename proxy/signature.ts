/**
 * Standard Webhooks signatures (standardwebhooks.com, specification 1.0): HMAC-SHA256 over
 * "id.timestamp.body". Web Crypto alone, so that it runs wherever a partner's backend runs.
 */
import { whenThere, type Soon } from './soon.ts';

/** HMAC-SHA256. A server may inject a faster one than Web Crypto's. */
export type Hmac = (key: Uint8Array, data: string | Uint8Array) => Soon<Uint8Array>;

/** The specification's advice against replays: five minutes either way, in seconds. */
export const TOLERANCE_S = 300;

/** More signatures than any rotation needs; a header is not an invitation to work. */
const MOST_SIGNATURES = 32;

const SECRET = /^whsec_([A-Za-z0-9+/]+={0,2})$/;
const encoder = new TextEncoder();
const importedKeys = new WeakMap<Uint8Array, Promise<CryptoKey>>();

/**
 * Bytes of a secret of the form `whsec_` + base64 of 24 to 64 bytes; null when it is not one.
 * The caller says so without the value.
 */
export function decodeSecret(secret: string): Uint8Array | null {
  const encoded = SECRET.exec(secret)?.[1];
  const bytes = encoded === undefined ? null : fromBase64(encoded);
  return bytes && bytes.length >= 24 && bytes.length <= 64 ? bytes : null;
}

/** What a signature covers, as UTF-8 text. */
function signedText(id: string, timestampS: number | string, body: string): string {
  return `${id}.${timestampS}.${body}`;
}

/**
 * The `webhook-signature` header: one `v1,<base64>` for each key, separated by spaces, so that a
 * receiver that knows any one of them accepts during a rotation. `timestampS` is in seconds.
 */
export function signDelivery(delivery: {
  id: string;
  timestampS: number;
  body: string;
  keys: readonly Uint8Array[];
  hmac?: Hmac;
}): Soon<string> {
  const { id, timestampS, body, keys, hmac = webCryptoHmac } = delivery;
  const text = signedText(id, timestampS, body);
  return keys.reduce<Soon<string>>(
    (header, key) =>
      whenThere(header, (before) =>
        whenThere(hmac(key, text), (digest) => `${before}${before && ' '}v1,${toBase64(digest)}`),
      ),
    '',
  );
}

/** Why a signature does not hold. */
export type SignatureFault =
  | 'timestamp_invalid'
  | 'timestamp_too_old'
  | 'timestamp_too_new'
  | 'signature_mismatch';

/**
 * Checks a delivery against every key, in constant time for each pair. Null when it holds, else what
 * is wrong. `timestamp` and `signature` are the headers as received; `nowS` and `toleranceS` are in seconds.
 */
export async function verifySignature(delivery: {
  id: string;
  timestamp: string;
  signature: string;
  body: string | Uint8Array;
  keys: readonly Uint8Array[];
  nowS: number;
  toleranceS?: number;
  hmac?: Hmac;
}): Promise<SignatureFault | null> {
  const {
    id,
    timestamp,
    signature,
    body,
    keys,
    nowS,
    toleranceS = TOLERANCE_S,
    hmac = webCryptoHmac,
  } = delivery;
  if (!/^\d{1,15}$/.test(timestamp)) return 'timestamp_invalid';
  const ageS = nowS - Number(timestamp);
  // Asked this way round, a tolerance that is no number lets nothing pass instead of everything.
  if (!(ageS <= toleranceS)) return 'timestamp_too_old';
  if (ageS < -toleranceS) return 'timestamp_too_new';

  const data = signedBytes(signedText(id, timestamp, ''), body);
  const given = signature.split(' ', MOST_SIGNATURES).map((part) => {
    const [version, value, ...rest] = part.split(',');
    return version === 'v1' && value && rest.length === 0 ? fromBase64(value) : null;
  });
  let matches = 0;
  for (const key of keys) {
    const expected = await hmac(key, data);
    for (const candidate of given) matches += candidate ? sameBytes(candidate, expected) : 0;
  }
  return matches > 0 ? null : 'signature_mismatch';
}

/** The raw bytes are what was signed: decoding and encoding them again may change them. */
function signedBytes(prefix: string, body: string | Uint8Array): Uint8Array {
  const head = encoder.encode(prefix);
  const tail = typeof body === 'string' ? encoder.encode(body) : body;
  const data = new Uint8Array(head.length + tail.length);
  data.set(head);
  data.set(tail, head.length);
  return data;
}

/** 1 or 0, in a time that depends on the lengths alone. */
function sameBytes(a: Uint8Array, b: Uint8Array): 0 | 1 {
  if (a.length !== b.length) return 0;
  let difference = 0;
  for (const [index, byte] of a.entries()) difference |= byte ^ (b[index] ?? 0);
  return difference === 0 ? 1 : 0;
}

const webCryptoHmac: Hmac = async (key, data) => {
  let imported = importedKeys.get(key);
  if (!imported) {
    const raw = Uint8Array.from(key);
    imported = crypto.subtle.importKey('raw', raw, { name: 'HMAC', hash: 'SHA-256' }, false, ['sign']);
    importedKeys.set(key, imported);
  }
  const bytes = typeof data === 'string' ? encoder.encode(data) : Uint8Array.from(data);
  return new Uint8Array(await crypto.subtle.sign('HMAC', await imported, bytes));
};

function toBase64(bytes: Uint8Array): string {
  // Spread, they would be asked for one by one.
  return btoa(Reflect.apply(String.fromCharCode, null, bytes));
}

function fromBase64(text: string): Uint8Array | null {
  try {
    return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
  } catch {
    return null;
  }
}
