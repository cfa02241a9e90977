/**
 * The client of Kelviq's partner API, and the sole holder of the partner key. It says of every
 * answer what it proves, and lets an organization through only when its echo is the id asked for.
 * It never retries and never decides by the text of an error.
 */
import * as z from './zod.ts';
import { systemClock, type Clock } from './clock.ts';
import { retryAfterMs } from './delivery.ts';
import { HttpFailure, fetchSend, type HttpSend, type IncomingAnswer, type OutgoingRequest } from './http.ts';
import type { KeyRing } from './key-ring.ts';
import type { Environment } from './limits.ts';
import { Secret } from './secret.ts';
import { KEY_REFUSED } from './signup.ts';
import type { Provisioned, Seen } from './signup-terms.ts';
import { createTripwire, type Tripwire } from './tripwire.ts';

/** Kelviq's own addresses. */
export const KELVIQ_BASE_URLS = {
  sandbox: 'https://sandboxapi.kelviq.com/api/v1',
  production: 'https://api.kelviq.com/api/v1',
} as const satisfies Record<Environment, string>;

const POST_TIMEOUT_MS = 15_000;
const GET_TIMEOUT_MS = 5000;
const MAX_ANSWER_BYTES = 262_144;
const DEFAULT_RETRY_MS = 5000;

/** An empty text is none; one with NUL or half a character no database keeps as it is. */
const short = z
  .string()
  .max(512)
  .regex(/^[^\0\p{Cs}]*$/u);

/**
 * An organization as the partner API shows it, secret included. What only describes it may be written
 * otherwise than documented, and is unknown then: no delivery waits for it.
 */
export const organizationSchema = z.object({
  userId: z.int().nullish().catch(null),
  organizationIdentifier: z.string().regex(/^[A-Za-z0-9._-]{1,128}$/),
  organizationSlug: short.nullish().catch(null),
  clientKey: short.nullish(),
  serverKey: short.nullish(),
  partnerExternalId: z.string().nullish(),
});

/** What a POST may show; `heard` is the caller's to add. */
export type PostSeen =
  | Extract<
      Seen,
      { seen: 'refused' | 'limited' | 'unsent' | 'denied' | 'unusable' | 'unknown' | 'echo_failed' }
    >
  | { seen: 'created'; organization: Provisioned };

/** What a GET may show. */
export type ReadSeen =
  | Extract<Seen, { seen: 'absent' | 'unread' | 'echo_failed' }>
  | { seen: 'found'; organization: Provisioned };

/** Whether Kelviq took the partner key the last time it was asked. */
export type KeyState = 'unknown' | 'ok' | 'refused';

/** One question and how it was answered; `status` is null where no answer came. Times in milliseconds. */
export type Answered = { operation: 'create' | 'read'; status: number | null; durationMs: number };

/** How to reach Kelviq; `baseUrl` has no slash at its end. */
export type KelviqOptions = {
  partnerKey: Secret | KeyRing;
  baseUrl: string;
  send?: HttpSend;
  clock?: Clock;
  answered?: (answered: Answered) => void;
  /** Hears every server key that Kelviq names, whatever else is wrong with its answer. */
  serverKeySeen?: (serverKey: Secret) => void;
};

/** One question; `path` follows `/partner/organizations/`. Times in milliseconds. */
export type Asked = {
  method: 'GET' | 'POST';
  path: string;
  body?: string;
  timeoutMs?: number;
  maxBytes?: number;
  /** Asked right before it is sent; see http.ts. */
  mayStart?: () => boolean;
};

/** Asks Kelviq once, with the partner key. It never rejects: no answer is a value too. */
export type Ask = (asked: Asked) => Promise<IncomingAnswer | HttpFailure>;

/** An `Ask`. Its answers hold server keys: whoever reads one lets go of them at once. */
export function createAsk({
  partnerKey,
  baseUrl,
  send = fetchSend,
}: Pick<KelviqOptions, 'partnerKey' | 'baseUrl' | 'send'>): Ask {
  return async ({ method, path, body, timeoutMs, maxBytes = MAX_ANSWER_BYTES, mayStart }) => {
    const key = partnerKey instanceof Secret ? partnerKey : partnerKey.current();
    const request: OutgoingRequest = {
      method,
      url: `${baseUrl}/partner/organizations/${path}`,
      headers: { accept: 'application/json', 'x-kelviq-partner-key': key.reveal() },
      timeoutMs: timeoutMs ?? (method === 'POST' ? POST_TIMEOUT_MS : GET_TIMEOUT_MS),
      maxBytes,
    };
    if (body !== undefined) {
      request.headers['content-type'] = 'application/json';
      request.body = body;
    }
    if (mayStart) request.mayStart = mayStart;
    try {
      return await send(request);
    } catch (error) {
      return error instanceof HttpFailure ? error : new HttpFailure('EUNKNOWN', true);
    }
  };
}

/** The partner API, as far as the proxy uses it. No method rejects. */
export type Kelviq = {
  /**
   * `mayStill` is asked right before the first byte of the POST, and again before one that was answered
   * 401 is sent once more, with another key.
   */
  provision(
    signup: { externalId: string; email: string; businessName: string | null },
    mayStill?: () => boolean,
  ): Promise<PostSeen>;
  read(externalId: string): Promise<ReadSeen>;
  keyState(): KeyState;
};

/** A client of the partner API. */
export function createKelviq({
  clock = systemClock,
  answered = () => undefined,
  serverKeySeen = () => undefined,
  ...options
}: KelviqOptions): Kelviq {
  const askOnce = createAsk(options);
  const secrets = createTripwire();
  let keyState: KeyState = 'unknown';
  /** The key that may create nothing (403): that it still may read does not make it good. */
  let barred: Secret | null = null;

  /** Asks, and once more with another key when the first was not taken: a 401 says that nothing was done. */
  async function ask(asked: Asked): ReturnType<Ask> {
    const { partnerKey } = options;
    const used = partnerKey instanceof Secret ? partnerKey : partnerKey.current();
    secrets.add([used]);
    const from = clock.now();
    const answer = await askOnce(asked);
    tell(asked, used, answer, clock.now() - from);
    if (answer instanceof HttpFailure || answer.status !== 401) return answer;
    if (partnerKey instanceof Secret || !(await partnerKey.refused(used))) return answer;
    if (asked.mayStart?.() === false) return answer;
    const again = clock.now();
    const other = partnerKey.current();
    const second = await askOnce(asked);
    tell(asked, other, second, clock.now() - again);
    return second;
  }

  function tell({ method }: Asked, used: Secret, answer: Awaited<ReturnType<Ask>>, durationMs: number): void {
    const operation = method === 'POST' ? 'create' : 'read';
    if (answer instanceof HttpFailure) return answered({ operation, status: null, durationMs });
    const { status } = answer;
    answered({ operation, status, durationMs });
    if (status === 401 || status === 403) {
      keyState = 'refused';
      if (status === 403 && method === 'POST') barred = used;
    } else if (status < 300 || [400, 404, 409, 422].includes(status)) {
      if (method === 'POST') barred = null;
      keyState = barred === used ? 'refused' : 'ok';
    }
  }

  return {
    keyState: () => keyState,

    async provision({ externalId, email, businessName }, mayStill) {
      // JSON leaves out what is undefined.
      const body = JSON.stringify({ externalId, email, businessName: businessName ?? undefined });
      const answer = await ask({ method: 'POST', path: '', body, ...(mayStill && { mayStart: mayStill }) });
      if (answer instanceof HttpFailure)
        return answer.sent ? unknown(answer.code) : { seen: 'unsent', code: answer.code };
      return readPost(answer, externalId, clock.now(), secrets, serverKeySeen);
    },

    async read(externalId) {
      const path = `by-external-id/${encodeURIComponent(externalId)}/`;
      const answer = await ask({ method: 'GET', path });
      if (answer instanceof HttpFailure) return { seen: 'unread', code: 'no_answer' };
      if (answer.status === 404) return { seen: 'absent' };
      if (answer.status === 401 || answer.status === 403) return { seen: 'unread', code: KEY_REFUSED };
      if (answer.status !== 200) return { seen: 'unread', code: `http_${answer.status}` };
      const read = readOrganization(answer.body, externalId, secrets, serverKeySeen);
      if (read === 'broken') return { seen: 'unread', code: 'broken_answer' };
      return read === 'echo_failed'
        ? { seen: 'echo_failed', from: 'read' }
        : { seen: 'found', organization: read };
    },
  };
}

function unknown(code: string, soon = false): PostSeen {
  return { seen: 'unknown', soon, code };
}

function readPost(
  { status, headers, body }: IncomingAnswer,
  externalId: string,
  now: number,
  secrets: Tripwire,
  serverKeySeen: (serverKey: Secret) => void,
): PostSeen {
  const code = `http_${status}`;
  if (status >= 200 && status < 300) {
    const read = readOrganization(body, externalId, secrets, serverKeySeen);
    if (read === 'broken') return unknown(status === 201 ? 'broken_answer' : code);
    if (read === 'echo_failed') return { seen: 'echo_failed', from: 'post' };
    return status === 201 ? { seen: 'created', organization: read } : unknown(code);
  }
  switch (status) {
    case 401:
    case 403:
      return { seen: 'denied' };
    case 409:
      return { seen: 'refused', code: 'email_taken' };
    case 400:
    case 422:
      return { seen: 'refused', code: 'validation_failed' };
    case 429:
      return {
        seen: 'limited',
        retryAfterMs: Math.max(1000, retryAfterMs(headers['retry-after'], now) ?? DEFAULT_RETRY_MS),
      };
    case 408:
      return unknown(code);
    default:
      return status >= 500 ? unknown(code, status === 500 || status === 503) : { seen: 'unusable', code };
  }
}

/** The organization in an answer; a public field that holds a secret counts as a wrong echo. */
function readOrganization(
  body: string,
  externalId: string,
  secrets: Tripwire,
  seen: (serverKey: Secret) => void,
): Provisioned | 'broken' | 'echo_failed' {
  let json: unknown;
  try {
    json = JSON.parse(body);
  } catch {
    return 'broken';
  }
  const parsed = organizationSchema.safeParse(json);
  if (!parsed.success) return 'broken';
  const { userId, organizationIdentifier, organizationSlug, clientKey, serverKey, partnerExternalId } =
    parsed.data;
  const secret = serverKey ? new Secret(serverKey) : null;
  if (isServerKey(clientKey)) seen(new Secret(clientKey));
  else if (secret) seen(secret);
  if (partnerExternalId !== externalId) return 'echo_failed';
  if (showsSecret(parsed.data, secrets)) return 'echo_failed';
  return {
    userId: userId ?? null,
    organizationIdentifier,
    organizationSlug: organizationSlug || null,
    clientKey: clientKey || null,
    serverKey: secret,
  };
}

/** Whether a public field of an organization holds a server key, its own or in its place, or one of `secrets`. */
export function showsSecret(organization: z.output<typeof organizationSchema>, secrets: Tripwire): boolean {
  const { organizationIdentifier, organizationSlug, clientKey, serverKey } = organization;
  const open = [organizationIdentifier, organizationSlug, clientKey].join('\n');
  return isServerKey(clientKey) || secrets.holds(open) || Boolean(serverKey && open.includes(serverKey));
}

/** Whether a client key is none: the two keys may have changed places, and nothing else tells them apart. */
function isServerKey(clientKey: string | null | undefined): clientKey is string {
  return clientKey?.startsWith('sk_') ?? false;
}

/** Which environment a partner key names in itself; null where it names none. */
export function environmentOf(partnerKey: Secret): Environment | null {
  const [, name] = /^kvqp_(test|sandbox|live|production)_/.exec(partnerKey.reveal()) ?? [];
  if (name === undefined) return null;
  return name === 'test' || name === 'sandbox' ? 'sandbox' : 'production';
}
