/**
 * Who may knock: pages of listed origins, with JSON of at most 8 KiB. The gate refuses by itself;
 * CORS alone stops nobody. A signup needs a listed origin, a GET may come without one.
 */
import type { Context } from 'hono';
import type * as z from './zod.ts';
import type { Clock } from './clock.ts';
import type { FieldError } from './contract.ts';
import type { Crowd } from './crowd.ts';
import { FIELD_ERROR_CODES, LIMITS, type Environment } from './limits.ts';
import type { Log, LogFields } from './log.ts';
import type { GateEnv, Station } from './passage.ts';
import { Refusal, describeProblem, fieldError } from './problem.ts';
import { isWhole, wholeJson } from './written.ts';

const SIGNUP = '/v1/organizations';
const ROUTES = [SIGNUP, '/v1/session', '/v1/challenge'] as const;

const utf8 = new TextDecoder('utf-8', { fatal: true });

const EXPOSED_HEADERS = 'Retry-After, RateLimit';

const PREFLIGHT = {
  'Access-Control-Allow-Methods': 'GET, POST',
  'Access-Control-Allow-Headers': 'authorization, content-type, idempotency-key',
  'Access-Control-Max-Age': '7200',
} as const;

/** On every answer of the API: nothing is kept, sniffed, framed or leaked. */
const SECURITY_HEADERS = {
  'Cache-Control': 'no-store',
  'Content-Security-Policy': "default-src 'none'; frame-ancestors 'none'",
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Referrer-Policy': 'no-referrer',
  'X-Content-Type-Options': 'nosniff',
  Vary: 'Origin',
} as const;

/**
 * A fresh reference of one request; a customer may quote it. It begins with the time, so that an
 * index of references grows at one end.
 */
export function newRequestId(): string {
  const random = crypto.randomUUID().replaceAll('-', '');
  return `req_${Date.now().toString(16).padStart(12, '0')}${random.slice(12)}`;
}

/** Gives a request its id, and every answer, refusals included, the headers that all carry. */
export const dress: Station = {
  enter: (c) => c.set('requestId', newRequestId()),
  leave: (c) => {
    if (!isWhole(c.res)) wear(c);
  },
};

/** An answer that says `value` as JSON, dressed. */
export function answerJson(
  c: Context<GateEnv>,
  value: unknown,
  status: number,
  headers: Record<string, string> = {},
): Response {
  return wholeJson(value, status, {
    'Content-Type': 'application/json',
    ...headers,
    ...SECURITY_HEADERS,
    ...c.get('cors'),
    'X-Request-Id': c.get('requestId'),
  });
}

/** Puts the headers that all carry onto the answer as it is now. */
export function wear(c: Context<GateEnv>): void {
  const { headers } = c.res;
  for (const name in SECURITY_HEADERS)
    headers.set(name, SECURITY_HEADERS[name as keyof typeof SECURITY_HEADERS]);
  for (const [name, value] of Object.entries(c.get('cors') ?? {})) headers.set(name, value);
  headers.set('X-Request-Id', c.get('requestId'));
}

/** One log line a request: which route, how it ended, how long it took. Never a path or a query. */
export function requestLog(log: Log, clock: Clock): Station {
  return {
    enter: (c) => c.set('onboardingStartedAt', clock.now()),
    leave(c) {
      const { status } = c.res;
      const quiet = status < 400 && c.req.method !== 'POST';
      const fields: LogFields = {
        requestId: c.get('requestId'),
        method: c.req.method,
        route: ROUTES.find((route) => c.req.path.endsWith(route)) ?? 'unknown',
        status,
        durationMs: clock.now() - c.get('onboardingStartedAt'),
      };
      const code = c.get('code');
      if (code) fields.code = code;
      log(status >= 500 ? 'error' : quiet ? 'debug' : 'info', 'request', fields);
    },
  };
}

/**
 * Lets listed origins pass, answers preflights, and says CORS. In sandbox a refused page may read
 * its refusal, so that a developer sees which line to add.
 */
export function originGate(options: {
  allowedOrigins: readonly string[];
  environment: Environment;
  refused: (origin: string) => void;
}): Station {
  const listed = new Set(options.allowedOrigins);
  const talkative = options.environment === 'sandbox';

  function enter(c: Context<GateEnv>): Response | undefined {
    const origin = c.req.header('origin');
    const allowed = origin !== undefined && listed.has(origin);
    const readable = origin !== undefined && (allowed || (talkative && isOriginLike(origin)));
    if (readable)
      c.set('cors', {
        'Access-Control-Allow-Origin': origin,
        'Access-Control-Expose-Headers': EXPOSED_HEADERS,
      });
    const { method } = c.req;
    const preflight = method === 'OPTIONS' && c.req.header('access-control-request-method') !== undefined;
    if (preflight && readable) return c.body(null, 204, PREFLIGHT);
    // What no route takes is answered as such, whoever asks.
    const needed = origin !== undefined || (method === 'POST' && c.req.path.endsWith(SIGNUP));
    if (needed && !allowed) {
      options.refused(origin ?? 'none');
      throw new Refusal('origin_not_allowed', { detail: refusalDetail(origin) });
    }
    return undefined;
  }

  return { enter };
}

/** What may be meant for an origin, `null` included, which files have. Never `*`, which would open the answer to all. */
function isOriginLike(origin: string): boolean {
  return origin === 'null' || /^https?:\/\/[\w.:[\]/-]{1,255}$/i.test(origin);
}

function refusalDetail(origin: string | undefined): string {
  if (origin === undefined) return 'The request names no Origin; only pages of listed origins may sign up.';
  if (origin === 'null')
    return 'The page has no origin: it was opened as a file, or stands in a sandboxed frame. Serve it over https:// or from http://localhost, in a frame with allow-same-origin.';
  // What a client calls its origin is echoed only where it is one.
  if (!/^https?:\/\/[\w.:[\]-]{1,255}$/.test(origin)) return describeProblem('origin_not_allowed').detail;
  return `Add it to allowedOrigins in your code, or to the proxy's settings: ALLOWED_ORIGINS=${origin}`;
}

/**
 * Reads a JSON body of at most 8 KiB, counted as it arrives. Throws a `Refusal` for anything else, and when
 * `crowd` needs its place.
 */
export async function readJson(c: Context, crowd: Crowd): Promise<unknown> {
  const type = c.req.header('content-type') ?? '';
  if (!/^application\/json\s*(?:;|$)/i.test(type)) throw new Refusal('unsupported_media_type');
  const length = c.req.header('content-length');
  if (Number(length ?? 0) > LIMITS.bodyBytes) throw new Refusal('body_too_large');
  const text = await crowd.uploading(readText(c, length !== undefined));
  if (text.length > LIMITS.bodyBytes) throw new Refusal('body_too_large');
  try {
    return JSON.parse(text);
  } catch {
    throw new Refusal('malformed_request');
  }
}

async function readText(c: Context, isBounded: boolean): Promise<string> {
  // A middleware of the app around may have read it; Hono keeps what it read.
  if (c.req.raw.bodyUsed) return c.req.text();
  if (!isBounded) return readStream(c.req.raw);
  try {
    // No more arrives than was announced, and a server reads it whole for a fraction of a stream's cost.
    return utf8.decode(await c.req.raw.arrayBuffer());
  } catch {
    throw new Refusal('malformed_request');
  }
}

async function readStream(request: Request): Promise<string> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  let text = '';
  let bytes = 0;
  let reader: ReadableStreamDefaultReader<Uint8Array> | undefined;
  try {
    // A host that no URL may have (`l1.1`) has come this far; a server notices when it needs the whole request.
    reader = request.body?.getReader();
    for (let chunk = await reader?.read(); chunk && !chunk.done; chunk = await reader?.read()) {
      bytes += chunk.value.byteLength;
      if (bytes > LIMITS.bodyBytes) throw new Refusal('body_too_large');
      text += decoder.decode(chunk.value, { stream: true });
    }
    return text + decoder.decode();
  } catch (error) {
    if (error instanceof Refusal) {
      await reader?.cancel().catch(() => undefined);
      throw error;
    }
    throw new Refusal('malformed_request');
  }
}

/** Checks a body against a schema; wrong members are named in one `validation_failed`. */
export function checkShape<Schema extends z.ZodType>(schema: Schema, body: unknown): z.output<Schema> {
  const parsed = schema.safeParse(body);
  if (parsed.success) return parsed.data;
  throw new Refusal('validation_failed', { errors: parsed.error.issues.flatMap(fieldErrors) });
}

/** zod's own messages may quote a value or a pattern; only codes of ours go out. */
function fieldErrors(issue: z.core.$ZodIssue): FieldError[] {
  if (issue.code === 'unrecognized_keys')
    return issue.keys.slice(0, 16).map((key) => fieldError(key.slice(0, 64), 'unknown_member'));
  const member = typeof issue.path[0] === 'string' ? issue.path[0] : null;
  const code = FIELD_ERROR_CODES.find((known) => known === issue.message) ?? 'invalid';
  return [fieldError(member, code)];
}
