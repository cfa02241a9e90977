import { once } from 'node:events';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';

/** A TCP server that does with each connection what a test says, HTTP or not. */
export type RawServer = {
  port: number;
  url: string;
  /** Everything that arrived so far, all connections together. */
  received: () => string;
  connections: () => number;
  close: () => Promise<void>;
};

/** Starts one on loopback; `onData` is called with the socket each time bytes arrive. */
export async function startRawServer(
  onData: (socket: Socket, received: string) => void,
  onConnection: (socket: Socket) => void = () => undefined,
): Promise<RawServer> {
  const sockets = new Set<Socket>();
  let received = '';
  let connections = 0;
  const server: Server = createServer((socket) => {
    connections++;
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => sockets.delete(socket));
    socket.on('data', (chunk) => {
      received += chunk.toString('latin1');
      onData(socket, received);
    });
    onConnection(socket);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    port,
    url: `http://127.0.0.1:${port}`,
    received: () => received,
    connections: () => connections,
    close: async () => {
      server.close();
      for (const socket of sockets) socket.destroy();
      if (server.listening) await once(server, 'close');
    },
  };
}

/** A whole HTTP/1.1 answer as bytes on the wire. */
export function answer(status: number, body = '', headers = ''): string {
  return `HTTP/1.1 ${status} X\r\ncontent-length: ${Buffer.byteLength(body)}\r\n${headers}\r\n${body}`;
}
