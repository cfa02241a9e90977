import assert from '../support/assert.ts';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { recorded } from '../../proxy/history.ts';
import type { Row } from '../../proxy/row.ts';
import { STORE_TIME, signupRow } from '../support/signup-row.ts';
import { databasePath, openStore } from '../support/store.ts';
import { runBin } from '../support/terminal.ts';

const EMAIL = 'mara@northside.example';

/** A store with `rows`, and the bin beside it. */
async function world(t: TestContext, ...rows: Partial<Row>[]) {
  const path = await databasePath(t);
  const store = await openStore(
    t,
    rows.map((members, index) => {
      const externalId = `customer-${index + 1}`;
      return signupRow(externalId, {
        email: EMAIL,
        leaseUntil: 0,
        requestId: `req_${externalId}`,
        ...members,
      });
    }),
    path,
  );
  const bin = (...args: string[]) => runBin(['deliveries', ...args], { DATABASE_URL: `sqlite:${path}` });
  return { store, bin, path };
}

describe('deliveries', () => {
  it('lists signups of the states asked for, without a person', async (t) => {
    const { bin } = await world(
      t,
      { state: 'undeliverable', failure: 'http_500', deliveryAttempts: 10, dueAt: null },
      { state: 'delivered', dueAt: null },
    );
    const all = await bin('list');
    assert.equal(all.code, 0);
    assert.match(all.out, /undeliverable +10 .*http_500 +customer-1\n/);
    assert.match(all.out, /delivered .*customer-2\n/);
    assert.doesNotMatch(all.out, /northside/);
    const some = await bin('list', '--state', 'undeliverable', '--json');
    assert.deepEqual(
      some.out
        .trim()
        .split('\n')
        .map((line) => (JSON.parse(line) as { externalId: string }).externalId),
      ['customer-1'],
    );
    assert.doesNotMatch(some.out, /northside/);
  });

  it('opens nothing that would be damaged by it', async (t) => {
    const { bin, path } = await world(t, { state: 'provisioned' });
    await rm(`${path}-wal`);
    const note = { host: 'one', pid: 7, id: 'a', at: Date.now(), beside: null };
    await writeFile(`${path}-server`, JSON.stringify(note));
    const { code, out, err } = await bin('list');
    assert.deepEqual([code, out], [1, '']);
    assert.match(err, /gone under a server that runs: process 7 on "one"\.\n→ stop that server/);
  });

  it('shows a signup by its id and by its reference', async (t) => {
    const { bin } = await world(t, { state: 'provisioned' });
    for (const subject of ['customer-1', 'req_customer-1']) {
      const { code, out } = await bin('show', subject, '--json');
      assert.equal(code, 0);
      assert.equal((JSON.parse(out) as { state: string }).state, 'provisioned');
    }
    assert.equal((await bin('show', 'nobody')).code, 1);
  });

  it('shows nobody by what is no id and no reference', async (t) => {
    const history = recorded('', {
      at: STORE_TIME,
      observation: 'unread',
      to: 'requested',
      code: 'http_500',
    });
    const { bin } = await world(t, { state: 'provisioned', history });
    for (const subject of ['', '%', 'req_', 'req_%', 'customer', 'requested', 'http_500'])
      assert.equal((await bin('show', subject)).code, 1, subject);
  });

  it('shows nothing that would move the cursor', async (t) => {
    const { bin } = await world(t, { state: 'provisioned', organizationSlug: '\u001b[2Ja\u202eb' });
    assert.match((await bin('show', 'customer-1')).out, /^organizationSlug +\ufffd\[2Ja\ufffdb$/m);
  });

  it('shows what became of a signup, as table and as JSON', async (t) => {
    const at = STORE_TIME;
    let history = recorded('', { at, observation: 'opened', to: 'requested', requestId: 'req_earlier' });
    history = recorded(history, { at: at + 1000, observation: 'unread', to: 'requested', code: 'no_answer' });
    history = recorded(history, { at: at + 2500, observation: 'unread', to: 'requested', code: 'no_answer' });
    history = recorded(history, { at: at + 9000, observation: 'found', to: 'provisioned' });
    const { bin } = await world(t, { state: 'provisioned', history });
    const { code, out } = await bin('show', 'req_earlier');
    assert.equal(code, 0);
    const [, ...table] = out.slice(out.indexOf('\n\n')).trim().split('\n');
    assert.match(out, /^created +2026-11-24 00:00:00Z$/m);
    assert.deepEqual(
      table.map((line) => line.split(/ {2,}/)),
      [
        ['2026-11-24 00:00:00Z', 'opened', '1', 'requested', 'req_earlier'],
        ['2026-11-24 00:00:02Z', 'unread', '2', 'requested', 'no_answer'],
        ['2026-11-24 00:00:09Z', 'found', '1', 'provisioned'],
      ],
    );
    const json = JSON.parse((await bin('show', 'customer-1', '--json')).out) as { history: object[] };
    assert.deepEqual(json.history[1], {
      at: '2026-11-24T00:00:02.500Z',
      times: 2,
      observation: 'unread',
      to: 'requested',
      code: 'no_answer',
    });
  });

  it('lists thousands, in columns that stay apart', async (t) => {
    const failure = 'a_failure_of_more_than_its_column';
    const rows = Array.from({ length: 1201 }, () => ({ state: 'provisioned', failure }) as const);
    const { bin } = await world(t, ...rows);
    const { out, err } = await bin('list');
    assert.match(out, new RegExp(` {2}${failure} {2}customer-1\\n`));
    assert.equal(out.split('\n').length, 1 + 1201 + 1);
    assert.equal(err, '1,201 listed.\n');
  });

  it('makes one delivery due, a delivered one too', async (t) => {
    const { store, bin } = await world(t, { state: 'delivered', dueAt: null, deliveryAttempts: 1 });
    const { code, out } = await bin('retry', 'customer-1');
    assert.deepEqual([code, out], [0, '1 due now. A running server sends it.\n']);
    assert.ok(((await store.nextDue()) ?? Infinity) <= Date.now());
    assert.equal((await bin('retry', 'nobody')).code, 1);
  });

  it('makes all due that are not delivered yet', async (t) => {
    const { store, bin } = await world(
      t,
      { state: 'undeliverable', dueAt: null, deliveryAttempts: 10 },
      { state: 'delivered', dueAt: null },
      { state: 'refused', refusal: 'email_taken', dueAt: null },
      { state: 'attention', dueAt: null },
    );
    const { out, err } = await bin('retry', '--all');
    assert.match(out, /^2 due now/);
    assert.equal(err, '');
    const row = await store.find('customer-1');
    assert.deepEqual([row?.state, row?.deliveryAttempts], ['provisioned', 0]);
    assert.equal((await store.find('customer-2'))?.dueAt, null);
  });

  it('says how many of all are in hand and keep their time', async (t) => {
    const held = { leaseUntil: Date.now() + 60_000 };
    const { bin } = await world(
      t,
      { state: 'provisioned', ...held },
      { state: 'delivered', ...held },
      { state: 'undeliverable', dueAt: null },
    );
    const { code, out, err } = await bin('retry', '--all');
    assert.deepEqual([code, out], [0, '1 due now. A running server sends it.\n']);
    assert.match(err, /^1 in hand right now\. .* run this once more in a minute\.\n$/);
  });

  it('leaves a row alone that is in hand', async (t) => {
    const { bin } = await world(t, { state: 'provisioned', leaseUntil: Date.now() + 60_000 });
    assert.equal((await bin('retry', 'customer-1')).code, 1);
  });

  it('forgets a person, unless the signup needs them', async (t) => {
    const { store, bin } = await world(t, { state: 'undeliverable', dueAt: null }, { state: 'requested' });
    assert.equal((await bin('forget', 'customer-1')).code, 0);
    const forgotten = await store.find('customer-1');
    assert.deepEqual([forgotten?.email, forgotten?.emailHash], [null, null]);
    assert.equal((await bin('forget', 'customer-2')).code, 1);
    assert.equal((await store.find('customer-2'))?.email, EMAIL);
  });

  it('says of whom it forgets that nothing is delivered any more', async (t) => {
    const waits = { state: 'provisioned', dueAt: STORE_TIME, leaseUntil: 0 } as const;
    const { bin } = await world(
      t,
      { ...waits, failure: 'absent_at_kelviq' },
      { ...waits, failure: 'http_500' },
    );
    assert.match((await bin('forget', 'customer-1')).out, /^Kelviq did not know .* retry customer-1$/m);
    assert.doesNotMatch((await bin('forget', 'customer-2')).out, /delivered/);
  });

  it('says of what is in attention how it ends, and begins again', async (t) => {
    const parked = { state: 'attention', dueAt: null, failure: 'echo_mismatch' } as const;
    const { bin, store } = await world(
      t,
      parked,
      { ...parked, organizationIdentifier: 'org-1' },
      { ...parked, leaseUntil: STORE_TIME },
    );
    for (const [id, words] of [
      ['customer-1', /count it any more\. Should its customer come again, .* retry customer-1$/m],
      ['customer-2', /^Its organization is not delivered any more, .* retry customer-2$/m],
      ['customer-3', /^A server is at work on it right now/m],
    ] as const)
      assert.match((await bin('forget', id)).out, words);
    assert.deepEqual(
      (await store.backlog()).map(({ state, count }) => [state, count]),
      [['attention', 1]],
    );
    assert.match((await bin('list')).out, /^attention .* forgotten +customer-1$/m);
  });

  for (const args of [
    [],
    ['send'],
    ['retry'],
    ['retry', 'a', '--all'],
    ['list', '--state', 'gone'],
    ['show'],
    ['show', 'a', '--all'],
    ['retry', 'a', '--json'],
    ['forget', 'a', '--state', 'refused'],
  ])
    it(`explains itself when written as "${args.join(' ')}"`, async (t) => {
      const { bin } = await world(t);
      const { code, err } = await bin(...args);
      assert.equal(code, 2);
      assert.match(err, /Usage: kelviq-onboarding deliveries/);
    });

  it('says why the database cannot be used', async (t) => {
    const path = await databasePath(t);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, 'a letter, long enough to be read as the header of a file '.repeat(20));
    const { code, err } = await runBin(['deliveries', 'list'], { DATABASE_URL: `sqlite:${path}` });
    assert.equal(code, 1);
    assert.match(
      err,
      /^The database cannot be used: the file is no database, or damaged \(SQLITE_NOTADB\)\.$/m,
    );
  });

  it('says that there is no database yet', async () => {
    const { code, err } = await runBin(['deliveries', 'list'], { DATABASE_URL: 'sqlite:/nowhere/at-all.db' });
    assert.equal(code, 1);
    assert.match(err, /DATABASE_URL/);
  });
});
