/**
 * Delivers events as Standard Webhooks: signed, posted once a try, never redirected. What counts is
 * the status of the answer; its body is never waited for.
 */
import type { JWK } from 'jose';
import { isLoopbackHost } from './address.ts';
import { systemClock, type Clock } from './clock.ts';
import type { DeliveryEvent } from './contract.ts';
import { DeliveryFailure, retryAfterMs, type Deliver } from './delivery.ts';
import { HttpFailure, fetchSend, type HttpSend, type IncomingAnswer } from './http.ts';
import { createSeal, readEncryptionKey, type Seal } from './seal.ts';
import { rotating, type Rotating } from './rotating.ts';
import { Secret } from './secret.ts';
import { decodeSecret, signDelivery, type Hmac } from './signature.ts';

const TIMEOUT_MS = 15_000;

/** Enough to read a short answer to its end, so that its connection can be used again. */
const MAX_ANSWER_BYTES = 16_384;

/** Where deliveries go and how they are signed. */
export type WebhookOptions = {
  /** Where the receiver is, `https:` beyond this machine. */
  url: string;
  /** `whsec_` and base64 each; all sign together. A function is asked for them before each delivery. */
  secrets: Rotating<readonly (string | Secret)[]>;
  /**
   * A public JWK of the receiver, an object or its JSON: `data.serverKey` is then a compact JWE that
   * nobody on the way can read, and `verifyDelivery` opens it with the private half.
   */
  encryptionKey?: string | JWK | undefined;
  /** Lets `url` begin with `http:` beyond this machine too, for a receiver inside your own network; default false. */
  allowInternal?: boolean | undefined;
  /** How the receiver is reached; default: by `fetch`. */
  send?: HttpSend;
  /** Default: this machine's. */
  clock?: Clock;
  /** Default: Web Crypto's. */
  hmac?: Hmac;
};

/**
 * A `Deliver` that posts to `url`. 2xx is delivered; everything else rejects with `DeliveryFailure`:
 * `http_<status>`, `timed_out`, `connect_failed`, `internal_address`, `connection_lost` or `sealing_failed`.
 * Throws at once when `url` is none or would carry keys in plain text, when `secrets` is empty, or when
 * one of them or `encryptionKey` is malformed or private.
 */
export function webhook({
  url,
  secrets,
  encryptionKey,
  allowInternal = false,
  send = fetchSend,
  clock = systemClock,
  hmac,
}: WebhookOptions): Deliver {
  if (!/^https?:\/\//.test(url) || !URL.canParse(url))
    throw new TypeError('The url of a webhook is an address that begins with https://.');
  const { protocol, hostname, username, password } = new URL(url);
  if (protocol === 'http:' && !allowInternal && !isLoopbackHost(hostname))
    throw new TypeError(
      'The url of a webhook begins with https://, or the serverKey could be read on its way; for a receiver inside your own network set allowInternal to true.',
    );
  // `fetch` takes none, and would say so at each delivery.
  if (username || password) throw new TypeError('The url of a webhook holds no user name and no password.');
  const keys = rotating(secrets, keysOf);
  const publicKey = encryptionKey === undefined ? null : readEncryptionKey(encryptionKey);
  if (publicKey instanceof Error) throw new TypeError(`encryptionKey ${publicKey.message}`);
  const seal = publicKey && createSeal(publicKey);

  return async (event, { id }) => {
    // Sealed before anything is written: the signature covers what is sent.
    const body = JSON.stringify(seal ? await sealed(event, seal) : event);
    const timestampS = Math.floor(clock.now() / 1000);
    const signature = await signDelivery({ id, timestampS, body, keys: keys(), ...(hmac && { hmac }) });
    let answer: IncomingAnswer;
    try {
      answer = await send({
        method: 'POST',
        url,
        headers: {
          'content-type': 'application/json',
          'user-agent': 'kelviq-onboarding',
          'webhook-id': id,
          'webhook-timestamp': String(timestampS),
          'webhook-signature': signature,
        },
        body,
        timeoutMs: TIMEOUT_MS,
        maxBytes: MAX_ANSWER_BYTES,
        statusOnly: true,
      });
    } catch (error) {
      throw new DeliveryFailure(failureCode(error), null, { cause: error });
    }
    if (answer.status >= 200 && answer.status < 300) return;
    throw new DeliveryFailure(
      `http_${answer.status}`,
      retryAfterMs(answer.headers['retry-after'], clock.now()),
    );
  };
}

/** `event` with its key sealed. */
async function sealed(event: DeliveryEvent, seal: Seal): Promise<DeliveryEvent> {
  const serverKey = await seal(event.data.serverKey).catch(sealingFailed);
  return { ...event, data: { ...event.data, serverKey } };
}

/** The key in the settings is no point of its curve; the cause quotes nothing. */
function sealingFailed(error: unknown): never {
  throw new DeliveryFailure('sealing_failed', null, { cause: error });
}

function keysOf(secrets: readonly (string | Secret)[]): readonly Uint8Array[] {
  if (!Array.isArray(secrets)) throw new TypeError('The secrets of a webhook are a list.');
  const keys = secrets.map((secret: unknown) => {
    const key = decodeSecret(secret instanceof Secret ? secret.reveal() : String(secret));
    if (!key) throw new TypeError('A webhook secret is "whsec_" and the base64 of 24 to 64 bytes.');
    return key;
  });
  if (keys.length === 0) throw new TypeError('A webhook needs at least one secret.');
  return keys;
}

function failureCode(error: unknown): string {
  if (!(error instanceof HttpFailure)) return 'connection_lost';
  if (error.code === 'internal_address') return error.code;
  if (!error.sent) return 'connect_failed';
  return error.code === 'ETIMEDOUT' ? 'timed_out' : 'connection_lost';
}
