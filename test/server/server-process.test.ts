import assert from '../support/assert.ts';
import { randomBytes } from 'node:crypto';
import { EventEmitter, once } from 'node:events';
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, it } from 'node:test';
import { startSandbox, type Sandbox, type SandboxOptions } from '../../demo/sandbox/sandbox.ts';
import { createSessionToken } from '../../proxy/backend.ts';
import { startReceiver, type Receiver } from '../support/receiver.ts';
import { serveProcess, type ServeProcess } from '../support/serve-process.ts';

const origin = 'https://app.example.com';
const secret = `whsec_${randomBytes(32).toString('base64')}`;
const sessionSecret = randomBytes(32).toString('hex');
const closing: (() => unknown)[] = [];

afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close();
});

type World = { sandbox: Sandbox; receiver: Receiver; proxy: ServeProcess; url: string; folder: string };

async function world(
  options: SandboxOptions = {},
  settings: Readonly<Record<string, string>> = {},
): Promise<World> {
  const folder = mkdtempSync(join(tmpdir(), 'kelviq-onboarding-'));
  closing.push(() => rmSync(folder, { recursive: true }));
  const sandbox = await startSandbox(options);
  closing.push(() => sandbox.close());
  const receiver = await startReceiver(secret);
  closing.push(receiver.close);
  const proxy = serveProcess({
    KELVIQ_PARTNER_KEY: sandbox.partnerKey,
    KELVIQ_BASE_URL: sandbox.url,
    ALLOWED_ORIGINS: origin,
    WEBHOOK_URL: receiver.url,
    WEBHOOK_SECRET: secret,
    SESSION_SECRET: sessionSecret,
    DATABASE_URL: `sqlite:${join(folder, 'data', 'test.db')}`,
    ...settings,
  });
  closing.push(async () => {
    proxy.signal('SIGKILL');
    await proxy.ended;
  });
  return { sandbox, receiver, proxy, url: await proxy.url, folder };
}

async function signUp(url: string, externalId: string): Promise<Response> {
  const token = await createSessionToken({ secret: sessionSecret, externalId });
  return fetch(`${url}/v1/organizations`, {
    method: 'POST',
    headers: { origin, authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ email: `${externalId}@example.com`, businessName: 'Sonne' }),
  });
}

describe('kelviq-onboarding serve', () => {
  it('starts for a receiver inside the network that it may reach', async () => {
    const { url } = await world({}, { WEBHOOK_URL: 'http://10.0.0.2/', WEBHOOK_ALLOW_INTERNAL: 'true' });
    assert.equal((await fetch(`${url}/readyz`)).status, 200);
  });

  it('takes a signup to the partner and ends with 0', async () => {
    const { sandbox, receiver, proxy, url, folder } = await world();
    const response = await signUp(url, 'customer-1');
    assert.equal(response.status, 201);
    const body = await response.text();
    await receiver.received(1);

    const [created] = sandbox.state.organizations;
    assert.ok(created?.serverKey);
    const { serverKey, clientKey } = created;
    assert.equal(receiver.events[0]?.data.serverKey, serverKey);
    assert.equal(receiver.events[0]?.data.externalId, 'customer-1');
    assert.equal((JSON.parse(body) as { clientKey: string }).clientKey, clientKey);

    proxy.signal('SIGTERM');
    assert.equal(await proxy.ended, 0);
    const { out, err } = proxy.output();
    const disk = readdirSync(join(folder, 'data')).map((name) =>
      readFileSync(join(folder, 'data', name), 'latin1'),
    );
    for (const place of [body, out, err, ...disk])
      for (const planted of [serverKey, sandbox.partnerKey, secret, sessionSecret])
        assert.ok(!place.includes(planted));
    assert.ok(!`${out}${err}${disk.join('')}`.includes('customer-1@example.com'));
    assert.equal(err, '');
    for (const line of out.trim().split('\n')) assert.equal(typeof JSON.parse(line), 'object');
  });

  it('writes and answers nothing that holds a secret', async () => {
    const { proxy, url, sandbox } = await world({}, { LOG_LEVEL: 'debug' });
    // An origin is logged and, in sandbox, sent back where it looks like one.
    for (const planted of [secret, sessionSecret, sandbox.partnerKey]) {
      const response = await fetch(`${url}/v1/session`, { headers: { origin: `https://${planted}` } });
      assert.equal(response.status, planted === secret ? 403 : 500);
      assert.ok(!JSON.stringify([...response.headers, await response.text()]).includes(planted));
    }
    proxy.signal('SIGTERM');
    assert.equal(await proxy.ended, 0);
    const { out } = proxy.output();
    assert.equal(out.split('"A log line held a secret."').length - 1, 3);
    assert.equal(out.split('"An answer held a secret."').length - 1, 2);
    for (const planted of [secret, sessionSecret, sandbox.partnerKey]) assert.ok(!out.includes(planted));
  });

  it('answers a signup in hand after SIGTERM', async () => {
    const kelviq = new EventEmitter();
    const reached = once(kelviq, 'reached');
    const { sandbox, proxy, url } = await world({
      clock: {
        now: () => Date.now(),
        sleep: async () => {
          const go = once(kelviq, 'go');
          kelviq.emit('reached');
          await go;
        },
      },
    });
    sandbox.script({ method: 'POST' }, [{ delayMs: 1 }]);
    const answer = signUp(url, 'customer-2');
    await reached;
    proxy.signal('SIGTERM');
    while (!proxy.output().out.includes('"stopping"')) await once(proxy.stdout, 'data');
    await assert.rejects(fetch(`${url}/healthz`));
    // As npx does with what the terminal has sent already.
    proxy.signal('SIGTERM');
    proxy.signal('SIGINT');
    kelviq.emit('go');
    assert.equal((await answer).status, 201);
    assert.equal(await proxy.ended, 0);
  });

  it('serves the script, its health and refusals', async () => {
    const { url } = await world();
    for (const [method, path, status] of [
      ['GET', '/kelviq-onboarding.js', 200],
      ['HEAD', '/kelviq-onboarding.js', 200],
      ['GET', '/healthz', 200],
      ['GET', '/readyz', 200],
      ['GET', '/nowhere', 404],
      ['GET', '/locales/../package.json', 404],
      ['POST', '/healthz', 405],
      ['PUT', '/kelviq-onboarding.js', 405],
    ] as const) {
      const response = await fetch(url + path, { method });
      assert.equal(response.status, status, `${method} ${path}`);
      if (status >= 400) {
        assert.equal(response.headers.get('content-type'), 'application/problem+json');
        assert.equal(((await response.json()) as { status: number }).status, status);
      } else {
        await response.arrayBuffer();
      }
    }
  });
});

describe('kelviq-onboarding serve, not started', () => {
  it('tells every mistake in the settings', async () => {
    const proxy = serveProcess({ KELVIQ_PARTNER_KEY: 'hunter2', RATE_LIMIT: 'hunter2' });
    assert.equal(await proxy.ended, 1);
    const { out, err } = proxy.output();
    assert.equal(out, '');
    for (const name of [
      'KELVIQ_PARTNER_KEY',
      'ALLOWED_ORIGINS',
      'WEBHOOK_URL',
      'WEBHOOK_SECRET',
      'RATE_LIMIT',
    ])
      assert.match(err, new RegExp(`^  ${name} `, 'm'));
    assert.doesNotMatch(err, /hunter2/);
  });

  for (const setting of ['PORT', 'METRICS_PORT'])
    it(`says that ${setting} is in use`, async () => {
      const other = createServer().listen(0, '127.0.0.1');
      await once(other, 'listening');
      closing.push(() => other.close());
      const { port } = other.address() as AddressInfo;
      const folder = mkdtempSync(join(tmpdir(), 'kelviq-onboarding-'));
      closing.push(() => rmSync(folder, { recursive: true }));
      const proxy = serveProcess({
        KELVIQ_PARTNER_KEY: 'kvqp_x',
        ALLOWED_ORIGINS: origin,
        WEBHOOK_URL: 'https://api.example.com/',
        WEBHOOK_SECRET: secret,
        DATABASE_URL: `sqlite:${join(folder, 'test.db')}`,
        [setting]: String(port),
      });
      assert.equal(await proxy.ended, 1);
      assert.equal(proxy.output().err, `Port ${port} is in use. Choose another one with ${setting}.\n`);
    });

  it('finishes what is in hand and ends with 1 when nobody takes its log', async () => {
    const { proxy, url, receiver } = await world();
    proxy.stdout.destroy();
    assert.equal((await signUp(url, 'customer-1')).status, 201);
    await receiver.received(1);
    assert.equal(await proxy.ended, 1);
  });

  it('ends with 0 while a database keeps it waiting', async () => {
    const silent = createServer().listen(0, '127.0.0.1');
    await once(silent, 'listening');
    closing.push(() => silent.close());
    const { port } = silent.address() as AddressInfo;
    const asked = once(silent, 'connection');
    const proxy = serveProcess({
      KELVIQ_PARTNER_KEY: 'kvqp_x',
      ALLOWED_ORIGINS: origin,
      WEBHOOK_URL: 'https://api.example.com/',
      WEBHOOK_SECRET: secret,
      DATABASE_URL: `postgres://me:x@127.0.0.1:${port}/rows`,
    });
    const [socket] = (await asked) as [Socket];
    proxy.signal('SIGTERM');
    assert.equal(await proxy.ended, 0);
    assert.deepEqual(proxy.output(), { out: '', err: '' });
    socket.destroy();
  });

  for (const [path, why] of [
    ['/proc/nowhere/data/test.db', 'its folder cannot be made (ENOENT)'],
    ['/dev/null/test.db', 'its folder cannot be made (EEXIST)'],
    ['/dev', 'it is no file, or this user may not open it (SQLITE_CANTOPEN)'],
  ] as const)
    it(`says why it cannot open ${path}`, async () => {
      const proxy = serveProcess({
        KELVIQ_PARTNER_KEY: 'kvqp_x',
        ALLOWED_ORIGINS: origin,
        WEBHOOK_URL: 'https://api.example.com/',
        WEBHOOK_SECRET: secret,
        DATABASE_URL: `sqlite:${path}`,
      });
      assert.equal(await proxy.ended, 1);
      const [said, fix, ...more] = proxy.output().err.split('\n');
      assert.equal(said, `The database cannot be opened: ${why}.`);
      assert.match(fix ?? '', /^→ check that DATABASE_URL names /);
      assert.deepEqual(more, ['']);
    });
});
