/**
 * The doctor's look at the partner's receiver: a ping that is signed as it should be, and the same
 * with a wrong signature and with an old one. A ping stands for no customer and is to be stored by nobody.
 */
import { randomBytes } from 'node:crypto';
import type { Clock } from '../../../clock.ts';
import type { PingEvent } from '../../../contract.ts';
import { HttpFailure, type HttpSend } from '../../../http.ts';
import { createSeal, type EncryptionKey } from '../../../seal.ts';
import type { Secret } from '../../../secret.ts';
import { TOLERANCE_S, decodeSecret, signDelivery } from '../../../signature.ts';
import type { Tell } from './report.ts';
import { connectionTrouble } from '../kelviq-trouble.ts';

/** What a delivery is given. */
const TIMEOUT_MS = 15_000;
const SLOW_MS = 5000;
const MAX_ANSWER_BYTES = 16_384;

/** Where deliveries go, and what signs them. */
export type ReceiverOptions = {
  url: string;
  secrets: readonly Secret[];
  /** Where serverKeys are sealed: the ping then holds something that the receiver has to open. */
  encryptionKey?: EncryptionKey | undefined;
  send: HttpSend;
  clock: Clock;
};

/** What guards of a framework answer, before the receiver sees anything: Rails has 422 for it, Laravel 419. */
const GUARDED: ReadonlySet<number> = new Set([401, 403, 419, 422]);

type Reply = { status: number; durationMs: number };

const VERIFY =
  'verify with verifyDelivery of kelviq-onboarding/backend, or with any Standard Webhooks library';

/** Says what the receiver takes and what it refuses. */
export async function checkReceiver(
  { url, secrets, encryptionKey, send, clock }: ReceiverOptions,
  tell: Tell,
): Promise<void> {
  const keys = secrets.flatMap((secret) => decodeSecret(secret.reveal()) ?? []);
  const { host } = new URL(url);
  const seal = encryptionKey && createSeal(encryptionKey);

  async function ping(with_: readonly Uint8Array[], ageS = 0): Promise<Reply | HttpFailure> {
    const data = seal ? { serverKey: await seal('ping') } : {};
    const event: PingEvent = { type: 'ping', timestamp: new Date(clock.now()).toISOString(), data };
    const body = JSON.stringify(event);
    // A receiver that knows an id already may answer without looking further.
    const id = `msg_ping${randomBytes(10).toString('hex')}`;
    const timestampS = Math.floor(clock.now() / 1000) - ageS;
    const headers = {
      'content-type': 'application/json',
      'user-agent': 'kelviq-onboarding',
      'webhook-id': id,
      'webhook-timestamp': String(timestampS),
      'webhook-signature': await signDelivery({ id, timestampS, body, keys: with_ }),
    };
    const from = clock.now();
    try {
      const limits = { timeoutMs: TIMEOUT_MS, maxBytes: MAX_ANSWER_BYTES, statusOnly: true } as const;
      const { status } = await send({ method: 'POST', url, headers, body, ...limits });
      return { status, durationMs: clock.now() - from };
    } catch (error) {
      return error instanceof HttpFailure ? error : new HttpFailure('EUNKNOWN', true);
    }
  }

  const seals = await (seal?.('ping') ?? Promise.resolve('')).then(
    () => true,
    () => false,
  );
  if (!seals)
    return tell(
      'fail',
      'WEBHOOK_ENCRYPTION_KEY looks like a key, and nothing can be sealed to it',
      'make a new pair; the public half goes here, the private one to your backend',
    );
  const right = await ping(keys);
  if (right instanceof HttpFailure) {
    const { what, fix } = connectionTrouble(right.code, host);
    return tell('fail', what, fix);
  }
  if (!taken(right)) {
    tell('fail', ...refusal(right.status, host, encryptionKey !== undefined));
    return tell('skip', 'wrong and old signatures: what it refuses proves nothing yet');
  }
  if (right.durationMs > SLOW_MS)
    tell(
      'warn',
      `${host} takes a rightly signed ping, but after ${right.durationMs} ms`,
      'store first, answer 2xx, and do the rest afterwards; after 15 s a delivery counts as failed',
    );
  else tell('ok', `${host} takes a rightly signed ping (${right.status}, ${right.durationMs} ms)`);

  judge(await ping([randomBytes(32)]), {
    name: 'a wrong signature',
    danger: 'anybody who knows the address could hand it keys',
    fix: `${VERIFY}, before anything is stored; answer 400 when it does not hold`,
  });
  judge(await ping(keys, 2 * TOLERANCE_S), {
    name: 'a signature of 10 minutes ago',
    danger: 'what was once recorded could be sent again',
    fix: 'refuse a webhook-timestamp that is more than 5 minutes off, as verifyDelivery does',
  });
  if (keys.length > 1) for (const [index, key] of keys.entries()) judgeSecret(await ping([key]), index);

  function judge(
    reply: Reply | HttpFailure,
    { name, danger, fix }: Record<'name' | 'danger' | 'fix', string>,
  ) {
    if (reply instanceof HttpFailure)
      tell('warn', `${host} does not answer to ${name} (${reply.code})`, 'answer 400 to what does not hold');
    else if (taken(reply)) tell('fail', `${host} takes ${name} (${reply.status}): ${danger}`, fix);
    else if (reply.status >= 400 && reply.status < 500)
      tell('ok', `${host} refuses ${name} (${reply.status})`);
    else
      tell(
        'warn',
        `${host} answers ${reply.status} to ${name}`,
        'answer 400, so that it does not look like an outage',
      );
  }

  /** While secrets are rotated: which of them the receiver has. */
  function judgeSecret(reply: Reply | HttpFailure, index: number): void {
    const name = `secret ${index + 1} of ${keys.length} in WEBHOOK_SECRET`;
    if (!(reply instanceof HttpFailure) && taken(reply)) tell('ok', `${host} knows ${name}`);
    else tell('warn', `${host} does not know ${name}`, 'take the others out only when it does');
  }
}

function taken({ status }: Reply): boolean {
  return status >= 200 && status < 300;
}

/** Why a ping that should have been taken was not, as far as its status tells. */
function refusal(status: number, host: string, sealed: boolean): [what: string, fix: string] {
  if (status < 400)
    return [
      `${host} redirects (${status}), which counts as a failure`,
      'write the final address in WEBHOOK_URL',
    ];
  if (status === 404 || status === 405)
    return [
      `${host} has nothing that takes a POST at this path (${status})`,
      'check the path of WEBHOOK_URL, and that the receiver is deployed',
    ];
  if (status >= 500)
    return [
      `${host} fails on a rightly signed ping (${status})`,
      'look at its log; answer 2xx to a type of event that you do not know, such as "ping"',
    ];
  const before = GUARDED.has(status)
    ? 'let no sign-in and no CSRF check stand before its path'
    : 'look at what stands before it, a limit or a gateway';
  const itself = status === 400 ? '' : `${before}; where it is the receiver itself that refuses, `;
  return [
    `${host} refuses a rightly signed ping (${status})`,
    `${itself}give it the WEBHOOK_SECRET of the proxy${sealed ? ', and the private half of WEBHOOK_ENCRYPTION_KEY as decryptionKey' : ''}; ${VERIFY}, on the raw bytes of the body; answer 2xx to types that you do not know, such as "ping"`,
  ];
}
