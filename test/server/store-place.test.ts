import assert from '../support/assert.ts';
import { rename, rm, writeFile } from 'node:fs/promises';
import { describe, it } from 'node:test';
import { DeliveryFailure } from '../../proxy/delivery.ts';
import { connect } from '../../proxy/sqlite/schema.ts';
import { signupRow, STORE_TIME as now } from '../support/signup-row.ts';
import { databasePath, openStore } from '../support/store.ts';
import { world } from '../support/world.ts';

const email = 'owner@example.com';
const away = (path: string) => `${path}-away`;

describe('a database file', () => {
  for (const [title, change] of [
    ['takes no new signup once it is deleted', (path: string) => rm(path)],
    [
      'takes no new signup once it is replaced',
      async (path: string) => {
        await rename(path, away(path));
        await writeFile(path, '');
      },
    ],
  ] as const) {
    it(title, async (t) => {
      const path = await databasePath(t);
      const store = await openStore(t, [signupRow('c1')], path);
      await store.check();
      await change(path);
      await assert.rejects(store.check(), { code: 'ESTALE', message: /reconcile --yes/ });
      await assert.rejects(store.begin(signupRow('c2'), null, [], now), { code: 'ESTALE' });
      const row = await store.find('c1');
      assert.ok(row);
      await assert.rejects(store.save({ ...row, attempt: 2 }, row), { code: 'ESTALE' });
      assert.equal((await store.begin(signupRow('c1', { fence: 99 }), null, [], now)).outcome, 'exists');
    });
  }

  for (const end of ['-wal', '-shm'])
    it(`takes no new signup once its ${end} is deleted, and loses nothing`, async (t) => {
      const path = await databasePath(t);
      const store = await openStore(t, [signupRow('c1')], path);
      await rm(path + end);
      assert.equal((await store.begin(signupRow('c2'), null, [], now)).outcome, 'opened');
      await assert.rejects(store.check(), { code: 'ESTALE', message: /start it again/ });
      await assert.rejects(store.begin(signupRow('c3'), null, [], now), { code: 'ESTALE' });
      await store.close();
      const again = await openStore(t, [], path);
      await again.check();
      assert.equal((await again.list({ limit: 9 })).length, 2);
    });

  it('keeps what Kelviq has made, deleted or not', async (t) => {
    const path = await databasePath(t);
    const row = signupRow('c1');
    const store = await openStore(t, [row], path);
    await rm(path);
    assert.equal(await store.save({ ...row, state: 'provisioned' }, row), true);
  });

  it('is used again when it is put back', async (t) => {
    const path = await databasePath(t);
    const store = await openStore(t, [], path);
    await rename(path, away(path));
    await assert.rejects(store.begin(signupRow('c1'), null, [], now), { code: 'ESTALE' });
    await rename(away(path), path);
    await store.check();
    assert.equal((await store.begin(signupRow('c1'), null, [], now)).outcome, 'opened');
  });
});

describe('a server whose database file is gone', () => {
  it('asks Kelviq for nothing new, and still delivers', async (t) => {
    const { open, clock, failures, tries, posts, path } = await world(t);
    const proxy = await open();
    proxy.start();
    failures.push(new DeliveryFailure('http_500'));
    assert.equal((await proxy.post('c1', email)).status, 201);
    await rm(path);
    const refused = await proxy.post('c2', 'other@example.com');
    assert.deepEqual([refused.status, posts()], [503, 1]);
    assert.equal((await proxy.state()).store, 'unavailable');
    await clock.advance(10_000);
    assert.equal(tries.length, 2);
    assert.equal((await proxy.row('c1')).state, 'delivered');
    const said = proxy.lines.filter(
      ({ event, during }) => event === 'store_unavailable' && during === 'look',
    );
    assert.match(said[0]?.hint ?? '', /deleted or replaced/);
  });
});

describe('a server whose disk is full', () => {
  for (const [method, event, status] of [
    ['begin', 'store_unavailable', 503],
    ['save', 'work_failed', 202],
  ] as const)
    it(`says so in its log, and what to do: ${event}`, async (t) => {
      const { open } = await world(t);
      const path = await databasePath(t);
      await openStore(t, [], path);
      const full = connect(path, 0);
      t.after(() => full.close());
      full.exec('PRAGMA max_page_count = 1');
      const write = async () => {
        full.exec('CREATE TABLE more AS SELECT zeroblob(100000)');
        assert.fail('there was room');
      };
      const proxy = await open({}, (store) => ({ ...store, [method]: write }));
      assert.equal((await proxy.post('c1', email)).status, status);
      const [line] = proxy.lines.filter((one) => one.event === event);
      assert.match(line?.error ?? '', /SQLITE_FULL/);
      assert.equal(line?.hint, 'The database cannot be used: its disk is full; make room on it.');
    });
});

describe('check', () => {
  it('fails from a failed write until one succeeds', async (t) => {
    const path = await databasePath(t);
    const store = await openStore(t, [], path);
    const other = connect(path, 0);
    t.after(() => other.close());
    other.exec('BEGIN IMMEDIATE');
    await store.check();
    await assert.rejects(store.begin(signupRow('c1'), null, [], now), { code: 'SQLITE_BUSY' });
    await assert.rejects(store.check(), { code: 'SQLITE_BUSY' });
    other.exec('ROLLBACK');
    await store.check();
    assert.deepEqual(other.prepare('SELECT * FROM charges').all(), [], 'it leaves nothing');
  });
});
