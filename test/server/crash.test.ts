import assert from '../support/assert.ts';
import { randomBytes } from 'node:crypto';
import type { TestContext } from 'node:test';
import { describe, it } from 'node:test';
import { startSandbox, type Sandbox, type SandboxOptions } from '../../demo/sandbox/sandbox.ts';
import { createSessionToken } from '../../proxy/backend.ts';
import { startReceiver, type Receiver, type ReceiverOptions } from '../support/receiver.ts';
import { serveProcess, type ServeProcess } from '../support/serve-process.ts';
import { databasePath } from '../support/store.ts';

const origin = 'https://app.example.com';
const sessionSecret = randomBytes(32).toString('hex');

type Site = {
  sandbox: Sandbox;
  /** Starts a process on the one database; it ends with the test. */
  start: (webhookUrl: string) => Promise<{ proxy: ServeProcess; url: string }>;
  receive: (options?: ReceiverOptions) => Promise<Receiver>;
};

async function site(t: TestContext, options: SandboxOptions = {}): Promise<Site> {
  const secret = `whsec_${randomBytes(32).toString('base64')}`;
  const proxies: ServeProcess[] = [];
  // Before the folder is removed, into which they write.
  t.after(async () => {
    for (const proxy of proxies) proxy.signal('SIGKILL');
    await Promise.all(proxies.map(({ ended }) => ended));
  });
  const path = await databasePath(t);
  const sandbox = await startSandbox(options);
  t.after(() => sandbox.close());
  return {
    sandbox,
    async receive(receiverOptions) {
      const receiver = await startReceiver(secret, receiverOptions);
      t.after(receiver.close);
      return receiver;
    },
    async start(webhookUrl) {
      const proxy = serveProcess({
        KELVIQ_PARTNER_KEY: sandbox.partnerKey,
        KELVIQ_BASE_URL: sandbox.url,
        ALLOWED_ORIGINS: origin,
        WEBHOOK_URL: webhookUrl,
        WEBHOOK_SECRET: secret,
        SESSION_SECRET: sessionSecret,
        DATABASE_URL: `sqlite:${path}`,
      });
      proxies.push(proxy);
      return { proxy, url: await proxy.url };
    },
  };
}

async function signUp(url: string, externalId: string): Promise<Response> {
  const token = await createSessionToken({ secret: sessionSecret, externalId });
  return fetch(`${url}/v1/organizations`, {
    method: 'POST',
    headers: { origin, authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ email: `${externalId}@example.com` }),
  });
}

/** Waits until every organization of the sandbox has arrived, each with its own key and one id. */
async function allDelivered({ state }: Sandbox, receiver: Receiver): Promise<void> {
  const missing = () =>
    state.organizations.filter(
      (made) => !receiver.events.some(({ data }) => data.externalId === made.externalId),
    );
  while (missing().length > 0) await receiver.received(receiver.events.length + 1);
  for (const made of state.organizations) {
    const mine = receiver.events.filter(({ data }) => data.externalId === made.externalId);
    for (const { data } of mine) {
      assert.equal(data.serverKey, made.serverKey);
      assert.equal(data.organizationIdentifier, made.organizationIdentifier);
      assert.equal(data.email, `${made.externalId}@example.com`);
    }
    const ids = receiver.ids.filter((_, turn) => mine.includes(receiver.events[turn] as never));
    assert.equal(new Set(ids).size, 1, 'webhook-id is the same on every try');
  }
}

/** Nobody has two, and every customer who asks again gets the one there is. */
async function nobodyHasTwo({ state }: Sandbox, url: string): Promise<void> {
  const customers = state.organizations.map(({ externalId }) => externalId);
  assert.equal(new Set(customers).size, customers.length);
  const posts = state.requests.filter(({ method }) => method === 'POST').length;
  for (const made of state.organizations) {
    const response = await signUp(url, made.externalId);
    assert.ok(response.status === 201 || response.status === 200, String(response.status));
    const { clientKey } = (await response.json()) as { clientKey: string };
    assert.equal(clientKey, made.clientKey);
    assert.equal((await signUp(url, made.externalId)).status, 200);
  }
  assert.equal(state.requests.filter(({ method }) => method === 'POST').length, posts);
}

describe('SIGKILL', { concurrency: true }, () => {
  it('while Kelviq is at work loses nobody', async (t) => {
    let arrived = 0;
    let kill: (() => void) | null = null;
    const { sandbox, start, receive } = await site(t, {
      onRequest({ method, durationMs }) {
        if (method === 'POST' && durationMs === null && ++arrived === 12) kill?.();
      },
    });
    // Half of them are created and their answer is on its way for ever.
    sandbox.script(
      { method: 'POST' },
      Array.from({ length: 12 }, (_, turn) => (turn % 2 ? 'hang' : 'normal')),
    );
    const receiver = await receive();
    const first = await start(receiver.url);
    kill = () => first.proxy.signal('SIGKILL');
    const customers = Array.from({ length: 16 }, (_, turn) => `customer-${turn}`);
    await Promise.allSettled(customers.map((customer) => signUp(first.url, customer)));
    assert.equal(await first.proxy.ended, 'SIGKILL');
    assert.ok(sandbox.state.organizations.length >= 11);

    const second = await start(receiver.url);
    await allDelivered(sandbox, receiver);
    await nobodyHasTwo(sandbox, second.url);
  });

  it('before a delivery is acknowledged repeats it', async (t) => {
    const { sandbox, start, receive } = await site(t);
    let kill: (() => void) | null = null;
    const receiver = await receive({
      answer() {
        if (!kill) return 'stored';
        kill();
        kill = null;
        return 'cut';
      },
    });
    const first = await start(receiver.url);
    kill = () => first.proxy.signal('SIGKILL');
    const reply = await signUp(first.url, 'customer-1').catch(() => null);
    assert.ok(reply === null || reply.status === 201);
    assert.equal(await first.proxy.ended, 'SIGKILL');

    const second = await start(receiver.url);
    await receiver.received(2);
    await allDelivered(sandbox, receiver);
    await nobodyHasTwo(sandbox, second.url);
    assert.equal(receiver.events.length, 2);
  });

  it('while the backend is down delivers when it is up', async (t) => {
    const { sandbox, start, receive } = await site(t);
    const before = await receive();
    const port = Number(new URL(before.url).port);
    await before.close();
    const first = await start(before.url);
    for (const customer of ['customer-1', 'customer-2'])
      assert.equal((await signUp(first.url, customer)).status, 201);
    first.proxy.signal('SIGKILL');
    assert.equal(await first.proxy.ended, 'SIGKILL');

    const receiver = await receive({ port });
    const second = await start(receiver.url);
    await allDelivered(sandbox, receiver);
    await nobodyHasTwo(sandbox, second.url);
  });
});
