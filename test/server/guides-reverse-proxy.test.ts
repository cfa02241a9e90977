import assert from '../support/assert.ts';
import { spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { freePort } from '../../demo/proxy-process.ts';
import { startSandbox } from '../../demo/sandbox/sandbox.ts';
import { webhookSecret } from '../support/delivery-event.ts';
import { guideFolder, missing } from '../support/guides.ts';
import { startReceiver } from '../support/receiver.ts';
import { serveProcess } from '../support/serve-process.ts';

describe('a reverse proxy in front', () => {
  it('nginx passes a signup on', { skip: missing('nginx', '-v') }, async (t) => {
    const sandbox = await startSandbox();
    const receiver = await startReceiver(webhookSecret);
    const { folder, remove } = guideFolder('reverse-proxy');
    const proxy = serveProcess({
      KELVIQ_PARTNER_KEY: sandbox.partnerKey,
      KELVIQ_BASE_URL: sandbox.url,
      ALLOWED_ORIGINS: 'https://app.example.com',
      WEBHOOK_URL: receiver.url,
      WEBHOOK_SECRET: webhookSecret,
      OPEN_SIGNUP: 'true',
      CHALLENGE: 'off',
      RATE_LIMIT: '1/1h',
      TRUSTED_PROXIES: '1',
      DATABASE_URL: `sqlite:${join(folder, 'signups.db')}`,
    });
    const upstream = new URL(await proxy.url).port;
    const port = await freePort();
    const site = readFileSync(join(folder, 'kelviq-onboarding.conf'), 'utf8')
      .replace('127.0.0.1:8787', `127.0.0.1:${upstream}`)
      .replace('listen 80;', `listen 127.0.0.1:${port};`);
    writeFileSync(join(folder, 'nginx.conf'), nginxAround(folder, site));
    const nginx = spawn('nginx', ['-p', folder, '-c', join(folder, 'nginx.conf')], { stdio: 'ignore' });
    t.after(async () => {
      nginx.kill();
      proxy.signal('SIGTERM');
      await Promise.all([proxy.ended, sandbox.close(), receiver.close()]);
      remove();
    });

    const base = `http://127.0.0.1:${port}`;
    const ask = async (path: string, init: RequestInit = {}) => {
      for (;;) {
        const answer = await fetch(base + path, init).catch(() => null);
        if (answer) return answer;
        assert.equal(nginx.exitCode, null, 'nginx has ended');
        await new Promise((resolve) => setImmediate(resolve));
      }
    };
    const script = await ask('/kelviq-onboarding.js', { headers: { 'accept-encoding': 'br' } });
    assert.deepEqual([script.status, script.headers.get('content-encoding')], [200, 'br']);
    assert.equal((await ask('/readyz')).status, 403);
    const signUp = (customer: string, forged: string) =>
      ask('/v1/organizations', {
        method: 'POST',
        headers: {
          origin: 'https://app.example.com',
          'content-type': 'application/json',
          'idempotency-key': customer.padEnd(24, '_'),
          'x-forwarded-for': forged,
        },
        body: JSON.stringify({ email: `${customer}@example.com` }),
      });
    assert.equal((await signUp('one', '203.0.113.1')).status, 201);
    // Both came from here, whatever they say.
    assert.equal((await signUp('two', '203.0.113.2')).status, 429);
  });
});

/** A whole configuration around the guide's own part, with everything that nginx writes in `folder`. */
function nginxAround(folder: string, site: string): string {
  const paths = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (name) => `  ${name}_temp_path ${folder}/${name};`,
  );
  return `daemon off;
master_process off;
pid ${folder}/nginx.pid;
error_log ${folder}/error.log;
events {}
http {
  access_log off;
${paths.join('\n')}
${site}
}
`;
}
