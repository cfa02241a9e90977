/**
 * Delivers events as Standard Webhooks: signed, posted once a try, never redirected. What counts is
 * the status of the answer; its body is never waited for.
 */
import { systemClock, type Clock } from './clock.ts';
import { DeliveryFailure, retryAfterMs, type Deliver } from './delivery.ts';
import { HttpFailure, fetchSend, type HttpSend } from './http.ts';
import type { Secret } from './secret.ts';
import { decodeSecret, signDelivery, type Hmac } from './signature.ts';

const TIMEOUT_MS = 15_000;

/** Enough to read a short answer to its end, so that its connection can be used again. */
const MAX_ANSWER_BYTES = 16_384;

/** Where deliveries go and how they are signed; `secrets` of the form `whsec_` + base64 all sign together. */
export type WebhookOptions = {
  url: string;
  secrets: readonly (string | Secret)[];
  send?: HttpSend;
  clock?: Clock;
  hmac?: Hmac;
};

/**
 * A `Deliver` that posts to `url`. 2xx is delivered; everything else rejects with `DeliveryFailure`:
 * `http_<status>`, `timed_out`, `connect_failed`, `internal_address` or `connection_lost`.
 * Throws at once when `secrets` is empty or one of them is malformed.
 */
export function webhook({
  url,
  secrets,
  send = fetchSend,
  clock = systemClock,
  hmac,
}: WebhookOptions): Deliver {
  const keys = secrets.map((secret) => {
    const key = decodeSecret(typeof secret === 'string' ? secret : secret.reveal());
    if (!key) throw new TypeError('A webhook secret is "whsec_" and the base64 of 24 to 64 bytes.');
    return key;
  });
  if (keys.length === 0) throw new TypeError('A webhook needs at least one secret.');

  return async (event, { id }) => {
    const body = JSON.stringify(event);
    const timestampS = Math.floor(clock.now() / 1000);
    const signature = await signDelivery({ id, timestampS, body, keys, ...(hmac && { hmac }) });
    const answer = await send({
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
    }).catch((error: unknown) => {
      throw new DeliveryFailure(failureCode(error), null, { cause: error });
    });
    if (answer.status >= 200 && answer.status < 300) return;
    throw new DeliveryFailure(
      `http_${answer.status}`,
      retryAfterMs(answer.headers['retry-after'], clock.now()),
    );
  };
}

function failureCode(error: unknown): string {
  if (!(error instanceof HttpFailure)) return 'connection_lost';
  if (error.code === 'internal_address') return error.code;
  if (!error.sent) return 'connect_failed';
  return error.code === 'ETIMEDOUT' ? 'timed_out' : 'connection_lost';
}
