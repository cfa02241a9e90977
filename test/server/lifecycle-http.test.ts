import assert from '../support/assert.ts';
import { randomBytes } from 'node:crypto';
import { EventEmitter, once } from 'node:events';
import { it } from 'node:test';
import { startSandbox } from '../../demo/sandbox/sandbox.ts';
import { createLog } from '../../proxy/log.ts';
import { readSettings } from '../../proxy/node/config.ts';
import { startServer } from '../../proxy/node/server.ts';
import { startReceiver } from '../support/receiver.ts';
import { databasePath } from '../support/store.ts';

const origin = 'https://app.example.com';
const secret = `whsec_${randomBytes(32).toString('base64')}`;

it('keeps a 201 for a browser that hung up and comes back', async (t) => {
  const arrivals = new EventEmitter();
  const sandbox = await startSandbox({ onRequest: () => arrivals.emit('arrival') });
  t.after(() => sandbox.close());
  const receiver = await startReceiver(secret);
  t.after(receiver.close);
  const read = readSettings({
    KELVIQ_PARTNER_KEY: sandbox.partnerKey,
    KELVIQ_BASE_URL: sandbox.url,
    ALLOWED_ORIGINS: origin,
    WEBHOOK_URL: receiver.url,
    WEBHOOK_SECRET: secret,
    CHALLENGE: 'off',
    HOST: '127.0.0.1',
    PORT: '0',
    DATABASE_URL: `sqlite:${await databasePath(t)}`,
  });
  assert.ok(read.ok);
  const server = await startServer(
    read.settings,
    createLog('silent', () => undefined),
  );
  t.after(() => server.close());
  const key = randomBytes(16).toString('base64url');
  const signUp = (signal: AbortSignal | null = null) =>
    fetch(`${server.url}/v1/organizations`, {
      method: 'POST',
      headers: { origin, 'idempotency-key': key, 'content-type': 'application/json' },
      body: '{"email":"owner@example.com"}',
      signal,
    });
  sandbox.next({ delayMs: 1000 });
  const arrived = once(arrivals, 'arrival');
  const gone = new AbortController();
  const left = signUp(gone.signal);
  await arrived;
  gone.abort();
  await assert.rejects(left);
  await receiver.received(1);
  assert.equal((await signUp()).status, 201);
  assert.equal((await signUp()).status, 200);
});
