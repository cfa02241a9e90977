import assert from '../support/assert.ts';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import type { Environment } from '../../proxy/limits.ts';
import { OtherEnvironment } from '../../proxy/store-failure.ts';
import { openStore } from '../../proxy/store-url.ts';
import { startSandbox } from '../../demo/sandbox/sandbox.ts';
import { post } from '../support/sandbox.ts';
import { databasePath } from '../support/store.ts';
import { runBin } from '../support/terminal.ts';

/** Kelviq with two organizations, and a path in a folder where no database is. */
async function world(t: TestContext) {
  const sandbox = await startSandbox({ partnerKey: `kvqp_${randomBytes(12).toString('hex')}` });
  t.after(() => sandbox.close());
  for (const externalId of ['c1', 'c2'])
    await post(sandbox, { externalId, email: `${externalId}@example.com` });
  const path = await databasePath(t);
  mkdirSync(dirname(path), { recursive: true });
  const bin = (args: string[], file = path, env: Record<string, string> = {}) =>
    runBin(args, {
      KELVIQ_PARTNER_KEY: sandbox.partnerKey,
      KELVIQ_BASE_URL: sandbox.url,
      DATABASE_URL: `sqlite:${file}`,
      ...env,
    });
  return { path, bin };
}

describe('reconcile where no database is', () => {
  it('begins one with --yes, and changes nothing without', async (t) => {
    const { path, bin } = await world(t);
    const dry = await bin(['reconcile']);
    assert.equal(dry.code, 3);
    assert.match(dry.err, /^There is no database yet/);
    assert.match(dry.out, /^Compared 2: 0 agree, 2 missing\.$/m);
    assert.equal(existsSync(path), false);
    const { code, out } = await bin(['reconcile', '--yes']);
    assert.equal(code, 0);
    assert.match(out, /^2 due now\./m);
    const rows = await bin(['deliveries', 'list', '--json']);
    assert.deepEqual([rows.code, rows.out.trim().split('\n').length], [0, 2]);
  });

  it('says whose the rows are, once there are some', async (t) => {
    const { path, bin } = await world(t);
    const open = async (environment: Environment) => {
      const store = openStore(`sqlite:${path}`);
      await store.open(environment, 'guest').finally(() => store.close());
    };
    const { code } = await bin(['reconcile', '--yes'], path, { KELVIQ_PARTNER_KEY: 'kvqp_of_production' });
    assert.equal(code, 1);
    await open('production');
    await bin(['reconcile', '--yes']);
    await assert.rejects(open('production'), OtherEnvironment);
    await open('sandbox');
  });

  const elsewhere = {
    'where its folder is missing': (path: string) => join(dirname(path), 'deeper', 'own.db'),
    'in the folder of another user': (path: string, t: TestContext) => {
      t.mock.method(process as { getuid(): number }, 'getuid', () => -1);
      return path;
    },
    'under a server that runs': (path: string) => {
      const note = { id: 'one', host: hostname(), pid: process.pid, at: Date.now(), beside: null, file: 1 };
      writeFileSync(`${path}-server`, JSON.stringify(note));
      return path;
    },
  };
  for (const [where, put] of Object.entries(elsewhere))
    it(`begins none ${where}`, async (t) => {
      const { path, bin } = await world(t);
      const file = put(path, t);
      for (const args of [['--yes'], []]) {
        const { code, err } = await bin(['reconcile', ...args], file);
        assert.equal(code, 1);
        assert.match(err, /^There is no database yet .* Run this where the server runs/);
      }
      assert.equal(existsSync(file), false);
    });
});
