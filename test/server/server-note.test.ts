import assert from '../support/assert.ts';
import { existsSync } from 'node:fs';
import { mkdir, readdir, symlink, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import type { LogFields } from '../../proxy/log.ts';
import { keepNote, serverNote, serverWords, serversAt } from '../../proxy/node/server-note.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { databasePath } from '../support/store.ts';

const TURN_MS = 5000;

/** A folder with a database in it, and servers that keep their notes there, one turn after the other. */
async function world(t: TestContext) {
  const database = await databasePath(t);
  await mkdir(dirname(database), { recursive: true });
  await writeFile(database, '');
  const clock = new FakeClock();
  const server = (host: string, path = database) => {
    const warnings: string[] = [];
    const log = (level: string, event: string, { hint = '' }: LogFields = {}) =>
      void warnings.push(`${level} ${event} ${hint}`);
    return { warnings, ...serverNote({ database: path, clock, log, self: { host, pid: 1 } }) };
  };
  const turns = async (count: number, ...servers: ReturnType<typeof server>[]) => {
    for (let turn = 0; turn < count; turn++) {
      for (const { turn: take } of servers) await take();
      clock.stall(TURN_MS);
    }
  };
  const names = async () => (await serversAt(database, clock.now())).map(serverWords);
  return { database, note: `${database}-server`, clock, server, turns, names };
}

describe('the note of a server beside its SQLite file', () => {
  it('says nothing of a server that was killed before', async (t) => {
    const { server, turns, names } = await world(t);
    await turns(20, server('killed'));
    const one = server('one');
    await turns(20, one);
    assert.deepEqual(one.warnings, []);
    assert.deepEqual(await names(), ['process 1 on "one"']);
  });

  it('warns two servers of each other, once', async (t) => {
    const { server, turns, names, database } = await world(t);
    await symlink(database, `${database}-link`);
    const [one, another] = [server('one'), server('another', `${database}-link`)];
    await turns(100, one, another);
    assert.equal(one.warnings.length, 1);
    assert.match(one.warnings[0] ?? '', /^warn database_shared .*process 1 on "another".*postgres/);
    assert.equal(another.warnings.length, 1);
    assert.match(another.warnings[0] ?? '', /process 1 on "one"/);
    assert.deepEqual((await names()).toSorted(), ['process 1 on "another"', 'process 1 on "one"']);
  });

  it('warns within a minute, and of no restart that overlaps', async (t) => {
    const { server, turns } = await world(t);
    const [old, fresh] = [server('old'), server('fresh')];
    await turns(5, old, fresh);
    assert.deepEqual([old.warnings, fresh.warnings], [[], []]);
    await old.remove();
    await turns(20, fresh);
    assert.deepEqual(fresh.warnings, []);
    await turns(8, fresh, server('late'));
    assert.equal(fresh.warnings.length, 1);
  });

  it('says it anew when another one comes again', async (t) => {
    const { server, turns, names } = await world(t);
    const one = server('one');
    for (let time = 1; time <= 2; time++) {
      await turns(10, one, server('another'));
      assert.equal((await names()).length, 2);
      await turns(10, one);
      assert.equal(one.warnings.length, time);
      assert.deepEqual(await names(), ['process 1 on "one"']);
    }
  });

  it('is not believed when it is old or broken', async (t) => {
    const { clock, note, server, turns, names } = await world(t);
    await turns(1, server('one'));
    assert.equal((await names()).length, 1);
    clock.stall(60_000);
    assert.deepEqual(await names(), []);
    await writeFile(note, '{"id":1');
    assert.deepEqual(await names(), []);
  });

  it('takes no note for another when it cannot write its own', async (t) => {
    const { note, server, turns } = await world(t);
    await mkdir(note);
    const one = server('one');
    await turns(20, one);
    await one.remove();
    assert.deepEqual(one.warnings, []);
    assert.equal(existsSync(note), true);
  });
});

describe('keepNote', () => {
  it('writes the note again and again, and takes it away', async (t) => {
    const { database, clock, server } = await world(t);
    const { turn, remove } = server('one');
    let taken = 0;
    const counted = { turn: () => clock.hold(turn().finally(() => taken++)), remove };
    const { stop } = keepNote(counted, { clock, random: () => 0.5 });
    await clock.advance(10 * TURN_MS);
    assert.equal(taken, 11);
    await stop();
    assert.deepEqual(await readdir(dirname(database)), ['signups.db']);
  });
});
