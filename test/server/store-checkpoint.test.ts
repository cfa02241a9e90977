import assert from '../support/assert.ts';
import { mkdir, readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { checkpoint } from '../../proxy/sqlite/checkpoint.ts';
import { command, connect, migrate } from '../../proxy/sqlite/schema.ts';
import { CHARGES } from '../../proxy/store-sql.ts';
import { databasePath } from '../support/store.ts';

/** A file with a writer and its log; `isCopied` tells whether a key has left the log for the file. */
async function loggedFile(t: TestContext) {
  const path = await databasePath(t);
  await mkdir(dirname(path), { recursive: true });
  const writer = connect(path, 200);
  t.after(() => writer.close());
  migrate(writer);
  const log = checkpoint(path, writer, 200);
  const take = command(writer, CHARGES.take);
  return {
    log,
    write: (key: string) => void take(key, 1, 2, 1),
    begin: () => writer.exec('BEGIN IMMEDIATE'),
    commit: () => writer.exec('COMMIT'),
    isCopied: async (key: string) => (await readFile(path, 'latin1')).includes(key),
  };
}

describe('the log', () => {
  it('is copied after many writes', async (t) => {
    const { log, write, isCopied } = await loggedFile(t);
    write('key-1');
    for (let count = 1; count < 1500; count++) log.wrote();
    await log.close();
    assert.equal(await isCopied('key-1'), false);

    const other = await loggedFile(t);
    other.write('key-2');
    for (let count = 0; count < 1500; count++) other.log.wrote();
    await other.log.close();
    assert.equal(await other.isCopied('key-2'), true);
  });

  it('is copied while somebody writes', async (t) => {
    const { log, write, begin, commit, isCopied } = await loggedFile(t);
    write('key-1');
    begin();
    write('key-2');
    await log.copy();
    assert.deepEqual([await isCopied('key-1'), await isCopied('key-2')], [true, false]);
    commit();
    await log.copy();
    assert.equal(await isCopied('key-2'), true);
    await log.close();
  });
});
