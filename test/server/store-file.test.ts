import assert from '../support/assert.ts';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { createInterface } from 'node:readline';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import Libsql from 'libsql';
import { command, connect, migrate, query } from '../../proxy/sqlite/schema.ts';
import { ROWS, valuesOf } from '../../proxy/store-sql.ts';
import { sqliteStore } from '../../proxy/store.sqlite.ts';
import { TYPESCRIPT } from '../support/serve-process.ts';
import { signupRow, STORE_TIME as now } from '../support/signup-row.ts';
import { databasePath, openStore } from '../support/store.ts';

const WRITER = fileURLToPath(new URL('../support/store-writer.ts', import.meta.url));

async function bytesOf(path: string): Promise<string> {
  const files = await Promise.all(
    [path, `${path}-wal`].map((file) => readFile(file, 'latin1').catch(() => '')),
  );
  return files.join('');
}

describe('open', () => {
  it('never gives a number twice', async (t) => {
    const path = await databasePath(t);
    const numbers: number[] = [];
    for (let start = 0; start < 5; start++) {
      const store = sqliteStore(path);
      numbers.push(await store.open(), await store.open());
      if (start % 2 === 0) await store.close();
      else t.after(() => store.close());
    }
    assert.deepEqual(numbers, [1, 1, 2, 2, 3, 3, 4, 4, 5, 5]);
  });

  it('keeps the rows of the start before', async (t) => {
    const path = await databasePath(t);
    await (await openStore(t, [signupRow('c1')], path)).close();
    assert.deepEqual(await (await openStore(t, [], path)).find('c1'), signupRow('c1'));
  });

  it('keeps the rows of an older schema', async (t) => {
    const path = await databasePath(t);
    await mkdir(dirname(path));
    const db = connect(path, 200);
    migrate(db, 2);
    const rows = ['c2', 'c1'].map((id) =>
      signupRow(id, { dueAt: now, history: `${now} 1 opened requested` }),
    );
    const insert = command(db, ROWS.insert);
    for (const row of rows) insert(...valuesOf(row));
    db.close();
    const store = await openStore(t, [], path);
    assert.deepEqual([await store.find('c2'), await store.find('c1')], rows);
    assert.equal((await store.claimDue([7, 8, 9], now + 1, now)).length, 2);
  });

  it('makes a folder for its owner alone', async (t) => {
    const path = await databasePath(t);
    await openStore(t, [], path);
    assert.equal((await stat(new URL('.', `file://${path}`))).mode & 0o777, 0o700);
  });

  it('makes its files for their owner alone', async (t) => {
    const path = await databasePath(t);
    await mkdir(dirname(path), { mode: 0o755 });
    await openStore(t, [signupRow('c1')], path);
    for (const file of [path, `${path}-wal`, `${path}-shm`])
      assert.equal((await stat(file)).mode & 0o777, 0o600, file);
  });

  it('leaves the rights of a file that is there', async (t) => {
    const path = await databasePath(t);
    await mkdir(dirname(path));
    await writeFile(path, '');
    await chmod(path, 0o640);
    await openStore(t, [signupRow('c1')], path);
    assert.equal((await stat(path)).mode & 0o777, 0o640);
  });

  it('refuses a schema it does not know', async (t) => {
    const path = await databasePath(t);
    await (await openStore(t, [], path)).close();
    const db = new Libsql(path);
    db.exec('PRAGMA user_version = 99');
    db.close();
    const store = sqliteStore(path);
    await assert.rejects(store.open(), /schema 99, made by a newer release/);
    await assert.rejects(store.find('c1'), /not open/);
    await store.close();
  });

  it('can be tried again', async (t) => {
    const path = await databasePath(t);
    await (await openStore(t, [], path)).close();
    const other = new Libsql(path);
    t.after(() => other.close());
    other.exec('BEGIN IMMEDIATE');
    const store = sqliteStore(path, { busyTimeoutMs: 1 });
    t.after(() => store.close());
    await assert.rejects(store.open(), /locked/);
    other.exec('ROLLBACK');
    assert.equal(await store.open(), 2);
  });

  it('works in memory', async () => {
    const store = sqliteStore(':memory:');
    assert.equal(await store.open(), 1);
    await store.begin(signupRow('c1'), null, [], now);
    await store.tidy();
    assert.deepEqual(await store.find('c1'), signupRow('c1'));
    await store.close();
  });
});

describe('tidy', () => {
  it('waits for no reader that stays, and empties the log after it', async (t) => {
    const path = await databasePath(t);
    const busyTimeoutMs = 5000;
    const store = sqliteStore(path, { busyTimeoutMs });
    t.after(() => store.close());
    await store.open();
    const backup = connect(path, 200);
    t.after(() => backup.close());
    backup.exec('BEGIN');
    query(backup, 'SELECT count(*) FROM signups')();
    await store.begin(signupRow('c1'), null, [], now);
    const from = performance.now();
    await store.tidy();
    assert.ok(performance.now() - from < busyTimeoutMs, 'all customers wait with it');
    assert.ok((await stat(`${path}-wal`)).size > 0);
    backup.exec('COMMIT');
    await store.tidy();
    assert.equal((await stat(`${path}-wal`)).size, 0);
  });

  it('says what to do about a reader that stays for ten minutes', async (t) => {
    const path = await databasePath(t);
    const store = await openStore(t, [], path);
    const backup = connect(path, 200);
    t.after(() => backup.close());
    const said: unknown[] = [];
    for (const reads of [true, false, true]) {
      if (reads) backup.exec('BEGIN');
      query(backup, 'SELECT count(*) FROM signups')();
      await store.begin(signupRow(`c${said.length}`), null, [], now);
      const since = now + said.length * 600_000;
      // A clock that was ahead counts for nothing.
      if (reads) await store.tidy(since + 1e9);
      for (const minutes of [0, 9.9, 10]) said.push(await store.tidy(since + minutes * 60_000));
      if (reads) backup.exec('COMMIT');
    }
    const words = /the file -wal beside it grows .* end it/;
    assert.deepEqual(
      said.map((one) => words.test(String(one))),
      [0, 1, 2, 3, 4, 5, 6, 7, 8].map((turn) => turn === 2 || turn === 8),
    );
  });

  it('leaves no byte of an erased e-mail', async (t) => {
    const path = await databasePath(t);
    const row = signupRow('c1', { email: 'ada.lovelace@example.com', businessName: 'Analytical Engines' });
    const store = await openStore(
      t,
      [row, ...Array.from({ length: 40 }, (_, index) => signupRow(`d${index}`))],
      path,
    );
    assert.match(await bytesOf(path), /ada\.lovelace/);
    await store.save({ ...row, state: 'delivered', email: null, businessName: null });
    await store.tidy();
    assert.doesNotMatch(await bytesOf(path), /ada\.lovelace|Analytical/);
  });

  it('leaves no byte of many that are erased', async (t) => {
    const path = await databasePath(t);
    const rows = Array.from({ length: 60 }, (_, index) =>
      signupRow(`c${index}`, {
        email: `ada.lovelace-${index}@example.com`,
        businessName: `Analytical ${index}`,
      }),
    );
    const store = await openStore(t, rows, path);
    await store.tidy();
    assert.match(await bytesOf(path), /ada\.lovelace/);
    // What shrinks and what goes leave room in their pages; nothing may linger there.
    const erased = rows.slice(0, 40).map((row) => ({ ...row, state: 'delivered' as const, email: null }));
    await Promise.all(erased.map((row) => store.save({ ...row, businessName: null })));
    await Promise.all(rows.slice(40).map((row) => store.remove(row)));
    await store.tidy();
    assert.doesNotMatch(await bytesOf(path), /ada\.lovelace|Analytical/);
  });

  it('forgets the windows that have closed', async (t) => {
    const path = await databasePath(t);
    const store = await openStore(t, [], path);
    await store.begin(signupRow('c1'), null, [{ key: 'planted-key', attempts: 1, windowMs: 1000 }], now);
    await store.claimDue([], now, now + 999);
    await store.tidy();
    assert.match(await bytesOf(path), /planted-key/);
    await store.claimDue([], now, now + 1000);
    await store.tidy();
    assert.doesNotMatch(await bytesOf(path), /planted-key/);
  });

  it('checkpoints only after a write', async (t) => {
    const path = await databasePath(t);
    const store = await openStore(t, [signupRow('c1')], path);
    const sizeOfLog = async () => (await stat(`${path}-wal`)).size;
    await store.tidy();
    assert.equal(await sizeOfLog(), 0);
    const other = new Libsql(path);
    t.after(() => other.close());
    other.exec('CREATE TABLE beside (id INTEGER)');
    await store.tidy();
    assert.notEqual(await sizeOfLog(), 0);
    await store.tell('c1');
    await store.tidy();
    assert.equal(await sizeOfLog(), 0);
  });
});

describe('close', () => {
  it('commits what waits and empties the log', async (t) => {
    const path = await databasePath(t);
    const store = await openStore(t, [], path);
    const begun = store.begin(signupRow('c1'), null, [], now);
    await Promise.all([store.close(), store.close()]);
    assert.deepEqual(await begun, { outcome: 'opened' });
    assert.equal((await stat(`${path}-wal`).catch(() => null))?.size ?? 0, 0);
    assert.ok(await (await openStore(t, [], path)).find('c1'));
  });

  it('leaves the log alone where nothing was written', async (t) => {
    const path = await databasePath(t);
    await openStore(t, [signupRow('c1')], path);
    const sizeOfLog = async () => (await stat(`${path}-wal`)).size;
    const before = await sizeOfLog();
    assert.ok(before > 0);
    for (const [writes, after] of [
      [false, before],
      [true, 0],
    ] as const) {
      const guest = sqliteStore(path);
      await guest.open(undefined, 'guest');
      assert.ok(await guest.find('c1'));
      if (writes) await guest.enqueue({ externalId: 'c1' }, now);
      await guest.close();
      assert.equal(await sizeOfLog(), after);
    }
  });

  it('makes every later call reject', async (t) => {
    const store = await openStore(t, [signupRow('c1')]);
    await store.close();
    const row = signupRow('c1');
    const calls = [
      store.open(),
      store.find('c1'),
      store.begin(row, null, [], now),
      store.save(row),
      store.remove(row),
      store.claim({ externalId: 'c1', fence: 1 }, { fence: 2, until: now }, now),
      store.claimDue([2], now, now),
      store.renew([row], now),
      store.tell('c1'),
      store.nextDue(),
      store.list({ limit: 1 }),
      store.findByRequest('r1'),
      store.tidy(),
    ];
    for (const call of calls) await assert.rejects(call, /the store is closed/);
  });

  it('is fine before open', async () => {
    const store = sqliteStore(':memory:');
    await store.close();
    await assert.rejects(store.open(), /closed/);
  });
});

describe('a killed process', () => {
  it('loses nothing that it acknowledged', async (t) => {
    const path = await databasePath(t);
    const acknowledged: string[] = [];
    for (const enough of [20, 75, 190]) {
      const writer = spawn(process.execPath, [...TYPESCRIPT, WRITER, path], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      const exit = once(writer, 'exit');
      let lines = 0;
      for await (const line of createInterface(writer.stdout)) {
        acknowledged.push(line);
        if (++lines === enough) writer.kill('SIGKILL');
      }
      assert.deepEqual(await exit, [null, 'SIGKILL']);
    }
    const store = await openStore(t, [], path);
    const kept = new Set((await store.list({ limit: 1_000_000 })).map((row) => row.externalId));
    assert.deepEqual(
      acknowledged.filter((id) => !kept.has(id)),
      [],
    );
    assert.ok(acknowledged.length >= 285);
  });
});
