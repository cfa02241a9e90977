/**
 * For the partner's backend, in any JavaScript runtime: makes session tokens for the widget and
 * checks and opens deliveries of the proxy. Holds no state, and shares with the proxy only what an id, an
 * address, an origin, a signature and a sealed key look like.
 */
import { SignJWT, type JWK } from 'jose';
import type { DeliveryEvent, PingEvent } from './contract.ts';
import { EXTERNAL_ID_RULE, isExternalId } from './external-id.ts';
import { isSealed } from './jwe.ts';
import { MOST } from './limits.ts';
import { withAsciiDomain } from './mailbox.ts';
import { originFault } from './origin.ts';
import { TOLERANCE_S, decodeSecret, verifySignature } from './signature.ts';
import { codePoints, hasForbiddenCharacters, isEmail } from './text.ts';
import { readDecryptionKey, unseal, type DecryptionKey } from './unseal.ts';

export type { DeliveryEvent, PingEvent };

/** Longest life of a session token, in seconds. */
const LONGEST_TOKEN_S = 3600;

/** Why a session token cannot be made. */
export type SessionTokenErrorCode =
  | 'invalid_secret'
  | 'invalid_external_id'
  | 'invalid_email'
  | 'invalid_business_name'
  | 'invalid_origin'
  | 'invalid_expiry';

/** A session token that the proxy would refuse; `message` says what to change, never the secret. */
export class SessionTokenError extends Error {
  override readonly name = 'SessionTokenError';
  readonly code: SessionTokenErrorCode;

  constructor(code: SessionTokenErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}

/** What a session token states. */
export type SessionTokenOptions = {
  /** One `SESSION_SECRET` of the proxy, at least 32 bytes. */
  secret: string;
  /** Your id of the customer, unique and never given to another one. */
  externalId: string;
  /** Shown read-only, and wins over what is typed; left out, the customer types it. */
  email?: string | undefined;
  /** Likewise. */
  businessName?: string | undefined;
  /** The one origin on which the token counts, such as `https://app.example.com`. */
  origin?: string | undefined;
  /** Life in seconds, at most 3600; default 1800. */
  expiresInS?: number | undefined;
};

/**
 * A JWT (HS256) that tells the proxy who the customer is. Answer it as `{ token }` at the widget's
 * `session-url`, to signed-in customers alone. Rejects with `SessionTokenError`.
 */
export async function createSessionToken(options: SessionTokenOptions): Promise<string> {
  const { secret, externalId, email, businessName, origin, expiresInS = 1800 } = options;
  const key = new TextEncoder().encode(secret);
  check(
    key.length >= 32,
    'invalid_secret',
    'The session secret is shorter than 32 bytes. `openssl rand -hex 32` makes one.',
  );
  check(
    !/\s/.test(secret),
    'invalid_secret',
    'The session secret holds white space, where the proxy splits SESSION_SECRET. Sign with one of its secrets.',
  );
  check(isExternalId(externalId), 'invalid_external_id', `externalId is a string: ${EXTERNAL_ID_RULE}.`);
  check(
    email === undefined ||
      (isTaken(email, MOST.email, isEmail) && isTaken(withAsciiDomain(email.trim()), MOST.email, isEmail)),
    'invalid_email',
    `email is one address of at most ${MOST.email} characters. Leave it out to let the customer type it.`,
  );
  check(
    businessName === undefined ||
      isTaken(businessName, MOST.businessName, (text) => text !== '' && !hasForbiddenCharacters(text)),
    'invalid_business_name',
    `businessName is one line of 1 to ${MOST.businessName} characters. Leave it out to let the customer type it.`,
  );
  check(
    origin === undefined || originFault(origin) === null,
    'invalid_origin',
    'origin is scheme and host, and the port where there is one, without a path: https://app.example.com',
  );
  check(
    Number.isInteger(expiresInS) && expiresInS > 0 && expiresInS <= LONGEST_TOKEN_S,
    'invalid_expiry',
    'expiresInS is a whole number of seconds from 1 to 3600.',
  );

  const issuedAtS = Math.floor(Date.now() / 1000);
  return new SignJWT({ email, business_name: businessName, origin })
    .setProtectedHeader({ alg: 'HS256', typ: 'JWT' })
    .setAudience('kelviq-onboarding')
    .setSubject(externalId)
    .setIssuedAt(issuedAtS)
    .setExpirationTime(issuedAtS + expiresInS)
    .sign(key);
}

/** Whether the proxy takes what is stated, by the rule for what is typed: a token that states more is refused whole. */
function isTaken(stated: unknown, most: number, rule: (text: string) => boolean): boolean {
  if (typeof stated !== 'string') return false;
  const text = stated.trim();
  return codePoints(text) <= most && rule(text);
}

function check(holds: boolean, code: SessionTokenErrorCode, message: string): asserts holds {
  if (!holds) throw new SessionTokenError(code, message);
}

const FAULTS = {
  invalid_secret:
    'The webhook secret is "whsec_" and base64, as in WEBHOOK_SECRET of the proxy; several are separated by spaces.',
  body_not_raw:
    'Pass the raw body, as a string or bytes, not the parsed JSON: the signature covers the bytes that were sent.',
  missing_header:
    'The headers webhook-id, webhook-timestamp and webhook-signature are not all there. Pass the headers of the request as they came.',
  timestamp_invalid: 'webhook-timestamp is not a number of seconds.',
  timestamp_too_old:
    'The delivery was signed too long ago. It may be a replay; if it is not, set the clock of this machine.',
  timestamp_too_new: 'The delivery was signed in the future. Set the clock of this machine or of the proxy.',
  signature_mismatch:
    'The signature does not match. Pass the raw body, not the parsed JSON, and the WEBHOOK_SECRET that the proxy signs with.',
  invalid_decryption_key:
    'decryptionKey is a private JWK of EC P-256, X25519 or RSA, the other half of the WEBHOOK_ENCRYPTION_KEY of the proxy.',
  decryption_key_missing:
    'The serverKey is sealed, and there is no decryptionKey. Pass the private half of the WEBHOOK_ENCRYPTION_KEY of the proxy.',
  decryption_failed:
    'The serverKey is sealed to another key, or it is damaged. Pass the private half of the WEBHOOK_ENCRYPTION_KEY of the proxy.',
  malformed_body:
    'The signature is good, but the body is not an event that this version knows. Use the version of the proxy.',
} as const;

/** Why a delivery was not accepted. */
export type DeliveryVerificationErrorCode = keyof typeof FAULTS;

/** A delivery that must not be acted on; answer it with 400. `message` says what to do. */
export class DeliveryVerificationError extends Error {
  override readonly name = 'DeliveryVerificationError';
  readonly code: DeliveryVerificationErrorCode;

  constructor(code: DeliveryVerificationErrorCode, options?: ErrorOptions) {
    super(FAULTS[code], options);
    this.code = code;
  }
}

/** Headers of any server: Fetch's `Headers`, Node's `req.headers`, or a plain record in any case; a list of one is its one. */
export type HeadersLike =
  | { get(name: string): string | null }
  | Readonly<Record<string, string | readonly string[] | undefined>>;

/** A delivery as received. */
export type ReceivedDelivery = {
  /** The raw body, before anything parses it. */
  body: string | Uint8Array | ArrayBuffer;
  /** All headers of the request, as they came. */
  headers: HeadersLike;
  /** Every secret that may have signed: one, several, or several in one string separated by spaces. */
  secret: string | readonly string[];
  /**
   * Where the proxy has a `WEBHOOK_ENCRYPTION_KEY`: its private half as a JWK, an object or its JSON.
   * Several while keys are rotated; their `kid` chooses. What is not sealed passes without it.
   */
  decryptionKey?: string | JWK | readonly (string | JWK)[] | undefined;
  /** How far the time of signing may be from `now`, in seconds; default 300. */
  toleranceS?: number | undefined;
  /** The time, in seconds since the epoch; default: this machine's. */
  now?: number | undefined;
};

/**
 * The event of a delivery whose signature and age are good, its serverKey in the open. `organization.provisioned`: upsert by
 * `data.externalId`, answer 2xx once it is stored; `ping`: answer 2xx, no more. Rejects with
 * `DeliveryVerificationError`.
 */
export async function verifyDelivery(delivery: ReceivedDelivery): Promise<DeliveryEvent | PingEvent> {
  const { headers, secret, toleranceS = TOLERANCE_S, now = Math.floor(Date.now() / 1000) } = delivery;
  // Typed, but JavaScript passes `process.env.…` of a variable that is not set.
  const given: readonly unknown[] = Array.isArray(secret) ? secret : [secret];
  const secrets = given
    .flatMap((text) => (typeof text === 'string' ? text.split(/\s+/) : fail('invalid_secret')))
    .filter(Boolean);
  const keys = secrets.map((text) => decodeSecret(text) ?? fail('invalid_secret'));
  if (keys.length === 0) fail('invalid_secret');
  const openers = decryptionKeys(delivery.decryptionKey);
  const body = delivery.body instanceof ArrayBuffer ? new Uint8Array(delivery.body) : delivery.body;
  if (typeof body !== 'string' && !(body instanceof Uint8Array)) fail('body_not_raw');

  const id = headerOf(headers, 'webhook-id');
  const timestamp = headerOf(headers, 'webhook-timestamp');
  const signature = headerOf(headers, 'webhook-signature');
  if (!id || !timestamp || !signature) fail('missing_header');
  const fault = await verifySignature({ id, timestamp, signature, body, keys, nowS: now, toleranceS });
  if (fault) fail(fault);
  return opened(eventOf(body), openers);
}

function fail(code: DeliveryVerificationErrorCode, options?: ErrorOptions): never {
  throw new DeliveryVerificationError(code, options);
}

function decryptionKeys(given: ReceivedDelivery['decryptionKey']): DecryptionKey[] {
  const list: readonly unknown[] = Array.isArray(given) ? given : given === undefined ? [] : [given];
  return list.map((one) => readDecryptionKey(one) ?? fail('invalid_decryption_key'));
}

/** A ping of the doctor may hold something sealed too, to see whether it can be opened. */
async function opened<Event extends DeliveryEvent | PingEvent>(
  event: Event,
  keys: readonly DecryptionKey[],
): Promise<Event> {
  const serverKey: unknown = event.data?.serverKey;
  if (typeof serverKey !== 'string' || !isSealed(serverKey)) return event;
  if (keys.length === 0) fail('decryption_key_missing');
  const open = (await unseal(serverKey, keys)) ?? fail('decryption_failed');
  return { ...event, data: { ...event.data, serverKey: open } };
}

function headerOf(headers: HeadersLike, name: string): string | null {
  if (typeof headers?.get === 'function') return headers.get(name);
  const [, value] =
    Object.entries(headers ?? {}).find(([key, text]) => key.toLowerCase() === name && text !== undefined) ??
    [];
  // Of two that differ, the sender may have signed either.
  const [only, ...more]: readonly unknown[] = Array.isArray(value) ? value : [value];
  return typeof only === 'string' && more.length === 0 ? only : null;
}

function eventOf(body: string | Uint8Array): DeliveryEvent | PingEvent {
  let event: Partial<DeliveryEvent> | PingEvent | null;
  try {
    event = JSON.parse(
      typeof body === 'string' ? body : new TextDecoder('utf-8', { fatal: true }).decode(body),
    );
  } catch {
    fail('malformed_body');
  }
  if (event?.type === 'ping') return event;
  const data = event?.type === 'organization.provisioned' ? event.data : null;
  if (typeof data?.externalId !== 'string' || typeof data.serverKey !== 'string') fail('malformed_body');
  return event as DeliveryEvent;
}
