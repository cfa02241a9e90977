import assert from '../support/assert.ts';
import { createHmac } from 'node:crypto';
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { jwtVerify } from 'jose';
import { decodeSecret, signDelivery } from '../../proxy/signature.ts';
import { webhook } from '../../proxy/webhook.ts';
import { deliveryEvent, newerWebhookSecret, webhookSecret } from '../support/delivery-event.ts';
import { CUSTOMER_EMAIL, DJANGO, PHP, RUBY, SESSION_SECRET } from '../support/guide-stubs.ts';
import { guideFolder, missing, runOn, startProgram } from '../support/guides.ts';

/** Debian's, whose modules are Debian's packages; an interpreter of another origin may stand before it. */
const PYTHON = '/usr/bin/python3';

const COMPILER = fileURLToPath(new URL('../../node_modules/typescript/bin/tsc', import.meta.url));

const folders: (() => void)[] = [];
after(() => {
  for (const remove of folders) remove();
});

function guide(...given: Parameters<typeof guideFolder>): string {
  const { folder, remove } = guideFolder(...given);
  folders.push(remove);
  return folder;
}

/** The token names the customer, in the way that the proxy asks for. */
async function isSession(token: string, externalId: string, email?: string): Promise<void> {
  const { payload, protectedHeader } = await jwtVerify(token, new TextEncoder().encode(SESSION_SECRET), {
    audience: 'kelviq-onboarding',
    algorithms: ['HS256'],
  });
  assert.equal(protectedHeader.alg, 'HS256');
  const { sub, exp = 0, iat = 0 } = payload;
  assert.deepEqual([sub, payload['email'], exp - iat], [externalId, email, 1800]);
}

/** A good delivery is taken, and one with another's signature is refused. */
async function takesDeliveries(url: string): Promise<void> {
  const context = { id: 'msg_1', attempt: 1 };
  await webhook({ url, secrets: [newerWebhookSecret, webhookSecret] })(deliveryEvent, context);
  await assert.rejects(webhook({ url, secrets: [newerWebhookSecret] })(deliveryEvent, context), {
    code: 'http_400',
  });
  const cases = await signedCases(Math.floor(Date.now() / 1000));
  for (const one of [cases[3]!, ...cases.slice(-2)]) {
    const headers = {
      'webhook-id': one.id,
      'webhook-timestamp': one.timestamp,
      'webhook-signature': one.signatures,
    };
    assert.equal((await fetch(url, { method: 'POST', body: one.body, headers })).status, 400);
  }
}

/** Signed deliveries for a program that says of each whether it is genuine. */
async function signedCases(now: number, event = deliveryEvent) {
  const body = JSON.stringify(event);
  const at = async (timestampS: number, secret: string) => ({
    body,
    id: 'msg_1',
    timestamp: String(timestampS),
    signatures: `v1,AAAA ${await signDelivery({ id: 'msg_1', timestampS, body, keys: [decodeSecret(secret) ?? new Uint8Array()] })}`,
  });
  const good = await at(now, webhookSecret);
  const keyless = createHmac('sha256', '').update(`msg_1.${now}.${body}`).digest('base64');
  return [
    good,
    await at(now, newerWebhookSecret),
    await at(now - 400, webhookSecret),
    { ...good, signatures: `v1,${keyless}` },
    { ...good, body: `${body} ` },
    { ...good, id: 'msg_2' },
    { ...good, timestamp: 'now' },
    { ...good, signatures: '' },
    { ...good, timestamp: '9'.repeat(400) },
    { ...good, signatures: 'v1,\u00e9' },
  ];
}

const EXPECTED = [true, ...Array.from({ length: 9 }, () => false)];

describe('guides', () => {
  it('are all listed', () => {
    const path = fileURLToPath(new URL('../../demo/guides/', import.meta.url));
    const list = readFileSync(join(path, 'README.md'), 'utf8');
    for (const name of readdirSync(path))
      assert.ok(name === 'README.md' || list.includes(`](${name})`), name);
  });

  it('Next.js: passes a strict type check', () => {
    const folder = guide('nextjs', { '@types': '@types', react: 'react' });
    const compilerOptions = {
      target: 'es2022',
      module: 'esnext',
      moduleResolution: 'bundler',
      jsx: 'preserve',
      lib: ['es2023', 'dom'],
      types: ['node'],
      strict: true,
      skipLibCheck: true,
      noEmit: true,
    };
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, include: ['**/*'] }));
    runOn('', process.execPath, [COMPILER, '-p', '.'], folder);
  });

  it('Next.js: signs a session and takes a delivery', async (t) => {
    const folder = guide('nextjs');
    type Handler = (request: Request) => Promise<Response>;
    const load = async (file: string) =>
      ((await import(pathToFileURL(join(folder, file)).href)) as { POST: Handler }).POST;
    const session = await load('app/api/kelviq/session/route.ts');
    const deliveries = await load('app/api/kelviq/deliveries/route.ts');
    process.env['SESSION_SECRET'] = SESSION_SECRET;
    process.env['WEBHOOK_SECRET'] = webhookSecret;
    const saved: unknown[] = [];
    Object.assign(globalThis, {
      signedInUser: async () => ({ id: 'customer-42', email: CUSTOMER_EMAIL }),
      saveOrganization: async (data: unknown) => void saved.push(data),
    });
    t.after(() => {
      for (const name of ['signedInUser', 'saveOrganization']) Reflect.deleteProperty(globalThis, name);
    });
    const answer = await session(new Request('https://app.example/', { method: 'POST' }));
    await isSession(((await answer.json()) as { token: string }).token, 'customer-42', CUSTOMER_EMAIL);
    const [good, wrong] = await signedCases(Math.floor(Date.now() / 1000));
    const deliver = async (one: typeof good) =>
      deliveries(
        new Request('https://app.example/', {
          method: 'POST',
          body: one?.body ?? '',
          headers: {
            'webhook-id': one?.id ?? '',
            'webhook-timestamp': one?.timestamp ?? '',
            'webhook-signature': one?.signatures ?? '',
          },
        }),
      );
    assert.equal((await deliver(wrong)).status, 400);
    assert.deepEqual(saved, []);
    assert.equal((await deliver(good)).status, 204);
    assert.deepEqual(saved, [deliveryEvent.data]);
  });

  it('Express: signs a session and takes a delivery', async (t) => {
    const folder = guide('express', { express: 'express-5' });
    const preload = `data:text/javascript,${encodeURIComponent(`import { Server } from 'node:http';
      const { listen } = Server.prototype;
      Server.prototype.listen = function (...given) {
        return listen.call(this, ...given).on('listening', () => console.log('listening on ' + this.address().port));
      };`)}`;
    const { port, stop } = await startProgram(process.execPath, ['--import', preload, 'server.mjs'], {
      cwd: folder,
      env: { PORT: '0', SESSION_SECRET, WEBHOOK_SECRET: webhookSecret },
    });
    t.after(stop);
    const url = `http://127.0.0.1:${port}`;
    const ask = (headers: Record<string, string>) =>
      fetch(`${url}/kelviq/session`, { method: 'POST', headers });
    assert.equal((await ask({})).status, 401);
    const { token } = (await (await ask({ 'x-user': 'customer-42' })).json()) as { token: string };
    await isSession(token, 'customer-42');
    await takesDeliveries(`${url}/webhooks/kelviq`);
  });

  it(
    'Django: signs a session and takes a delivery',
    { skip: missing(PYTHON, '-c', 'import django, jwt') },
    async (t) => {
      const { port, stop } = await startProgram(PYTHON, ['-c', DJANGO], {
        cwd: guide('django'),
        env: {
          SESSION_SECRET,
          WEBHOOK_SECRET: `${webhookSecret} whsec_`,
          PYTHONDONTWRITEBYTECODE: '1',
        },
      });
      t.after(stop);
      const url = `http://127.0.0.1:${port}`;
      const ask = (headers: Record<string, string>) =>
        fetch(`${url}/kelviq/session`, { method: 'POST', headers });
      assert.equal((await ask({})).status, 401);
      const { token } = (await (await ask({ 'x-user': '42' })).json()) as { token: string };
      await isSession(token, '42', CUSTOMER_EMAIL);
      await takesDeliveries(`${url}/webhooks/kelviq`);
    },
  );

  it(
    'Rails: signs a session and knows a signature',
    { skip: missing('ruby', '-e', "require 'jwt'") },
    async () => {
      const now = Math.floor(Date.now() / 1000);
      const given = JSON.stringify({
        now,
        secrets: `${webhookSecret} whsec_ `,
        cases: await signedCases(now),
      });
      const folder = guide('rails');
      const out = runOn(given, 'ruby', ['-r./app/lib/kelviq', '-rjson', '-e', RUBY], folder);
      const { token, genuine } = JSON.parse(out) as { token: string; genuine: boolean[] };
      await isSession(token, '42', CUSTOMER_EMAIL);
      assert.deepEqual(genuine, EXPECTED);
      for (const file of ['app/controllers/kelviq_controller.rb', 'config/routes.rb'])
        assert.match(runOn('', 'ruby', ['-c', file], folder), /Syntax OK/);
    },
  );

  it('WordPress: signs a session and takes a delivery', { skip: missing('php', '-v') }, async () => {
    const now = Math.floor(Date.now() / 1000);
    const of = async (externalId: string) => {
      const data = { ...deliveryEvent.data, externalId, businessName: 'A\\B' };
      return signedCases(now, { ...deliveryEvent, data });
    };
    const [ours, theirs] = [await of('42'), await of('ks_somebody')];
    const sent = [ours[0], ours[0], ours[1], theirs[0]];
    const given = JSON.stringify({
      now,
      secrets: `${webhookSecret} whsec_ `,
      cases: await signedCases(now),
      sent,
    });
    const { token, genuine, registered, answers } = JSON.parse(
      runOn(given, 'php', ['-r', PHP], guide('wordpress')),
    ) as { token: string; genuine: boolean[]; registered: string[]; answers: number[] };
    await isSession(token, '42', CUSTOMER_EMAIL);
    assert.deepEqual(genuine, EXPECTED);
    // Stored, the same again, another's signature, and one that no user's meta can take.
    assert.deepEqual(answers, [204, 204, 400, 500]);
    assert.deepEqual(registered, ['kelviq_onboarding', 'rest_api_init', '/session', '/deliveries']);
  });
});
