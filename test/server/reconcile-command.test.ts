import assert from '../support/assert.ts';
import { execFile, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import { describe, it, type TestContext } from 'node:test';
import { promisify } from 'node:util';
import { startSandbox, type Sandbox } from '../../demo/sandbox/sandbox.ts';
import { createSessionToken } from '../../proxy/backend.ts';
import type { Finding, Reconciled } from '../../proxy/reconcile.ts';
import { connect } from '../../proxy/sqlite/schema.ts';
import { inTurns } from '../support/in-turns.ts';
import { sweep } from '../support/leaks.ts';
import { startReceiver } from '../support/receiver.ts';
import { post } from '../support/sandbox.ts';
import { CLI, serveProcess, TYPESCRIPT } from '../support/serve-process.ts';
import { signupRow } from '../support/signup-row.ts';
import { databasePath, openStore } from '../support/store.ts';
import { runBin } from '../support/terminal.ts';

const origin = 'https://app.example.com';
const sessionSecret = randomBytes(32).toString('hex');
const secret = `whsec_${randomBytes(32).toString('base64')}`;

/** A sandbox, a path for a database, and the bin beside them. */
async function world(t: TestContext) {
  const sandbox = await startSandbox({ partnerKey: `kvqp_${randomBytes(12).toString('hex')}` });
  t.after(() => sandbox.close());
  const path = await databasePath(t);
  const env = {
    KELVIQ_PARTNER_KEY: sandbox.partnerKey,
    KELVIQ_BASE_URL: sandbox.url,
    DATABASE_URL: `sqlite:${path}`,
  };
  return { sandbox, path, env, bin: (...args: string[]) => runBin(['reconcile', ...args], env) };
}

async function createAtKelviq(sandbox: Sandbox, count: number): Promise<void> {
  const ids = Array.from({ length: count }, (_, index) => `c${index + 1}`);
  await inTurns(ids, (externalId) => post(sandbox, { externalId, email: `${externalId}@example.com` }));
}

async function signUp(url: string, externalId: string): Promise<Response> {
  const token = await createSessionToken({ secret: sessionSecret, externalId });
  return fetch(`${url}/v1/organizations`, {
    method: 'POST',
    headers: { origin, authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ email: `${externalId}@example.com` }),
  });
}

const secretsOf = (sandbox: Sandbox) =>
  Object.fromEntries([
    ['partner key', sandbox.partnerKey],
    ...sandbox.state.organizations.map(({ externalId, serverKey }) => [externalId, serverKey]),
  ]) as Record<string, string>;

describe('kelviq-onboarding reconcile', () => {
  it('has a running server deliver all after a lost database', async (t) => {
    const { sandbox, path, env, bin } = await world(t);
    const down = new Set(['c4', 'c5']);
    const receiver = await startReceiver(secret, {
      answer: ({ data }) => (down.has(data.externalId) ? 'cut' : 'stored'),
    });
    t.after(receiver.close);
    const start = async () => {
      const server = serveProcess({
        ...env,
        ALLOWED_ORIGINS: origin,
        WEBHOOK_URL: receiver.url,
        WEBHOOK_SECRET: secret,
        SESSION_SECRET: sessionSecret,
      });
      t.after(async () => {
        server.signal('SIGKILL');
        await server.ended;
      });
      return { server, url: await server.url };
    };

    const first = await start();
    for (const customer of ['c1', 'c2', 'c3', 'c4', 'c5'])
      assert.equal((await signUp(first.url, customer)).status, 201);
    await receiver.received(5);
    const ids = new Map(receiver.events.map(({ data }, index) => [data.externalId, receiver.ids[index]]));
    first.server.signal('SIGKILL');
    await first.server.ended;
    for (const tail of ['', '-wal', '-shm']) await rm(path + tail, { force: true });
    down.clear();

    const second = await start();
    const dry = await bin();
    assert.equal(dry.code, 3);
    assert.match(dry.out, /^missing {8}c1 {2}[\da-f-]{36} {2}would be due$/m);
    assert.match(dry.out, /^Compared 5: 0 agree, 5 missing\.$/m);
    assert.match(dry.out, /dry run and changed nothing\. With --yes these 5 are made due\.\n$/);
    const before = receiver.events.length;
    const done = await bin('--yes');
    assert.deepEqual([done.code, done.err], [0, '']);
    assert.match(done.out, /\n5 due now\. A running server delivers them\.\n$/);
    await receiver.received(before + 5);
    const again = receiver.events.slice(before);
    assert.deepEqual(
      new Map(again.map(({ data }, index) => [data.externalId, receiver.ids[before + index]])),
      ids,
    );
    for (const { data } of again)
      assert.equal(
        data.serverKey,
        sandbox.state.organizations.find(({ externalId }) => externalId === data.externalId)?.serverKey,
      );
    const returning = await signUp(second.url, 'c4');
    const own = sandbox.state.organizations.find(({ externalId }) => externalId === 'c4');
    assert.deepEqual(
      [returning.status, ((await returning.json()) as { clientKey: string }).clientKey],
      [200, own?.clientKey],
    );
    const output = Buffer.from([dry, done].map(({ out, err }) => out + err).join(''));
    assert.deepEqual(sweep({ output }, secretsOf(sandbox)), []);
  });

  it('writes nothing without --yes', async (t) => {
    const { sandbox, path, bin } = await world(t);
    const store = await openStore(t, [signupRow('c1', { leaseUntil: 0 })], path);
    await createAtKelviq(sandbox, 2);
    const before = await store.list({ limit: 9 });
    assert.equal((await bin()).code, 3);
    assert.deepEqual(await store.list({ limit: 9 }), before);
    assert.ok(sandbox.state.requests.slice(2).every(({ method }) => method === 'GET'));
  });

  it('gives an object for each finding, and the sum', async (t) => {
    const { sandbox, path, bin } = await world(t);
    const delivered = { state: 'delivered', organizationIdentifier: 'org-1', leaseUntil: 0 } as const;
    await openStore(t, [signupRow('c1', delivered), signupRow('gone', delivered)], path);
    await createAtKelviq(sandbox, 2);
    const { code, out } = await bin('--yes', '--json');
    assert.equal(code, 3, 'a conflict is left');
    const lines = out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Finding | { summary: Reconciled });
    assert.deepEqual(
      new Set(lines.slice(0, -1).map((line) => 'finding' in line && `${line.finding} ${line.done}`)),
      new Set(['conflict false', 'missing true', 'not_at_kelviq false']),
    );
    const sum = lines.at(-1);
    assert.ok(sum && 'summary' in sum);
    assert.deepEqual([sum.summary.compared, sum.summary.enqueued], [2, 1]);
  });

  it('tells how far it is, aside from what it found', async (t) => {
    const { sandbox, path, bin } = await world(t);
    const store = await openStore(t, [], path);
    await createAtKelviq(sandbox, 1050);
    const { code, out, err } = await bin('--yes');
    assert.deepEqual([code, err], [0, 'compared 1,000 of 1,050\n']);
    assert.equal(out.match(/^missing .* due now$/gm)?.length, 1050);
    assert.match(out, /^Compared 1,050: 0 agree, 1,050 missing\.\n1,050 due now\./m);
    assert.equal((await store.list({ states: ['provisioned'], limit: 2000 })).length, 1050);
  });

  it('ends with 0 where nothing is to do, and says so', async (t) => {
    const { path, bin } = await world(t);
    await openStore(t, [], path);
    const { code, out, err } = await bin();
    assert.deepEqual({ code, err }, { code: 0, err: '' });
    assert.match(out, /^Compared 0: 0 agree\.\nThis was a dry run; there is nothing to do\.\n$/);
  });

  it('goes on when its reader goes away', async (t) => {
    const { sandbox, path, env } = await world(t);
    const store = await openStore(t, [], path);
    await createAtKelviq(sandbox, 250);
    const child = spawn(process.execPath, [...TYPESCRIPT, CLI, 'reconcile', '--yes'], {
      env: { PATH: process.env['PATH'], ...env },
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    child.stdout.destroy();
    assert.deepEqual(await once(child, 'exit'), [0, null]);
    assert.equal((await store.list({ limit: 500 })).length, 250);
  });

  it('does not call well what it could not read', async (t) => {
    const { sandbox, path, bin } = await world(t);
    await openStore(t, [], path);
    await createAtKelviq(sandbox, 1);
    const [organization] = sandbox.state.organizations;
    if (organization) organization.clientKey = 'x'.repeat(600);
    const { code, out } = await bin('--yes');
    assert.equal(code, 3);
    assert.match(out, /^1 of Kelviq's list cannot be read: each may be of a customer /m);
  });

  it('knows what doctor --upstream made', async (t) => {
    const { sandbox, path, env, bin } = await world(t);
    await openStore(t, [], path);
    await runBin(['doctor', '--upstream'], env);
    const { code, out } = await bin('--yes');
    assert.equal(code, 0);
    const { externalId, organizationIdentifier } = sandbox.state.organizations[0] ?? {};
    const line = `trial          ${externalId}  ${organizationIdentifier}  made by doctor --upstream: left alone`;
    assert.equal(out, `${line}\nCompared 1: 0 agree, 1 trial.\n0 due now. A running server delivers them.\n`);
  });

  it('prints an id that moves the cursor as text', async (t) => {
    const { sandbox, path, bin } = await world(t);
    await openStore(t, [], path);
    await post(sandbox, { externalId: '\u001B[2Jx', email: 'a@example.com' });
    const { code, out } = await bin();
    assert.equal(code, 0);
    assert.match(out, /^unusable {7}"\\u001b\[2Jx" /);
  });

  for (const [name, step, expected] of [
    [
      'a key that is not taken',
      'unauthorized',
      /does not take the partner key \(401\).*\n→ .*KELVIQ_ENV=sandbox/,
    ],
    ['a key that may not', 'forbidden', /\(403\).*\n→ ask Kelviq/],
    ['an address without the API', 'not-found', /\(404\).*\n→ leave KELVIQ_BASE_URL out/],
    ['a redirect', 'redirect', /redirects \(302\)/],
  ] as const)
    it(`says in words that it met ${name}`, async (t) => {
      const { sandbox, path, bin } = await world(t);
      await openStore(t, [], path);
      sandbox.next(step);
      const { code, out, err } = await bin('--yes');
      assert.deepEqual([code, out], [1, '']);
      assert.match(err, expected);
      assert.match(err, /run it again for the rest/);
    });

  it('lives on while it waits, and says what for', async (t) => {
    const { sandbox, path, env } = await world(t);
    await openStore(t, [], path);
    sandbox.next('unavailable');
    const { stdout, stderr } = await promisify(execFile)(
      process.execPath,
      [...TYPESCRIPT, CLI, 'reconcile'],
      { env: { PATH: process.env['PATH'], ...env } },
    );
    assert.match(stdout, /there is nothing to do\.\n$/);
    assert.match(stderr, /^127\.0\.0\.1:\d+ is in trouble \(503\): again in 1 s$/m);
  });

  it('names every setting that it misses', async () => {
    const { code, err } = await runBin(['reconcile'], { KELVIQ_ENV: 'live', KELVIQ_BASE_URL: 'hunter2' });
    assert.equal(code, 1);
    for (const name of ['KELVIQ_PARTNER_KEY', 'KELVIQ_ENV', 'KELVIQ_BASE_URL'])
      assert.match(err, new RegExp(`^${name} `, 'm'));
    assert.doesNotMatch(err, /hunter2/);
  });

  it('says what to do about a database that fails meanwhile', async (t) => {
    const { sandbox, path, bin } = await world(t);
    await createAtKelviq(sandbox, 1);
    await openStore(t, [], path);
    const db = connect(path, 200);
    db.exec("CREATE TRIGGER damaged BEFORE INSERT ON signups BEGIN SELECT RAISE(ABORT, 'damaged'); END");
    db.close();
    const { code, err } = await bin('--yes');
    assert.equal(code, 1);
    assert.match(
      err,
      /run it again for the rest\.\nThe database cannot be used: .*\n→ check that DATABASE_URL/,
    );
  });
});
