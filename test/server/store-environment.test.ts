import assert from '../support/assert.ts';
import { randomBytes } from 'node:crypto';
import { describe, it, type TestContext } from 'node:test';
import { createOnboarding } from '../../proxy/onboarding.ts';
import { checkStore } from '../../proxy/node/commands/doctor/store.ts';
import { OtherEnvironment } from '../../proxy/store-failure.ts';
import { openStore as storeAt } from '../../proxy/store-url.ts';
import { listening } from '../support/doctor.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { serveProcess } from '../support/serve-process.ts';
import { signupRow } from '../support/signup-row.ts';
import { databasePath, onEveryEngine } from '../support/store.ts';
import { runBin } from '../support/terminal.ts';

const origin = 'https://app.example.com';

onEveryEngine((openStore, { address }) => {
  describe('open', () => {
    it('keeps the environment that was named first', async (t) => {
      const url = await address(t);
      for (const environment of ['production', undefined, 'production'] as const) {
        const store = storeAt(url);
        t.after(() => store.close());
        await store.open(environment);
      }
      const other = storeAt(url);
      t.after(() => other.close());
      await assert.rejects(other.open('sandbox'), OtherEnvironment);
    });

    it('is named by no guest', async (t) => {
      const url = await address(t);
      for (const [environment, guest] of [
        ['sandbox', 'guest'],
        ['production'],
        ['production', 'guest'],
      ] as const) {
        const store = storeAt(url);
        t.after(() => store.close());
        await store.open(environment, guest);
      }
      const other = storeAt(url);
      t.after(() => other.close());
      await assert.rejects(other.open('sandbox', 'guest'), OtherEnvironment);
    });

    it('takes rows of whom nobody has said as those of the server', async (t) => {
      const url = await address(t);
      await openStore(t, [signupRow('c1')], url);
      const store = storeAt(url);
      t.after(() => store.close());
      await store.open('sandbox');
      assert.deepEqual(await store.find('c1'), signupRow('c1'));
    });

    it('lets one of two environments in that come at once', async (t) => {
      const url = await address(t);
      const stores = [storeAt(url), storeAt(url)];
      t.after(() => Promise.all(stores.map((store) => store.close())));
      const opened = await Promise.allSettled([stores[0]?.open('sandbox'), stores[1]?.open('production')]);
      assert.deepEqual(opened.map(({ status }) => status).toSorted(), ['fulfilled', 'rejected']);
    });
  });
});

const env = (path: string) => ({
  KELVIQ_ENV: 'production',
  KELVIQ_PARTNER_KEY: `kvqp_${randomBytes(12).toString('hex')}`,
  KELVIQ_BASE_URL: 'http://127.0.0.1:9/api/v1',
  ALLOWED_ORIGINS: origin,
  WEBHOOK_URL: 'http://127.0.0.1:9/',
  WEBHOOK_SECRET: `whsec_${randomBytes(32).toString('base64')}`,
  SESSION_SECRET: randomBytes(32).toString('hex'),
  DATABASE_URL: `sqlite:${path}`,
});

async function sandboxDatabase(t: TestContext): Promise<string> {
  const path = await databasePath(t);
  const store = storeAt(`sqlite:${path}`);
  await store.open('sandbox');
  const delivered = signupRow('c1', {
    state: 'delivered',
    organizationIdentifier: 'org-1',
    clientKey: 'ck_test_1',
  });
  await store.begin(delivered, null, [], delivered.createdAt);
  await store.close();
  return path;
}

describe('a database of sandbox, in production', () => {
  it('ends the server with what to do', async (t) => {
    const proxy = serveProcess(env(await sandboxDatabase(t)));
    assert.equal(await proxy.ended, 1);
    assert.equal(
      proxy.output().err,
      'The database cannot be opened: it holds the signups of sandbox, and the environment here is production.\n' +
        '→ set KELVIQ_ENV to the environment of this database, or give each a database of its own: another DATABASE_URL for this one\n',
    );
  });

  it('is named by doctor, and left alone by reconcile', async (t) => {
    const settings = env(await sandboxDatabase(t));
    const { tell, lines } = listening();
    await checkStore(settings, tell, new FakeClock());
    assert.deepEqual(
      lines.map(({ status, what }) => [status, what]),
      [['fail', 'it holds the signups of sandbox, and the environment here is production']],
    );
    const { code, err } = await runBin(['reconcile', '--yes'], settings);
    assert.deepEqual(
      [code, err],
      [
        1,
        'The database cannot be used: it holds the signups of sandbox, and the environment here is production.\n→ set KELVIQ_ENV to the environment of this database, or give each a database of its own: another DATABASE_URL for this one\n',
      ],
    );
  });

  it('answers nobody from an app of your own', async (t) => {
    const onboarding = createOnboarding({
      partnerKey: 'kvqp_secret',
      environment: 'production',
      allowedOrigins: [origin],
      store: `sqlite:${await sandboxDatabase(t)}`,
      identify: () => ({ externalId: 'c1' }),
      deliver: async () => undefined,
    });
    t.after(() => onboarding.stop());
    assert.equal((await onboarding.app.request('/v1/session', { headers: { origin } })).status, 503);
    assert.equal((await onboarding.state()).store, 'unavailable');
  });
});
