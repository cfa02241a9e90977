import assert from '../support/assert.ts';
import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { demoOutcome, startDemoProcess } from './processes.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** Where the demo at `url` gets the widget from. */
async function proxyOf(url: string): Promise<string> {
  const page = await (await fetch(url)).text();
  return new URL(/src="([^"]+kelviq-onboarding\.js)"/.exec(page)?.[1] ?? '').origin;
}

const isUp = (url: string) =>
  fetch(url).then(
    () => true,
    () => false,
  );

describe('npm start', () => {
  it('names the fix for a port in use', async (t) => {
    const server = createServer().listen(0, '127.0.0.1');
    t.after(() => server.close());
    await new Promise((resolve) => server.once('listening', resolve));
    const { port } = server.address() as AddressInfo;
    const { code, text } = await demoOutcome({ PORT: String(port) });
    assert.equal(text, `Port ${port} is in use. Choose another one: PORT=${port + 1} npm start\n`);
    assert.equal(code, 1);
  });

  it('refuses a PORT that is none', async () => {
    const { code, text } = await demoOutcome({ PORT: 'http' });
    assert.deepEqual([code, text], [1, 'PORT must be a whole number from 0 to 65535.\n']);
  });

  it('gives the reason of the proxy once', async () => {
    const { code, text } = await demoOutcome({ KELVIQ_PARTNER_KEY: 'hunter2' });
    assert.equal(code, 1);
    assert.equal(text.split('KELVIQ_PARTNER_KEY must be').length, 2, text);
    assert.match(text, /^The proxy ended \(1\)\.$/m);
    assert.doesNotMatch(text, /hunter2/);
  });

  it('keeps one database for each of the real environments', async (t) => {
    const folder = mkdtempSync(join(tmpdir(), 'kelviq-onboarding-start-'));
    t.after(() => rmSync(folder, { recursive: true, force: true }));
    const kelviq = { KELVIQ_PARTNER_KEY: 'kvqp_test_1', KELVIQ_BASE_URL: 'http://127.0.0.1:9/api/v1' };
    for (const KELVIQ_ENV of ['sandbox', 'production']) {
      const demo = await startDemoProcess({ ...kelviq, KELVIQ_ENV }, folder);
      assert.equal(await demo.stop(), 0);
    }
    const databases = readdirSync(join(folder, 'data')).filter((name) => name.endsWith('.db'));
    assert.deepEqual(databases.toSorted(), ['demo-production.db', 'demo.db']);
  });

  it('ends at Ctrl-C and frees its ports', async () => {
    const demo = await startDemoProcess();
    const proxy = await proxyOf(demo.url);
    assert.equal(await isUp(`${proxy}/healthz`), true);
    assert.equal(await demo.stop(), 0);
    assert.deepEqual([await isUp(demo.url), await isUp(proxy)], [false, false]);
  });

  it('ends with the process that started it', async () => {
    const shell = spawn('sh', ['-c', `"${process.execPath}" --import tsx demo/start.ts; exit $?`], {
      cwd: ROOT,
      env: { PATH: process.env['PATH'] ?? '', PORT: '0' },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let text = '';
    const url = await new Promise<string>((resolve) => {
      shell.stdout.on('data', (chunk) => {
        text += String(chunk);
        const printed = /http:\/\/localhost:\d+/.exec(text)?.[0];
        if (printed) resolve(printed);
      });
    });
    const proxy = await proxyOf(url);
    shell.kill('SIGKILL');
    while ((await isUp(url)) || (await isUp(proxy))) await sleep(50);
  });
});
