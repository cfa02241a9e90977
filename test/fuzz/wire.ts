/** Bytes out, answers in: a client that sends whatever it is told and reads strictly what comes back. */
import { connect, type Socket } from 'node:net';

/** One answer, exactly as it came. Header names in lower case; a repeated header is a list. */
export type Answer = {
  status: number;
  headers: Map<string, string[]>;
  body: Buffer;
  raw: Buffer;
  /** Whether the server keeps the connection. */
  stays: boolean;
};

const HEAD_END = Buffer.from('\r\n\r\n');

/** Reads one answer from the beginning of `bytes`: null while it is incomplete. Throws for what is no answer. */
export function readAnswer(bytes: Buffer, bodiless: boolean): { answer: Answer; length: number } | null {
  const end = bytes.indexOf(HEAD_END);
  if (end < 0) return null;
  const [line = '', ...lines] = bytes.toString('latin1', 0, end).split('\r\n');
  const status = Number(/^HTTP\/1\.1 (\d{3}) [\x20-\x7e]*$/.exec(line)?.[1]);
  if (!status) throw new Error(`no status line: ${JSON.stringify(line.slice(0, 200))}`);
  const headers = new Map<string, string[]>();
  for (const text of lines) {
    const [, name = '', value = ''] = /^([!#$%&'*+.^_`|~\w-]+): ([\x20-\x7e]*)$/.exec(text) ?? [];
    if (name === '') throw new Error(`no header: ${JSON.stringify(text.slice(0, 200))}`);
    headers.set(name.toLowerCase(), [...(headers.get(name.toLowerCase()) ?? []), value]);
  }
  const from = end + HEAD_END.length;
  const stays = headers.get('connection')?.[0] !== 'close';
  const done = (body: Buffer, length: number) => ({
    answer: { status, headers, body, raw: bytes.subarray(0, length), stays },
    length,
  });
  if (bodiless || status === 204 || status === 304 || status < 200) return done(Buffer.alloc(0), from);
  const stated = headers.get('content-length');
  if (stated) {
    const to = from + Number(stated[0]);
    return bytes.length < to ? null : done(bytes.subarray(from, to), to);
  }
  if (headers.get('transfer-encoding')?.[0] !== 'chunked') return done(bytes.subarray(from), bytes.length);
  const pieces: Buffer[] = [];
  for (let at = from; ;) {
    const eol = bytes.indexOf('\r\n', at);
    if (eol < 0) return null;
    const size = Number.parseInt(bytes.toString('latin1', at, eol), 16);
    const next = eol + 2 + size + 2;
    if (bytes.length < next) return null;
    if (size === 0) return done(Buffer.concat(pieces), next);
    pieces.push(bytes.subarray(eol + 2, eol + 2 + size));
    at = next;
  }
}

/** No answer within the time that any answer may take. */
export class Hang extends Error {
  override readonly name = 'Hang';
}

/** A connection that is used again for as long as the server keeps it. */
export class Line {
  readonly #url: URL;
  readonly #limitMs: number;
  #socket: Socket | null = null;

  constructor(url: string, limitMs: number) {
    this.#url = new URL(url);
    this.#limitMs = limitMs;
  }

  /** Sends one well-framed request and reads its answer. Rejects with `Hang`, or when the connection ends early. */
  async ask(request: Buffer, bodiless: boolean): Promise<Answer> {
    const used = this.#socket !== null && !this.#socket.destroyed;
    try {
      return await this.#once(request, bodiless);
    } catch (error) {
      // The server may have let go of an idle connection just then.
      if (!used || error instanceof Hang) throw error;
      return this.#once(request, bodiless);
    }
  }

  async #once(request: Buffer, bodiless: boolean): Promise<Answer> {
    const socket = this.#open();
    let bytes: Buffer = Buffer.alloc(0);
    try {
      return await new Promise<Answer>((resolve, reject) => {
        const timer = setTimeout(() => reject(new Hang(`nothing within ${this.#limitMs} ms`)), this.#limitMs);
        const settle = (act: () => void) => (clearTimeout(timer), act());
        socket.on('data', (chunk: Buffer) => {
          bytes = bytes.length === 0 ? chunk : Buffer.concat([bytes, chunk]);
          try {
            let read = readAnswer(bytes, bodiless);
            while (read && read.answer.status < 200) {
              bytes = bytes.subarray(read.length);
              read = readAnswer(bytes, bodiless);
            }
            if (read) settle(() => resolve(read.answer));
          } catch (error) {
            settle(() => reject(error));
          }
        });
        const lost = () =>
          settle(() => reject(new Error(`the connection ended after ${bytes.length} bytes`)));
        socket.once('close', lost);
        socket.once('error', lost);
        socket.write(request);
      }).then((answer) => {
        if (!answer.stays) this.close();
        return answer;
      });
    } catch (error) {
      this.close();
      throw error;
    } finally {
      socket.removeAllListeners('data').removeAllListeners('close').removeAllListeners('error');
      socket.on('error', () => undefined);
    }
  }

  #open(): Socket {
    if (this.#socket === null || this.#socket.destroyed || this.#socket.readableEnded) {
      this.#socket = connect({ host: this.#url.hostname, port: Number(this.#url.port), noDelay: true });
    }
    return this.#socket;
  }

  close(): void {
    this.#socket?.destroy();
    this.#socket = null;
  }
}

/** Sends bytes on a connection of their own, then says that no more will come; gives everything that came back. */
export function throwAt(url: string, bytes: Buffer, limitMs: number): Promise<Buffer> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const socket = connect({ host: hostname, port: Number(port), allowHalfOpen: true });
    const pieces: Buffer[] = [];
    const timer = setTimeout(() => {
      socket.destroy();
      reject(new Hang(`the connection is open after ${limitMs} ms`));
    }, limitMs);
    socket.on('data', (chunk: Buffer) => pieces.push(chunk));
    socket.on('error', () => undefined);
    socket.once('close', () => {
      clearTimeout(timer);
      resolve(Buffer.concat(pieces));
    });
    socket.once('end', () => socket.end());
    socket.end(bytes);
  });
}
