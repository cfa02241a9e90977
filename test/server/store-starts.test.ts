import assert from '../support/assert.ts';
import { describe, it, type TestContext } from 'node:test';
import { checkStore } from '../../proxy/node/commands/doctor/store.ts';
import { storeFix, storeTrouble } from '../../proxy/store-trouble.ts';
import { openStore as storeAt } from '../../proxy/store-url.ts';
import type { Store } from '../../proxy/store.ts';
import { listening } from '../support/doctor.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { post, start } from '../support/sandbox.ts';
import { signupRow } from '../support/signup-row.ts';
import { askDatabase, onEveryEngine } from '../support/store.ts';
import { runBin } from '../support/terminal.ts';

const counted = async (url: string) => Number((await askDatabase(url, 'SELECT latest FROM starts'))[0]?.[0]);

/** A store at `url`, closed with the test. */
function opened(t: TestContext, url: string): Store {
  const store = storeAt(url);
  t.after(() => store.close());
  return store;
}

onEveryEngine((openStore, { address }) => {
  describe('the number of a start', () => {
    it('is taken by no guest', async (t) => {
      const url = await address(t);
      await openStore(t, [signupRow('c1')], url);
      const guest = opened(t, url);
      assert.deepEqual([await guest.open('sandbox', 'guest'), await guest.open('sandbox', 'guest')], [0, 0]);
      assert.deepEqual(await guest.find('c1'), signupRow('c1'));
      assert.deepEqual([await counted(url), await opened(t, url).open()], [1, 2]);
    });

    it('is taken by a guest who begins to lease, once', async (t) => {
      const url = await address(t);
      await openStore(t, [], url);
      const guest = opened(t, url);
      assert.deepEqual(
        [await guest.open('sandbox', 'guest'), await guest.open(), await guest.open()],
        [0, 2, 2],
      );
    });

    it('is taken by no command but one that adds rows', async (t) => {
      const sandbox = await start();
      const url = await address(t);
      await openStore(t, [signupRow('c1', { leaseUntil: 0 })], url);
      const env = {
        KELVIQ_PARTNER_KEY: sandbox.partnerKey,
        KELVIQ_BASE_URL: sandbox.url,
        DATABASE_URL: url,
      };
      for (const words of ['list', 'show c1', 'retry c1', 'retry --all', 'forget c1'])
        await runBin(['deliveries', ...words.split(' ')], env);
      await checkStore(env, listening().tell, new FakeClock());
      for (const words of ['reconcile', 'reconcile --yes'])
        assert.equal((await runBin(words.split(' '), env)).code, 0);
      assert.equal(await counted(url), 1);
      await post(sandbox, { externalId: 'c2', email: 'c2@example.com' });
      assert.equal((await runBin(['reconcile', '--yes'], env)).code, 0);
      assert.equal(await counted(url), 2);
    });

    it('is the last one whose fencing numbers are exact', async (t) => {
      const url = await address(t);
      await openStore(t, [signupRow('c1')], url);
      await askDatabase(url, `UPDATE starts SET latest = ${2 ** 21 - 2} RETURNING latest`);
      assert.equal(await opened(t, url).open(), 2 ** 21 - 1);
      const late = opened(t, url);
      const failure = await late.open().catch((error: unknown) => error);
      assert.equal(storeTrouble(failure), 'it has counted as many starts as it can (starts_used)');
      assert.match(storeFix(failure, true), /name a new database .* reconcile --yes$/);
      await assert.rejects(late.find('c1'), /not open/);
      const guest = opened(t, url);
      await guest.open(undefined, 'guest');
      assert.deepEqual(await guest.find('c1'), signupRow('c1'));
    });
  });
});
