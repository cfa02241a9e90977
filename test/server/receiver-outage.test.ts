/** A partner's backend that is away for a day or for three, and one that never comes to an end. */
import assert from '../support/assert.ts';
import type { Socket } from 'node:net';
import { describe, it, type TestContext } from 'node:test';
import { systemClock } from '../../proxy/clock.ts';
import { DeliveryFailure } from '../../proxy/delivery.ts';
import { createNodeSend } from '../../proxy/node/http.ts';
import { webhook } from '../../proxy/webhook.ts';
import { answer, startRawServer } from '../support/raw-server.ts';
import { runBin } from '../support/terminal.ts';
import { world, type Proxy, type World } from '../support/world.ts';

const HOUR = 3_600_000;
const WEBHOOK_SECRET = `whsec_${Buffer.alloc(32, 5).toString('base64')}`;
const emailOf = (customer: string) => `${customer}@example.com`;

/** A world whose backend can be switched off; `arrived` is every try, `stored` what it took. */
async function backend(t: TestContext) {
  const around = await world(t);
  const receiver = { down: true, stored: [] as { customer: string; id: string; serverKey: string }[] };
  const ids = new Map<string, Set<string>>();
  const proxy = await around.open({
    deliver: async ({ data }, { id }) => {
      ids.set(data.externalId, (ids.get(data.externalId) ?? new Set()).add(id));
      if (receiver.down) throw new DeliveryFailure('connect_failed');
      const { serverKey = '' } = data as { serverKey?: string };
      receiver.stored.push({ customer: data.externalId, id, serverKey });
    },
  });
  return { ...around, proxy, receiver, ids };
}

/** Lets `ms` pass; the worker looks whenever something is due. */
async function pass({ clock }: World, { store, run }: Proxy, ms: number): Promise<void> {
  const until = clock.now() + ms;
  for (;;) {
    const due = (await store.nextDue()) ?? Infinity;
    if (due > until) break;
    await clock.advance(Math.max(0, due - clock.now()));
    await clock.run(run());
  }
  await clock.advance(until - clock.now());
}

describe('a receiver that is down', () => {
  it('for 26 h gets everything on its return', async (t) => {
    const { proxy, receiver, ids, sandbox, ...around } = await backend(t);
    const all = { ...around, sandbox };
    const customers = ['c1', 'c2', 'c3', 'c4'];
    for (const customer of customers) {
      assert.equal((await proxy.post(customer, emailOf(customer))).status, 201);
      await pass(all, proxy, 6.5 * HOUR);
    }
    assert.deepEqual(
      (await proxy.store.list({ limit: 9 })).map(({ state }) => state),
      customers.map(() => 'provisioned'),
    );
    receiver.down = false;
    // No wait of the schedule is longer, and none of them has used up its tries.
    await pass(all, proxy, 26.4 * HOUR);
    assert.deepEqual(receiver.stored.map(({ customer }) => customer).toSorted(), customers);
    for (const { customer, id, serverKey } of receiver.stored) {
      const made = sandbox.state.organizations.find(({ externalId }) => externalId === customer);
      assert.equal(serverKey, made?.serverKey);
      assert.deepEqual([...(ids.get(customer) ?? [])], [id], 'one id on every try');
    }
  });

  it('for 80 h is given up, and served by hand after it', async (t) => {
    const { proxy, receiver, ids, path, ...around } = await backend(t);
    const all = { ...around, path };
    const bin = (...args: string[]) => runBin(['deliveries', ...args], { DATABASE_URL: `sqlite:${path}` });
    for (const customer of ['c1', 'c2']) await proxy.post(customer, emailOf(customer));
    await pass(all, proxy, 80 * HOUR);
    const row = await proxy.row('c1');
    assert.deepEqual([row.state, row.deliveryAttempts, row.dueAt], ['undeliverable', 10, null]);
    assert.equal(row.email, emailOf('c1'), 'kept until it is delivered');
    assert.ok(proxy.lines.some(({ to, level }) => to === 'undeliverable' && level === 'warn'));
    const listed = await bin('list', '--state', 'undeliverable');
    assert.match(listed.out, /undeliverable +10 .*connect_failed +c1\n/);
    receiver.down = false;
    await pass(all, proxy, 200 * HOUR);
    assert.equal(receiver.stored.length, 0, 'kept for as long as it takes');

    assert.equal((await bin('retry', 'c1')).code, 0);
    // The command goes by the machine's clock.
    const due = (await proxy.store.nextDue()) ?? 0;
    await around.clock.advance(Math.max(0, due - around.clock.now()));
    await around.clock.run(proxy.run());
    assert.deepEqual([(await proxy.row('c1')).state, (await proxy.row('c1')).email], ['delivered', null]);
    assert.equal((await proxy.row('c2')).state, 'undeliverable');
    assert.deepEqual(
      [...(ids.get('c1') ?? [])],
      receiver.stored.map(({ id }) => id),
      'the same id',
    );
  });
});

/** What a receiver does that never comes to an end; each holds its connection. */
const ENDLESS: Record<string, (socket: Socket) => void> = {
  hang: () => undefined,
  'drip the head': (socket) => drip(socket, 'HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n'),
  'drip the body': (socket) => drip(socket, `HTTP/1.1 200 OK\r\ncontent-length: 99\r\n\r\n`, 40),
  'stream without end': (socket) => {
    socket.write('HTTP/1.1 500 X\r\ntransfer-encoding: chunked\r\n\r\n');
    const chunk = `4000\r\n${'x'.repeat(0x4000)}\r\n`;
    const pour = () => {
      while (!socket.destroyed && socket.write(chunk));
    };
    socket.on('drain', pour);
    pour();
  },
};

/** Writes one byte a second, the first `atOnce` together. */
function drip(socket: Socket, text: string, atOnce = 1): void {
  socket.write(text.slice(0, atOnce));
  let at = atOnce;
  const timer = setInterval(() => {
    if (socket.destroyed || at > 1000) clearInterval(timer);
    else socket.write(text[at++] ?? 'x');
  }, 1000);
  timer.unref();
  socket.on('close', () => clearInterval(timer));
}

describe('a receiver that never ends, on real sockets', () => {
  it('holds up no other row', async (t) => {
    const ways = Object.keys(ENDLESS);
    const served = new Set<string>();
    const held = new Set<string>();
    const server = await startRawServer(
      () => undefined,
      (socket) => {
        let text = '';
        socket.on('data', (bytes) => {
          text += bytes.toString('latin1');
          const customer = /"externalId":"([^"]+)"/.exec(text)?.[1];
          if (customer === undefined || held.has(customer)) return;
          const way = ways.find((name) => customer.startsWith(name.replaceAll(' ', '-')));
          if (way) {
            held.add(customer);
            ENDLESS[way]?.(socket);
          } else {
            served.add(customer);
            socket.end(answer(204, '', 'connection: close\r\n'));
          }
        });
      },
    );
    t.after(server.close);
    const { send, close } = createNodeSend();
    t.after(close);
    const { open, sandbox } = await world(t);
    const proxy = await open({
      clock: systemClock,
      send,
      deliver: webhook({
        url: `${server.url}/hooks`,
        secrets: [WEBHOOK_SECRET],
        // They hang for as long as the test takes, however slow the machine is.
        send: (request) => send({ ...request, timeoutMs: 600_000 }),
      }),
    });
    const slow = ways.flatMap((way) =>
      Array.from({ length: 25 }, (_, turn) => `${way.replaceAll(' ', '-')}-${turn}`),
    );
    await Promise.all(slow.map((customer) => proxy.post(customer, emailOf(customer))));
    while (held.size < slow.length) await systemClock.sleep(20);
    const quick = Array.from({ length: 20 }, (_, turn) => `quick-${turn}`);
    await Promise.all(quick.map((customer) => proxy.post(customer, emailOf(customer))));
    while (served.size < quick.length) await systemClock.sleep(20);
    const hanging = await Promise.all(slow.slice(0, 50).map((customer) => proxy.row(customer)));
    assert.ok(hanging.every(({ state, failure }) => state === 'provisioned' && failure === null));
    assert.equal(sandbox.state.organizations.length, slow.length + quick.length);
  });
});
