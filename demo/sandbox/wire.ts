/** How the sandbox's answers reach the client: whole, in part, or not at all. */
import type { IncomingMessage, ServerResponse } from 'node:http';

/** An answer: a string body is sent as HTML, anything else as JSON. */
export type Reply = { status: number; headers?: Record<string, string>; body: unknown };

/** `half`: the first half of the body, then a cut. `cut`: the connection ends without a byte. `never`: silence. */
export type Departure = 'whole' | 'half' | 'cut' | 'never';

/** Sends `reply` in the given way. Resolves when it has left, or at once for `cut` and `never`. */
export async function depart(response: ServerResponse, reply: Reply, how: Departure): Promise<void> {
  if (response.destroyed || how === 'never') return;
  if (how === 'cut') {
    response.socket?.destroy();
    return;
  }
  const html = typeof reply.body === 'string';
  const bytes = Buffer.from(typeof reply.body === 'string' ? reply.body : JSON.stringify(reply.body));
  response.writeHead(reply.status, {
    'content-type': html ? 'text/html; charset=utf-8' : 'application/json',
    'content-length': String(bytes.byteLength),
    ...reply.headers,
  });
  await new Promise<void>((resolve) => {
    response.once('close', resolve);
    if (how === 'whole') response.end(bytes, resolve);
    else response.write(bytes.subarray(0, bytes.byteLength >> 1), () => response.socket?.destroy());
  });
}

/** The body of a request as text; null when it is longer than `maxBytes`. */
export async function readBody(request: IncomingMessage, maxBytes: number): Promise<string | null> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request) {
    bytes += (chunk as Buffer).byteLength;
    if (bytes > maxBytes) return null;
    chunks.push(chunk as Buffer);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** A secret as people may see it: its prefix and, of a long one, the last four characters: `sk_test_••••1234`. */
export function maskSecret(secret: string): string {
  const prefix = /^(?:[a-z]+_){1,2}/.exec(secret)?.[0] ?? '';
  const rest = secret.slice(prefix.length);
  return `${prefix}••••${rest.length < 12 ? '' : rest.slice(-4)}`;
}
