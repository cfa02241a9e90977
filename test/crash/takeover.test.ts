import assert from '../support/assert.ts';
import { randomBytes } from 'node:crypto';
import { it } from 'node:test';
import { startSandbox } from '../../demo/sandbox/sandbox.ts';
import { createSessionToken } from '../../proxy/backend.ts';
import { postgresAddress } from '../support/postgres.ts';
import { startReceiver } from '../support/receiver.ts';
import { serveProcess } from '../support/serve-process.ts';
import { until } from './replicas.ts';

/** What the README promises. */
const TAKEOVER_MS = 15_000;
const CUSTOMERS = 12;
const ORIGIN = 'https://app.example.com';

it('the rows of a dead replica are delivered within 15 s', async (t) => {
  const sandbox = await startSandbox();
  t.after(() => sandbox.close());
  const sessionSecret = randomBytes(32).toString('hex');
  const webhookSecret = `whsec_${randomBytes(32).toString('base64')}`;
  const receiver = await startReceiver(webhookSecret);
  t.after(receiver.close);
  const address = await postgresAddress(t);
  const [dying, other] = [1, 2].map(() => {
    const replica = serveProcess({
      KELVIQ_PARTNER_KEY: sandbox.partnerKey,
      KELVIQ_BASE_URL: sandbox.url,
      ALLOWED_ORIGINS: ORIGIN,
      WEBHOOK_URL: receiver.url,
      WEBHOOK_SECRET: webhookSecret,
      SESSION_SECRET: sessionSecret,
      DATABASE_URL: address,
    });
    t.after(async () => {
      replica.signal('SIGKILL');
      await replica.ended;
    });
    return replica;
  });
  assert.ok(dying && other);
  const [url] = await Promise.all([dying.url, other.url]);

  // All are created, and their answers are on the way when the replica dies.
  sandbox.script({ method: 'POST' }, Array(CUSTOMERS).fill('hang'));
  const customers = Array.from({ length: CUSTOMERS }, (_, turn) => `c${turn}`);
  const asked = customers.map(async (customer) => {
    const token = await createSessionToken({ secret: sessionSecret, externalId: customer });
    return fetch(`${url}/v1/organizations`, {
      method: 'POST',
      headers: { origin: ORIGIN, authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ email: `${customer}@example.com` }),
    });
  });
  await until('all are created', () => sandbox.state.organizations.length === CUSTOMERS);
  const diedAt = performance.now();
  dying.signal('SIGKILL');
  await Promise.allSettled(asked);
  await receiver.received(CUSTOMERS);
  const tookMs = Math.round(performance.now() - diedAt);
  assert.ok(tookMs <= TAKEOVER_MS, `${tookMs} ms`);
  for (const made of sandbox.state.organizations) {
    const mine = receiver.events.filter(({ data }) => data.externalId === made.externalId);
    assert.deepEqual(
      mine.map(({ data }) => data.serverKey),
      [made.serverKey],
    );
  }
  t.diagnostic(
    `measured: ${tookMs} ms from the death of a replica to the last of its ${CUSTOMERS} deliveries`,
  );
});
