import assert from '../support/assert.ts';
import { describe, it } from 'node:test';
import Libsql from 'libsql';
import type { RowState } from '../../proxy/row.ts';
import { groupCommit } from '../../proxy/sqlite/group-commit.ts';
import { signupRow, STORE_TIME as now } from '../support/signup-row.ts';
import { sqliteStore } from '../../proxy/store.sqlite.ts';
import { databasePath, openStore } from '../support/store.ts';

/** A journal with transactions: what was appended since `begin` is gone after `rollback`. */
function journal(broken: { begin?: boolean; rollback?: boolean } = {}) {
  const kept: number[] = [];
  let open: number[] | null = null;
  const seen = { begun: 0, sizes: [] as number[] };
  const queue = (batchSize = 512) =>
    groupCommit(
      {
        begin: () => {
          seen.begun++;
          if (broken.begin) throw new Error('held elsewhere');
          open = [];
        },
        commit: () => {
          kept.push(...(open ?? []));
          seen.sizes.push(open?.length ?? 0);
          open = null;
        },
        rollback: () => {
          if (broken.rollback) throw new Error('no way back');
          open = null;
        },
      },
      { batchSize },
    );
  const append = (value: number) => () => {
    if (value < 0) throw new Error(`refuses ${value}`);
    open?.push(value);
    return value;
  };
  return { kept, seen, queue, append };
}

/** A disk whose syncs end when the test says so. */
function slowDisk() {
  const sizes: number[] = [];
  const syncs: (() => void)[] = [];
  let open = 0;
  const queue = groupCommit({
    begin: () => (open = 0),
    commit: () => {
      sizes.push(open);
      return new Promise<void>((resolve) => syncs.push(resolve));
    },
    rollback: () => undefined,
  });
  const write = (patience?: 'patient') => queue.write(() => ++open, patience);
  const synced = async () => {
    while (syncs.length === 0) await new Promise((resolve) => setImmediate(resolve));
    syncs.shift()?.();
  };
  return { sizes, write, synced, flush: queue.flush };
}

const outcomes = async (writes: Promise<number>[]) =>
  (await Promise.allSettled(writes)).map((settled) =>
    settled.status === 'fulfilled' ? settled.value : (settled.reason as Error).message,
  );

describe('groupCommit', () => {
  it('commits the writes of one turn together', async () => {
    const { kept, seen, queue, append } = journal();
    const { write } = queue();
    assert.deepEqual(await outcomes([1, 2, 3].map((value) => write(append(value)))), [1, 2, 3]);
    assert.deepEqual([kept, seen.sizes], [[1, 2, 3], [3]]);
  });

  it('bounds a batch', async () => {
    const { kept, seen, queue, append } = journal();
    const { write } = queue(2);
    await outcomes([1, 2, 3, 4, 5].map((value) => write(append(value))));
    assert.deepEqual(
      [kept, seen.sizes],
      [
        [1, 2, 3, 4, 5],
        [2, 2, 1],
      ],
    );
  });

  it('lets only the failing write fail', async () => {
    const { kept, queue, append } = journal();
    const { write } = queue();
    const told = await outcomes([1, -2, 3].map((value) => write(append(value))));
    assert.deepEqual(
      [told, kept],
      [
        [1, 'refuses -2', 3],
        [1, 3],
      ],
    );
  });

  it('waits once for a connection held elsewhere', async () => {
    const { seen, queue, append } = journal({ begin: true });
    const { write } = queue();
    const told = await outcomes([1, 2, 3].map((value) => write(append(value))));
    assert.deepEqual([told, seen.begun], [['held elsewhere', 'held elsewhere', 'held elsewhere'], 1]);
  });

  it('rejects all when there is no way back', async () => {
    const { kept, queue, append } = journal({ rollback: true });
    const { write } = queue();
    const told = await outcomes([1, -2].map((value) => write(append(value))));
    assert.deepEqual([told, kept], [['refuses -2', 'refuses -2'], []]);
  });

  it('commits at once what waits when flushed', async () => {
    const { kept, seen, queue, append } = journal();
    const { write, flush } = queue();
    const written = write(append(1));
    await flush();
    assert.deepEqual(kept, [1]);
    assert.equal(await written, 1);
    await write(append(2));
    assert.deepEqual(seen.sizes, [1, 1]);
  });
});

describe('the next group', () => {
  it('gathers while the disk is at work', async () => {
    const { sizes, write, synced } = slowDisk();
    const first = write();
    while (sizes.length === 0) await new Promise((resolve) => setImmediate(resolve));
    const others = [write(), write(), write()];
    await synced();
    await first;
    await synced();
    assert.deepEqual(
      [await Promise.all(others), sizes],
      [
        [1, 2, 3],
        [1, 3],
      ],
    );
  });

  it('takes a patient write along', async () => {
    const { sizes, write, synced } = slowDisk();
    const patient = write('patient');
    const urgent = write();
    await synced();
    assert.deepEqual([await patient, await urgent, sizes], [1, 2, [2]]);
  });

  it('does not leave a patient write waiting', async () => {
    const { sizes, write, synced } = slowDisk();
    const patient = write('patient');
    await synced();
    assert.deepEqual([await patient, sizes], [1, [1]]);
  });

  it('is waited for by a flush', async () => {
    const { sizes, write, synced, flush } = slowDisk();
    const writes = [write(), write('patient')];
    const flushed = flush();
    const late = write('patient');
    await synced();
    await synced();
    await flushed;
    assert.deepEqual(
      [await Promise.all([...writes, late]), sizes],
      [
        [1, 2, 1],
        [2, 1],
      ],
    );
  });
});

describe('a write', () => {
  it('is not failed by its neighbours', async (t) => {
    const store = await openStore(t);
    const rows = Array.from({ length: 500 }, (_, index) => signupRow(`c${index}`));
    rows[250] = signupRow('c250', { state: 'unheard-of' as RowState });
    const settled = await Promise.allSettled(rows.map((row) => store.begin(row, null, [], now)));
    const failed = settled.flatMap(({ status }, index) => (status === 'rejected' ? [index] : []));
    assert.deepEqual(failed, [250]);
    assert.equal((await store.list({ limit: 1000 })).length, 499);
  });

  it('sees the writes before it', async (t) => {
    const store = await openStore(t);
    const row = signupRow('c1');
    const [, saved, , claimed] = await Promise.all([
      store.begin(row, null, [], now),
      store.save({ ...row, state: 'provisioned' }),
      store.tell('c1'),
      store.claim({ externalId: 'c1', fence: 1 }, { fence: 2, until: now + 1 }, now),
    ]);
    assert.equal(saved, true);
    assert.deepEqual([claimed?.state, claimed?.told, claimed?.fence], ['provisioned', true, 2]);
  });

  it('rejects when another connection holds the file', async (t) => {
    const path = await databasePath(t);
    const store = await openStore(t, [signupRow('c1')], path);
    const other = new Libsql(path);
    t.after(() => other.close());
    other.exec('BEGIN IMMEDIATE');
    const writes = [
      store.save(signupRow('c1')),
      store.tell('c1'),
      store.claim({ externalId: 'c1', fence: 1 }, { fence: 2, until: 3 }, 0),
    ];
    const settled = await Promise.allSettled(writes);
    assert.deepEqual(
      settled.map(({ status }) => status),
      ['rejected', 'rejected', 'rejected'],
    );
    assert.equal((await store.find('c1'))?.told, false);
    const again = signupRow('c1', { fence: 2 });
    assert.deepEqual(await store.begin(again, null, [], now), { outcome: 'exists', row: signupRow('c1') });
    await assert.rejects(store.begin(signupRow('c2'), null, [], now), /locked/);
    other.exec('ROLLBACK');
    assert.equal(await store.tell('c1'), true);
  });

  it('waits for another process without keeping everybody waiting', async (t) => {
    const path = await databasePath(t);
    const store = sqliteStore(path, { busyTimeoutMs: 5000 });
    t.after(() => store.close());
    await store.open();
    const other = new Libsql(path);
    t.after(() => other.close());
    other.exec('BEGIN IMMEDIATE');
    const begun = store.begin(signupRow('c1'), null, [], now);
    // It has met the lock by then.
    for (let turn = 0; turn < 9; turn++) await new Promise((resolve) => setImmediate(resolve));
    assert.equal(await store.find('c1'), null);
    other.exec('ROLLBACK');
    assert.deepEqual(await begun, { outcome: 'opened' });
  });
});
