import assert from '../support/assert.ts';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, copyFile, mkdir, rename, rm, truncate, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { dirname } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { checkStore } from '../../proxy/node/commands/doctor/store.ts';
import { storeFix, storeTrouble } from '../../proxy/store-trouble.ts';
import { placeAt } from '../../proxy/node/commands/with-store.ts';
import { serverNote, type ServerName } from '../../proxy/node/server-note.ts';
import type { Row } from '../../proxy/row.ts';
import { connect } from '../../proxy/sqlite/schema.ts';
import { listening } from '../support/doctor.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { STORE_TIME, signupRow } from '../support/signup-row.ts';
import { databasePath, openStore } from '../support/store.ts';

const MINUTE = 60_000;

/** What is said of the store at `path`, `afterMs` after its rows were made. */
async function said(path: string, afterMs = 0) {
  const { tell, lines } = listening();
  await checkStore({ DATABASE_URL: `sqlite:${path}` }, tell, new FakeClock(STORE_TIME + afterMs));
  return lines;
}

/** The number of a process that is no more. */
async function goneProcess(): Promise<number> {
  const child = spawn(process.execPath, ['--version'], { stdio: 'ignore' });
  await once(child, 'close');
  return Number(child.pid);
}

/** Leaves a server's note beside the store at `path`. */
async function writeNote(path: string, server: ServerName): Promise<void> {
  const note = { ...server, id: 'a', at: STORE_TIME, beside: null };
  await writeFile(`${path}-server`, JSON.stringify(note));
}

/** A store that holds these rows. */
async function storeOf(t: TestContext, rows: readonly Partial<Row>[]): Promise<string> {
  const path = await databasePath(t);
  const made = rows.map((members, index) => signupRow(`c${index}`, { dueAt: STORE_TIME, ...members }));
  await openStore(t, made, path);
  return path;
}

describe('storeTrouble', () => {
  for (const [code, words] of [
    ['42501', 'the user may not make or write its tables'],
    ['3F000', 'the user may not make or write its tables'],
    ['25006', 'its server is a copy that takes no writes'],
    ['no_socket', 'no server has a socket in the folder that the address names, for its port'],
    ['28000', 'its server does not let this user in from here, or not without encryption (sslmode)'],
    ['28P01', 'its server does not take the user or password'],
  ] as const)
    it(`has words for ${code}`, () => {
      assert.equal(storeTrouble(Object.assign(new Error('x'), { code })), `${words} (${code})`);
    });
});

describe('storeFix', () => {
  for (const [code, fix] of [
    ['SQLITE_FULL', 'make room on it'],
    ['53100', 'make room on it'],
    ['pooler', 'use its session mode'],
    ['SQLITE_READONLY', 'check that DATABASE_URL names '],
    ['42501', 'let the user make them (GRANT CREATE ON DATABASE)'],
    ['53300', 'let more in (max_connections'],
    ['28P01', 'correct them in DATABASE_URL'],
    ['3D000', 'make it, or correct the name'],
    ['DEPTH_ZERO_SELF_SIGNED_CERT', 'name the server in DATABASE_URL as its certificate does'],
  ] as const)
    it(`knows ${code}`, () => {
      assert.ok(storeFix(Object.assign(new Error('x'), { code }), true).startsWith(fix));
    });
});

describe('placeAt', () => {
  it('tells a folder that is closed to this user from an empty one', async (t) => {
    const path = await storeOf(t, []);
    assert.deepEqual([await placeAt(path, 0), await placeAt(`${path}-none`, 0)], ['usable', 'empty']);
    await chmod(dirname(path), 0);
    // Nothing is closed to root.
    const isRoot = process.geteuid?.() === 0;
    if (isRoot) process.seteuid?.('nobody');
    const looking = placeAt(path, 0);
    if (isRoot) process.seteuid?.(0);
    await chmod(dirname(path), 0o700);
    const place = await looking;
    assert.ok(typeof place === 'object' && place.fix.startsWith('run this as the user'));
  });
});

describe('doctor, the store', () => {
  it('is well where nothing waits', async (t) => {
    const path = await storeOf(t, [{ state: 'delivered', dueAt: null }]);
    assert.deepEqual(
      (await said(path)).map(({ status, what }) => [status, what]),
      [
        ['ok', 'it opens and can be written'],
        ['ok', 'nothing waits'],
      ],
    );
  });

  it('tries out that a signup could be written', async (t) => {
    const path = await storeOf(t, []);
    const db = connect(path, 200);
    db.exec("CREATE TRIGGER full BEFORE INSERT ON charges BEGIN SELECT RAISE(ABORT, 'full'); END");
    db.close();
    const [line, ...more] = await said(path);
    assert.deepEqual([line?.status, more], ['fail', []]);
    await truncate(`${path}-wal`, 65_000_000);
    const both = await said(path);
    assert.deepEqual(
      both.map(({ status }) => status),
      ['warn', 'fail'],
      'what may have filled the disk is named',
    );
  });

  it('says what waits, and for whom', async (t) => {
    const path = await storeOf(t, [
      { state: 'requested' },
      { state: 'provisioned' },
      { state: 'provisioned' },
      { state: 'undeliverable', dueAt: null },
      { state: 'attention', dueAt: null },
    ]);
    const lines = (await said(path, MINUTE)).slice(1);
    assert.deepEqual(
      new Set(lines.map(({ status, what }) => `${status} ${what}`)),
      new Set(['ok waiting: 2 provisioned, 1 requested', 'warn 1 attention', 'warn 1 undeliverable']),
    );
    for (const { status, fix } of lines)
      if (status === 'warn') assert.match(fix, /kelviq-onboarding deliveries/);
  });

  it('warns of a delivery that waits for hours', async (t) => {
    const path = await storeOf(t, [{ state: 'provisioned' }]);
    const [, line] = await said(path, 61 * MINUTE);
    assert.equal(line?.status, 'warn');
    assert.match(line?.what ?? '', /from 2026-11-24T00:00:00\.000Z \(1 provisioned\)/);
    assert.match(line?.fix ?? '', /a server runs.*--receiver$/);
  });

  it('looks for no receiver where a customer has left', async (t) => {
    const path = await storeOf(t, [{ state: 'requested' }]);
    const [, line] = await said(path, 61 * MINUTE);
    assert.equal(line?.status, 'warn');
    assert.match(line?.what ?? '', /without an outcome .* \(1 requested\)/);
    assert.match(line?.fix ?? '', /after 24 hours/);
  });

  it('says where the first start makes it, and makes none', async (t) => {
    const path = await databasePath(t);
    for (let turn = 0; turn < 2; turn++) {
      const [line] = await said(path);
      assert.equal(line?.status, 'ok');
      assert.equal(line?.what, `there is none yet; the server makes it in ${dirname(dirname(path))}`);
    }
  });

  it('says that it is gone under a server that runs', async (t) => {
    const path = await databasePath(t);
    await mkdir(dirname(path));
    await writeNote(path, { host: 'one', pid: 7 });
    const [line] = await said(path);
    assert.deepEqual(
      [line?.status, line?.what],
      ['fail', 'it is gone under a server that runs: process 7 on "one"'],
    );
    assert.match(line?.fix ?? '', /reconcile --yes$/);
  });

  for (const end of ['-wal', '-shm'])
    it(`opens nothing while ${end} is gone under a server that runs`, async (t) => {
      const path = await storeOf(t, []);
      await rm(path + end);
      await writeNote(path, { host: 'one', pid: 7 });
      const [line, ...more] = await said(path);
      assert.deepEqual([line?.status, more], ['fail', []]);
      assert.match(line?.what ?? '', /-wal or -shm, is gone under .*: process 7 on "one"$/);
      assert.match(line?.fix ?? '', /start it again$/);
    });

  it('opens no file that was put in the place of a server’s', async (t) => {
    const path = await storeOf(t, []);
    const self = { host: hostname(), pid: process.pid };
    const note = serverNote({ database: path, clock: new FakeClock(STORE_TIME), log: () => undefined, self });
    await note.turn();
    assert.equal((await said(path))[0]?.status, 'ok');
    await copyFile(path, `${path}.copy`);
    await rename(`${path}.copy`, path);
    await note.turn();
    const [line, ...more] = await said(path);
    assert.deepEqual([line?.status, more], ['fail', []]);
    assert.match(line?.what ?? '', /^another file stands in the place .* that runs: process \d+ on/);
    assert.match(line?.fix ?? '', /stop that server.*reconcile --yes$/);
    await note.remove();
    assert.equal((await said(path))[0]?.status, 'ok');
  });

  it('opens it where a server that was killed has left its note', async (t) => {
    const path = await databasePath(t);
    await (await openStore(t, [], path)).close();
    await writeNote(path, { host: hostname(), pid: await goneProcess() });
    assert.equal((await said(path))[0]?.status, 'ok');
  });

  it('names a place where nothing can be made', async () => {
    for (const [path, place] of [
      ['/proc/nowhere/data/test.db', '/proc'],
      ['/dev/null/test.db', '/dev/null'],
    ] as const) {
      const [line, ...more] = await said(path);
      assert.deepEqual([line?.status, line?.what, more], ['fail', `${place} cannot be written`, []]);
      assert.match(line?.fix ?? '', /DATABASE_URL/);
    }
  });

  it('names a file that is no database', async (t) => {
    const path = await databasePath(t);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, 'a letter to nobody, long enough to be read as a header '.repeat(20));
    const [line, ...more] = await said(path);
    assert.deepEqual([line?.status, more], ['fail', []]);
    assert.match(line?.what ?? '', /no database, or damaged/);
    assert.match(line?.fix ?? '', /DATABASE_URL.*move the file away.*reconcile --yes$/);
  });

  it('names a database of a newer release', async (t) => {
    const path = await storeOf(t, []);
    const db = connect(path, 200);
    db.exec('PRAGMA user_version = 99');
    db.close();
    const [line] = await said(path);
    assert.match(line?.what ?? '', /schema 99, made by a newer release/);
    assert.match(line?.fix ?? '', /run that release/);
  });

  it('names a log that somebody keeps from being emptied', async (t) => {
    const path = await databasePath(t);
    await openStore(t, [signupRow('c1')], path);
    const logLines = async () => {
      const { tell, lines } = listening();
      await checkStore({ DATABASE_URL: `sqlite:${path}` }, tell, new FakeClock());
      return lines.filter(({ what }) => what.includes('-wal')).map(({ status, what }) => `${status} ${what}`);
    };
    assert.deepEqual(await logLines(), []);
    await truncate(`${path}-wal`, 65_000_000);
    assert.deepEqual(await logLines(), ['warn its -wal has grown to 65 MB and keeps what was erased']);
  });

  it('names a database that somebody keeps locked', async (t) => {
    const path = await storeOf(t, []);
    const db = connect(path, 200);
    db.exec('BEGIN IMMEDIATE');
    const [line] = await said(path);
    db.exec('ROLLBACK');
    db.close();
    assert.equal(line?.status, 'fail');
    assert.match(line?.what ?? '', /keeps it locked/);
  });

  it('waits for a setting that is wrong', async () => {
    const { tell, lines } = listening();
    await checkStore({ DATABASE_URL: 'mysql://hunter2' }, tell, new FakeClock());
    assert.deepEqual(lines, [{ status: 'skip', what: 'DATABASE_URL comes first', fix: '' }]);
  });
});
