import assert from '../support/assert.ts';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, truncateSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { leastEnvironment } from '../support/environment.ts';
import { inTurns } from '../support/in-turns.ts';
import { CLI, serveProcess, TYPESCRIPT } from '../support/serve-process.ts';
import { databasePath } from '../support/store.ts';

/** Many requests; each is a line of the log at least, and names `host` in it. */
async function ask(url: string, host: string, count: number): Promise<void> {
  const headers = { origin: `https://${host}` };
  const one = async () => (await fetch(`${url}/v1/session`, { headers })).text();
  await inTurns(Array(count).keys(), one);
}

async function environment(t: TestContext) {
  const path = await databasePath(t);
  await mkdir(dirname(path));
  const settings = { ...leastEnvironment, LOG_LEVEL: 'debug', DATABASE_URL: `sqlite:${path}` };
  return { settings, log: `${path}.log` };
}

describe('the log of kelviq-onboarding serve', () => {
  it('is a file that may stop growing', async (t) => {
    const { settings, log } = await environment(t);
    // The limit of a file stands in for that of a disk; the database stays below it.
    const limited = `trap '' XFSZ; ulimit -f 200; exec "$0" "$@" >> ${log}`;
    const child = spawn('sh', ['-c', limited, process.execPath, ...TYPESCRIPT, CLI, 'serve'], {
      env: { PATH: process.env['PATH'], HOST: '127.0.0.1', PORT: '0', ...settings },
      stdio: 'ignore',
    });
    const ended = once(child, 'exit');
    t.after(async () => {
      child.kill('SIGKILL');
      await ended;
    });
    const lines = () => (existsSync(log) ? readFileSync(log, 'utf8') : '');
    let url: string | undefined;
    while (!url) {
      await new Promise(setImmediate);
      url = /"event":"listening".*?"url":"([^"]+)"/.exec(lines())?.[1];
    }
    for (let length = -1; length !== lines().length;) {
      length = lines().length;
      await ask(url, 'x.example', 300);
    }
    assert.equal((await fetch(`${url}/healthz`)).status, 200);
    truncateSync(log);
    await ask(url, 'last.example', 1);
    assert.match(lines(), /last\.example/);
    child.kill('SIGTERM');
    assert.deepEqual(await ended, [0, null]);
  });

  it('waits for a slow reader in bounded memory', async (t) => {
    const { settings } = await environment(t);
    const proxy = serveProcess(settings);
    t.after(async () => {
      proxy.signal('SIGKILL');
      await proxy.ended;
    });
    const url = await proxy.url;
    proxy.stdout.pause();
    // 500 bytes each.
    await ask(url, 'x'.repeat(240), 4000);
    proxy.stdout.resume();
    while (!proxy.output().out.includes('last.example')) await ask(url, 'last.example', 1);
    const heard = proxy.output().out.split('xxx"').length - 1;
    assert.ok(heard > 1000 && heard < 4000, String(heard));

    proxy.stdout.pause();
    await ask(url, 'x'.repeat(240), 4000);
    proxy.signal('SIGTERM');
    assert.equal(await proxy.exited, 0);
    proxy.stdout.resume();
  });
});
