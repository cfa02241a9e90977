import { EventEmitter, once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import type { JWK } from 'jose';
import { verifyDelivery } from '../../proxy/backend.ts';
import type { DeliveryEvent } from '../../proxy/contract.ts';

/** A partner's backend that takes deliveries and proves each. */
export type Receiver = {
  url: string;
  /** What was stored, in order. */
  events: readonly DeliveryEvent[];
  /** Ids of the deliveries, in the order of `events`. */
  ids: readonly string[];
  /** Resolves once there are that many events. */
  received: (count: number) => Promise<void>;
  close: () => Promise<void>;
};

/**
 * Where it listens, and what it does with a delivery that it has proved: `cut` stores it and ends the
 * connection, a status answers with that and stores nothing.
 */
export type ReceiverOptions = {
  port?: number;
  /** Opens serverKeys that are sealed. */
  decryptionKey?: JWK;
  answer?: (event: DeliveryEvent) => 'stored' | 'cut' | number;
};

/** Starts one on loopback. A delivery that cannot be proved is answered with 400. */
export async function startReceiver(
  given: string | (() => string),
  { port = 0, answer = () => 'stored', decryptionKey }: ReceiverOptions = {},
): Promise<Receiver> {
  const events: DeliveryEvent[] = [];
  const ids: string[] = [];
  const arrivals = new EventEmitter();
  const server = createServer((request, response) => {
    void (async () => {
      try {
        const event = await verifyDelivery({
          body: await text(request),
          headers: request.headers,
          secret: typeof given === 'string' ? given : given(),
          ...(decryptionKey && { decryptionKey }),
        });
        if (event.type === 'ping') {
          response.writeHead(204).end();
          return;
        }
        const outcome = answer(event);
        if (typeof outcome === 'number') {
          response.writeHead(outcome).end();
          return;
        }
        events.push(event);
        ids.push(String(request.headers['webhook-id']));
        if (outcome === 'cut') request.socket.destroy();
        else response.writeHead(204).end();
      } catch {
        response.writeHead(400).end();
      }
      arrivals.emit('arrival');
    })();
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hooks`,
    events,
    ids,
    received: async (count) => {
      while (events.length < count) await once(arrivals, 'arrival');
    },
    close: async () => {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}
