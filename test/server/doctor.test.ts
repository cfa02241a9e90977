import assert from '../support/assert.ts';
import { randomBytes } from 'node:crypto';
import { describe, it, type TestContext } from 'node:test';
import type { Finding } from '../../proxy/node/commands/doctor/report.ts';
import { sweep } from '../support/leaks.ts';
import { startReceiver } from '../support/receiver.ts';
import { start } from '../support/sandbox.ts';
import { databasePath, openStore } from '../support/store.ts';
import { runBin } from '../support/terminal.ts';

const secret = `whsec_${randomBytes(32).toString('base64')}`;

/** All that the doctor looks at, in good health, with `change` on top. */
async function healthy(t: TestContext, change: Record<string, string> = {}) {
  const sandbox = await start({ partnerKey: `kvqp_${randomBytes(12).toString('hex')}` });
  const receiver = await startReceiver(secret);
  t.after(receiver.close);
  const path = await databasePath(t);
  await openStore(t, [], path);
  const env = {
    KELVIQ_PARTNER_KEY: sandbox.partnerKey,
    KELVIQ_BASE_URL: sandbox.url,
    ALLOWED_ORIGINS: 'https://app.example.com',
    WEBHOOK_URL: receiver.url,
    WEBHOOK_SECRET: secret,
    SESSION_SECRET: randomBytes(32).toString('hex'),
    DATABASE_URL: `sqlite:${path}`,
    PORT: '0',
    ...change,
  };
  return { sandbox, env, bin: (...args: string[]) => runBin(['doctor', ...args], env) };
}

describe('kelviq-onboarding doctor', () => {
  it('finds all well, and asks Kelviq once', async (t) => {
    const { sandbox, bin } = await healthy(t);
    const { code, out, err } = await bin();
    assert.deepEqual([code, err], [0, '']);
    assert.match(out, /^ok {4}partner key: 127\.0\.0\.1:\d+ takes it, in \d+ ms; it lists 0 of/m);
    assert.match(out, /\nAll is well: \d+ checks\.\n$/);
    assert.deepEqual(
      sandbox.state.requests.map(({ method }) => method),
      ['GET'],
    );
  });

  it('shows nothing secret, whatever it looks at', async (t) => {
    const { sandbox, env, bin } = await healthy(t);
    const { code, out, err } = await bin('--receiver', '--upstream');
    assert.deepEqual([code, err], [0, '']);
    assert.match(out, /^ok {4}receiver: /m);
    assert.match(out, /^ok {4}upstream: /m);
    const secrets = {
      'partner key': env.KELVIQ_PARTNER_KEY,
      'webhook secret': Buffer.from(secret.slice(6), 'base64'),
      'session secret': env.SESSION_SECRET,
      'server key': sandbox.state.organizations[0]?.serverKey ?? '',
    };
    assert.deepEqual(sweep({ output: Buffer.from(out) }, secrets), []);
  });

  it('ends with 1 when something fails, and goes on', async (t) => {
    const { sandbox, bin } = await healthy(t);
    sandbox.next('unauthorized');
    const { code, out } = await bin('--receiver');
    assert.equal(code, 1);
    assert.match(out, /^fail {2}partner key: .* \(401\)\n {6}→ check that KELVIQ_PARTNER_KEY/m);
    assert.match(out, /^ok {4}receiver: /m);
    assert.match(out, /\n1 to mend, 0 to look at, \d+ well\.\n$/);
  });

  it('looks at what it can where settings are wrong', async () => {
    const { code, out } = await runBin(['doctor', '--receiver', '--upstream'], { PORT: 'hunter2' });
    assert.equal(code, 1);
    for (const area of ['listening', 'partner key', 'upstream', 'receiver'])
      assert.match(out, new RegExp(`^skip {2}${area}: the settings come first$`, 'm'));
    assert.doesNotMatch(out, /hunter2/);
  });

  it('goes to no address inside a network by itself', async (t) => {
    const { bin } = await healthy(t, { WEBHOOK_URL: 'https://10.0.0.7/hooks' });
    const { code, out } = await bin('--receiver');
    assert.equal(code, 1);
    assert.match(out, /^fail {2}settings: WEBHOOK_URL is an address inside a network/m);
    assert.match(
      out,
      /^fail {2}receiver: 10\.0\.0\.7 is an address inside a network\n.*WEBHOOK_ALLOW_INTERNAL/m,
    );
  });

  it('creates nothing in production', async (t) => {
    const { sandbox, bin } = await healthy(t, { KELVIQ_ENV: 'production' });
    const { code, out } = await bin('--upstream');
    assert.equal(code, 1);
    assert.match(out, /^fail {2}upstream: not done in production/m);
    assert.equal(sandbox.state.organizations.length, 0);
  });

  it('gives an object for each line, and the sum', async (t) => {
    const { bin } = await healthy(t, { ALLOWED_ORIGINS: 'http://app.example.com' });
    const { code, out } = await bin('--json');
    assert.equal(code, 0);
    const lines = out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Finding | { summary: Record<string, number> });
    const findings = lines.slice(0, -1) as Finding[];
    assert.deepEqual(lines.at(-1), {
      summary: { ok: findings.length - 1, warn: 1, fail: 0, skip: 0 },
    });
    assert.deepEqual(
      new Set(findings.map(({ area }) => area)),
      new Set(['settings', 'listening', 'store', 'partner key']),
    );
    assert.equal(findings.find(({ status }) => status === 'warn')?.fix, 'serve it by https:');
  });
});
