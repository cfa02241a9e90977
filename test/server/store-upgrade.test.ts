import assert from '../support/assert.ts';
import { describe, it } from 'node:test';
import { checkStore } from '../../proxy/node/commands/doctor/store.ts';
import { openStore as storeAt } from '../../proxy/store-url.ts';
import { listening } from '../support/doctor.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { start } from '../support/sandbox.ts';
import { signupRow } from '../support/signup-row.ts';
import { askDatabase, onEveryEngine } from '../support/store.ts';
import { runBin } from '../support/terminal.ts';

onEveryEngine((openStore, { name, address }) => {
  const isFile = name === 'SQLite';
  const READ = isFile ? 'PRAGMA user_version' : 'SELECT version FROM schema_version';
  const ONE_LESS = isFile ? 'PRAGMA user_version = 6' : 'UPDATE schema_version SET version = 1';

  describe('tables of an older release', () => {
    it('are left to its server by every command, and taken on by a new server', async (t) => {
      const url = await address(t);
      const before = await openStore(t, [signupRow('c1', { leaseUntil: 0 })], url);
      const current = await askDatabase(url, READ);
      await before.close();
      await askDatabase(url, 'ALTER TABLE starts DROP COLUMN environment');
      await askDatabase(url, ONE_LESS);
      const older = await askDatabase(url, READ);
      const sandbox = await start();
      const env = {
        KELVIQ_PARTNER_KEY: sandbox.partnerKey,
        KELVIQ_BASE_URL: sandbox.url,
        DATABASE_URL: url,
      };
      for (const words of ['deliveries list', 'deliveries retry --all', 'reconcile', 'reconcile --yes']) {
        const { code, err } = await runBin(words.split(' '), env);
        assert.equal(code, 1, words);
        assert.match(err, /made by an older release; .*\n→ .* start a server of this one first, /, words);
      }
      const { tell, lines } = listening();
      await checkStore(env, tell, new FakeClock());
      assert.deepEqual(
        lines.map(({ status }) => status),
        ['warn'],
      );
      assert.deepEqual(await askDatabase(url, READ), older);

      const server = storeAt(url);
      t.after(() => server.close());
      assert.equal(await server.open('sandbox'), 2);
      assert.deepEqual(await server.find('c1'), signupRow('c1', { leaseUntil: 0 }));
      assert.deepEqual(await askDatabase(url, READ), current);
      assert.equal((await runBin(['deliveries', 'list'], env)).code, 0);
    });
  });
});
