/**
 * Outgoing HTTP as a port. `send` never follows a redirect, reads at most `maxBytes` of an answer,
 * and says of every failure whether the request may have been sent: only an error of the
 * connection phase (DNS, connect, TLS) proves that it was not.
 */

/**
 * One outgoing request; times in milliseconds. With `statusOnly` the answer counts as soon as its
 * head is there: `body` is "", and what follows is read to `maxBytes` or the time-out and dropped.
 * `mayStart` is asked as late as the client can, however long the request stood in line: when it says
 * no, nothing is sent (`too_late`).
 */
export type OutgoingRequest = {
  method: 'GET' | 'POST';
  url: string;
  headers: Record<string, string>;
  body?: string;
  timeoutMs: number;
  maxBytes: number;
  statusOnly?: true;
  mayStart?: () => boolean;
};

/** A whole answer. Header names are lower case; a repeated header keeps its first value. */
export type IncomingAnswer = { status: number; headers: Record<string, string>; body: string };

/** Sends one request. Rejects with `HttpFailure` alone. */
export type HttpSend = (request: OutgoingRequest) => Promise<IncomingAnswer>;

/** Why there is no answer; `code` is a short word for logs and never quotes a header or a body. */
export class HttpFailure extends Error {
  override readonly name = 'HttpFailure';
  readonly code: string;
  /** False only where it is proved that no byte of the request left. */
  readonly sent: boolean;

  constructor(code: string, sent: boolean) {
    super(code);
    this.code = code;
    this.sent = sent;
  }
}

/** Codes of the connection phase, as Node's fetch, Bun and Deno name them. */
const UNSENT =
  /^(?:ECONNECT|ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|UND_ERR_CONNECT_TIMEOUT|ConnectionRefused|FailedToOpenSocket|CERT_\w+|ERR_TLS_\w+|ERR_SSL_\w+|DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_\w+)$/;

function codeOf(error: unknown): string {
  for (let at = error, depth = 0; at instanceof Error && depth < 4; at = at.cause, depth++) {
    const { code } = at as { code?: unknown };
    if (typeof code === 'string') return code;
    // Deno gives no code; this is its HTTP client's kind of error for DNS, connect and TLS.
    if (at.message.includes(': client error (Connect): ')) return 'ECONNECT';
    if (at.name === 'TimeoutError') return 'ETIMEDOUT';
  }
  return 'EUNKNOWN';
}

/** `HttpSend` over the platform's `fetch`; a server with a faster client injects its own. */
export const fetchSend: HttpSend = async ({
  method,
  url,
  headers,
  body,
  timeoutMs,
  maxBytes,
  statusOnly,
  mayStart,
}) => {
  if (mayStart?.() === false) throw new HttpFailure('too_late', false);
  try {
    const response = await fetch(url, {
      method,
      headers,
      redirect: 'manual',
      signal: AbortSignal.timeout(timeoutMs),
      ...(body === undefined ? {} : { body }),
    });
    const text = readCapped(response, maxBytes);
    // Whatever becomes of a body that nobody asked for, its connection is released.
    if (statusOnly) text.catch(() => undefined);
    return {
      status: response.status,
      headers: Object.fromEntries(response.headers),
      body: statusOnly ? '' : await text,
    };
  } catch (error) {
    if (error instanceof HttpFailure) throw error;
    const code = codeOf(error);
    throw new HttpFailure(code, !UNSENT.test(code));
  }
};

async function readCapped(response: Response, maxBytes: number): Promise<string> {
  const decoder = new TextDecoder();
  let text = '';
  let bytes = 0;
  for await (const chunk of response.body ?? []) {
    bytes += chunk.byteLength;
    if (bytes > maxBytes) throw new HttpFailure('body_too_large', true);
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}
