import assert from '../support/assert.ts';
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it, mock } from 'node:test';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import type { Hono } from 'hono';
import { decodeJwt, type JWK } from 'jose';
import { webhook } from '../../proxy/webhook.ts';
import { startProgram } from '../support/guides.ts';
import { deliveryEvent, newerWebhookSecret, webhookSecret } from '../support/delivery-event.ts';
import { startReceiver } from '../support/receiver.ts';
import { blocks } from '../support/readme.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const COMPILER = join(ROOT, 'node_modules/typescript/bin/tsc');

/** What a partner's strict project says, where it allows JavaScript. */
const PROJECT = {
  compilerOptions: {
    target: 'es2023',
    module: 'nodenext',
    lib: ['es2023', 'dom'],
    types: ['node'],
    strict: true,
    skipLibCheck: true,
    checkJs: true,
    noEmit: true,
  },
  include: ['*'],
};

/** Stands in for the partner's own sign-in. */
function signedIn(user: object | null): void {
  Object.assign(globalThis, { signedInUser: async () => user });
}

/** A partner's folder with the README's code in it, and this package, as built, among its packages. */
describe('README, the code', () => {
  let folder: string;
  const load = async (file: string) => (await import(pathToFileURL(join(folder, file)).href)) as unknown;

  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'kelviq-onboarding-readme-'));
    mkdirSync(join(folder, 'node_modules'));
    for (const name of ['hono', '@hono', '@types', 'jose'])
      symlinkSync(join(ROOT, 'node_modules', name), join(folder, 'node_modules', name), 'junction');
    symlinkSync(ROOT, join(folder, 'node_modules/kelviq-onboarding'), 'junction');
    writeFileSync(join(folder, 'package.json'), JSON.stringify({ type: 'module' }));
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(PROJECT));
    for (const [index, { language, file, text }] of blocks.entries())
      if (language === 'ts' || language === 'js')
        writeFileSync(join(folder, file ?? `block-${index}.${language}`), text);
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  it('passes a strict type check', async () => {
    const { stdout } = await promisify(execFile)(process.execPath, [COMPILER, '-p', folder]).catch(
      (error: { stdout: string }) => error,
    );
    assert.equal(stdout, '');
  });

  it('receives what is signed and refuses what is not', async () => {
    // In the file of settings, PORT is the proxy's.
    Object.assign(process.env, { RECEIVER_PORT: '0', PORT: '65536', WEBHOOK_SECRET: webhookSecret });
    const listen = mock.method(Server.prototype, 'listen');
    await load('receiver.mjs');
    delete process.env['PORT'];
    const server = listen.mock.calls[0]?.this as Server;
    listen.mock.restore();
    try {
      if (!server.listening) await once(server, 'listening');
      const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/webhooks/kelviq`;
      const context = { id: 'msg_1', attempt: 1 };
      await webhook({ url, secrets: [webhookSecret] })(deliveryEvent, context);
      await assert.rejects(webhook({ url, secrets: [newerWebhookSecret] })(deliveryEvent, context), {
        code: 'http_400',
      });
    } finally {
      server.closeAllConnections();
      server.close();
    }
  });

  it('makes a pair that seals and opens', async () => {
    const print = mock.method(console, 'log', () => undefined);
    await load('make-key.mjs');
    const lines = print.mock.calls.map(({ arguments: [line] }) => String(line).split('=', 2));
    print.mock.restore();
    assert.deepEqual(
      lines.map(([name]) => name),
      ['WEBHOOK_ENCRYPTION_KEY', 'DECRYPTION_KEY'],
    );
    const [[, encryptionKey = ''] = [], [, decryptionKey = ''] = []] = lines;
    const receiver = await startReceiver(webhookSecret, { decryptionKey: JSON.parse(decryptionKey) as JWK });
    try {
      const deliver = webhook({ url: receiver.url, secrets: [webhookSecret], encryptionKey });
      await deliver(deliveryEvent, { id: 'msg_1', attempt: 1 });
      assert.deepEqual(receiver.events, [deliveryEvent]);
    } finally {
      await receiver.close();
    }
  });

  it('states who is signed in', async () => {
    process.env['SESSION_SECRET'] = '0123456789abcdef0123456789abcdef';
    const { app } = (await load('session.ts')) as { app: Hono };
    signedIn({ id: 'customer-42', email: 'mara@northside.example' });
    const answer = await app.request('/kelviq/session', { method: 'POST' });
    const { sub, email, aud } = decodeJwt(((await answer.json()) as { token: string }).token);
    assert.deepEqual(
      { sub, email, aud },
      { sub: 'customer-42', email: 'mara@northside.example', aud: 'kelviq-onboarding' },
    );
    signedIn(null);
    assert.equal((await app.request('/kelviq/session', { method: 'POST' })).status, 401);
  });

  it('serves the widget, its languages and the proxy', async (t) => {
    const preload = `data:text/javascript,${encodeURIComponent(`import { Server } from 'node:http';
      globalThis.signedInUser = async () => ({ id: 'customer-42', email: 'mara@northside.example' });
      const { listen } = Server.prototype;
      Server.prototype.listen = function () {
        return listen.call(this, 0, '127.0.0.1').on('listening', () => console.log('listening on ' + this.address().port));
      };`)}`;
    const imports = [import.meta.resolve('tsx'), preload].flatMap((url) => ['--import', url]);
    const { port, stop } = await startProgram(process.execPath, [...imports, 'app.ts'], {
      cwd: folder,
      env: { KELVIQ_PARTNER_KEY: 'kvqp_test_1' },
    });
    t.after(stop);
    const get = async (path: string) => {
      const answer = await fetch(`http://127.0.0.1:${port}/kelviq/${path}`);
      return answer.text();
    };
    assert.match(await get('kelviq-onboarding.js'), /kelviq-onboarding/);
    assert.match(await get('locales/fr.json'), /"Créer le compte"/);
    assert.match(await get('v1/session'), /"email":"mara@northside.example"/);
    assert.match(await get('v1/nothing'), /"code":"not_found"/);
  });
});
