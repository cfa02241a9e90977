import { connect } from 'node:net';
import { buffer } from 'node:stream/consumers';

/** What to ask; a body gets its length and, unless `headers` say otherwise, JSON as its type. */
export type RawRequest = {
  method?: string;
  path: string;
  headers?: Readonly<Record<string, string>>;
  body?: string;
};

/** Asks once over a connection of its own and gives every byte of the answer, head included. */
export async function rawRequest(
  url: string,
  { method = 'GET', path, headers = {}, body }: RawRequest,
): Promise<Buffer> {
  const { hostname, port, host } = new URL(url);
  const lines = Object.entries({
    host,
    connection: 'close',
    ...(body !== undefined && {
      'content-type': 'application/json',
      'content-length': String(Buffer.byteLength(body)),
    }),
    ...headers,
  }).map(([name, value]) => `${name}: ${value}\r\n`);
  const socket = connect(Number(port), hostname);
  socket.write(`${method} ${path} HTTP/1.1\r\n${lines.join('')}\r\n${body ?? ''}`);
  return buffer(socket);
}

/** Status of an answer in bytes. */
export function statusOf(answer: Buffer): number {
  return Number(answer.toString('latin1', 9, 12));
}
