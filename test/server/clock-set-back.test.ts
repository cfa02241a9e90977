/** The machine's clock is set back by two hours: nothing waits for as long as that. */
import assert from '../support/assert.ts';
import { describe, it } from 'node:test';
import type { Clock } from '../../proxy/clock.ts';
import { DeliveryFailure } from '../../proxy/delivery.ts';
import { attempted, newRun, next } from '../../proxy/signup.ts';
import { LEASE_MS } from '../../proxy/work.ts';
import { BEGIN, requested, rowIn } from '../support/signup.ts';
import { signupRow } from '../support/signup-row.ts';
import { onEveryEngine } from '../support/store.ts';
import { world } from '../support/world.ts';

const HOUR = 3_600_000;
const email = 'owner@example.com';

/** The clock of a machine, which a test may set; its timers go on as they were. */
function settable({ now, sleep }: Clock): Clock & { setBack: (ms: number) => void } {
  let offset = 0;
  return { now: () => now() - offset, sleep, setBack: (ms) => (offset += ms) };
}

describe('a clock that is set back', () => {
  it('holds no row of a crashed process', async (t) => {
    const { clock, open, tries } = await world(t);
    const crash = new AbortController();
    const never = new Promise<never>((_, reject) => {
      crash.signal.addEventListener('abort', () => reject(new Error('gone')));
    });
    never.catch(() => undefined);
    const gone = () => never;
    const ahead: Clock = { now: () => clock.now() + 2 * HOUR, sleep: clock.sleep };
    const crashed = await open({ clock: ahead }, (store) => ({ ...store, save: gone, renew: gone }));
    const reply = crashed.post('c1', email);
    await clock.settle();
    const plain = await open();
    plain.start();
    await clock.advance(15_000);
    assert.equal(tries.length, 1);
    assert.ok(plain.lines.some(({ event, count }) => event === 'clock_set_back' && count === 1));
    crash.abort();
    assert.equal((await reply).status, 202);
  });

  it('keeps no delivery waiting for longer', async (t) => {
    const { clock, open, tries, failures } = await world(t);
    const own = settable(clock);
    const proxy = await open({ clock: own });
    proxy.start();
    failures.push(new DeliveryFailure('http_500'));
    await proxy.post('c1', email);
    await clock.settle();
    own.setBack(2 * HOUR);
    await clock.advance(7000);
    assert.equal(tries.length, 2);
    assert.equal((await proxy.row('c1')).state, 'delivered');
  });

  it('keeps a lease as long as any other', async (t) => {
    const { clock, open, sandbox } = await world(t);
    const own = settable(clock);
    const proxy = await open({ clock: own });
    sandbox.next({ delayMs: 14_000 });
    const reply = proxy.post('c1', email);
    await clock.advance(1000);
    own.setBack(2 * HOUR);
    await clock.advance(6000);
    assert.ok((await proxy.row('c1')).leaseUntil <= own.now() + LEASE_MS);
    await clock.run(reply);
    await clock.advance(8000);
    assert.equal((await proxy.post('c1', email)).status, 201);
  });

  it('ends a refusal of the time ahead', async (t) => {
    const { clock, open, sandbox } = await world(t);
    const own = settable(clock);
    const proxy = await open({ clock: own });
    sandbox.state.users.add(email);
    assert.equal((await proxy.post('c1', email)).status, 409);
    sandbox.state.users.delete(email);
    own.setBack(2 * HOUR);
    assert.equal((await proxy.post('c1', email)).status, 201);
  });

  it('counts a doubt from now on', () => {
    const row = attempted(requested({ attemptedAt: BEGIN + 2 * HOUR }), BEGIN + 2 * HOUR);
    const { row: seen, run } = next(row, newRun('customer'), { seen: 'taken_up' }, BEGIN);
    assert.deepEqual([seen?.attemptedAt, seen?.doubtAt], [BEGIN, BEGIN]);
    assert.ok(seen);
    assert.notEqual(next(seen, run, { seen: 'absent' }, BEGIN + 29_999).effect.do, 'post');
    assert.equal(next(seen, run, { seen: 'absent' }, BEGIN + 30_000).effect.do, 'post');
  });

  it('makes no run wait for more than its reads', () => {
    const row = rowIn('requested');
    const { run } = next(
      row,
      newRun('customer'),
      { seen: 'unknown', soon: false, code: 'http_502' },
      BEGIN + HOUR,
    );
    const { effect } = next(row, run, { seen: 'absent' }, BEGIN);
    assert.deepEqual(effect, { do: 'read', afterMs: 500 });
  });
});

onEveryEngine((openStore) => {
  describe('rewind', () => {
    const now = BEGIN;
    const until = now + LEASE_MS;

    it('ends leases of the time ahead, and no others', async (t) => {
      const far = now + HOUR;
      const store = await openStore(t, [
        signupRow('ahead', { leaseUntil: far, dueAt: far }),
        signupRow('held', { leaseUntil: until, dueAt: until }),
        signupRow('apart', { leaseUntil: until + 5000, dueAt: until + 5000 }),
      ]);
      assert.equal(await store.rewind(now, until), 1);
      const rows = await store.list({ limit: 9 });
      assert.deepEqual(
        rows.map(({ externalId, leaseUntil, dueAt }) => [externalId, leaseUntil - now, Number(dueAt) - now]),
        [
          ['ahead', LEASE_MS, LEASE_MS],
          ['apart', LEASE_MS + 5000, LEASE_MS + 5000],
          ['held', LEASE_MS, LEASE_MS],
        ],
      );
    });

    it('lets what waits wait as long as it had to', async (t) => {
      const written = now + 2 * HOUR;
      const store = await openStore(t, [
        signupRow('ahead', { updatedAt: written, dueAt: written + 5000 }),
        signupRow('enqueued', { updatedAt: written, dueAt: written - HOUR }),
        signupRow('later', { updatedAt: now, dueAt: now + 9000 }),
        signupRow('over', { updatedAt: written, dueAt: null }),
      ]);
      assert.equal(await store.rewind(now, until), 2);
      const rows = await store.list({ limit: 9 });
      assert.deepEqual(
        rows.map(({ externalId, dueAt, updatedAt }) => [externalId, dueAt && dueAt - now, updatedAt - now]),
        [
          ['ahead', 5000, 0],
          ['enqueued', 0, 0],
          ['later', 9000, 0],
          ['over', null, 2 * HOUR],
        ],
      );
      assert.equal(await store.rewind(now, until), 0);
    });
  });
});
