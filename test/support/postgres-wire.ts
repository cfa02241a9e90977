/** A wire to a PostgreSQL server that a test can cut, hold or hang at one statement. */
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import type { TestContext } from 'node:test';

/**
 * What happens to the next statement: it is not passed on; its answer is not; it is passed on by
 * and by, after the client has lost its connection; nothing goes either way and nobody hangs up.
 */
export const FAULTS = ['cut before', 'cut after', 'cut and late', 'hang'] as const;

/** One fault of `FAULTS`. */
export type Fault = (typeof FAULTS)[number];

/** How long a late statement takes, in milliseconds. */
const LATE_MS = 300;
/** The message by which a server says that it is ready for the next statement. */
const READY = Buffer.from([0x5a, 0, 0, 0, 5]);

/** A wire; `url` leads through it. */
export type Wire = {
  url: string;
  /** Faults, in this order, of the statements to come whose name or text holds `statement`. */
  arm: (statement: string, ...faults: Fault[]) => void;
  /** From now on nothing is passed on, on new connections neither. */
  hangAll: () => void;
  /** Cuts all connections and works again. */
  mend: () => void;
  /** Resolves when every late statement has been passed on and answered. */
  quiet: () => Promise<void>;
};

/** Lays a wire to the server at `url`; it ends with the test. */
export async function startWire(t: TestContext, url: string): Promise<Wire> {
  const target = new URL(url);
  const sockets = new Set<Socket>();
  const late: Promise<unknown>[] = [];
  let armed: { statement: string; faults: Fault[] } | null = null;
  let hanging = false;

  function keep(socket: Socket): Socket {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => sockets.delete(socket));
    return socket.setNoDelay(true);
  }

  function faultOf(chunk: Buffer): Fault | undefined {
    return armed && chunk.includes(armed.statement) ? armed.faults.shift() : undefined;
  }

  const server = createServer((client) => {
    keep(client);
    const upstream = keep(connect(Number(target.port), target.hostname));
    const cut = () => {
      client.destroy();
      upstream.destroy();
    };
    let fault: Fault | undefined;
    client.on('close', () => {
      if (fault !== 'cut and late') upstream.destroy();
    });
    upstream.on('close', () => {
      if (fault !== 'hang') client.destroy();
    });
    client.on('data', (chunk) => {
      fault ??= faultOf(chunk);
      if (hanging || fault === 'hang') return;
      if (fault === 'cut before') return cut();
      if (fault === 'cut and late') {
        client.destroy();
        // The server may have ended the connection by then: an error, and no more than that.
        late.push(new Promise((resolve) => void upstream.once('close', resolve)));
        setTimeout(() => {
          upstream.end(chunk);
          upstream.resume();
        }, LATE_MS);
        return;
      }
      upstream.write(chunk);
    });
    upstream.on('data', (chunk) => {
      if (hanging || fault === 'hang') return;
      if (fault === 'cut after') {
        if (chunk.includes(READY)) cut();
      } else if (client.writable) client.write(chunk);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(async () => {
    server.close();
    for (const socket of sockets) socket.destroy();
    await once(server, 'close');
  });

  const through = new URL(url);
  through.hostname = '127.0.0.1';
  through.port = String((server.address() as AddressInfo).port);
  return {
    url: through.href,
    arm: (statement, ...faults) => (armed = { statement, faults }),
    hangAll: () => (hanging = true),
    mend() {
      hanging = false;
      for (const socket of sockets) socket.destroy();
    },
    quiet: async () => void (await Promise.all(late.splice(0))),
  };
}
