import assert from '../support/assert.ts';
import { describe, it } from 'node:test';
import { fencesOf, startOf } from '../../proxy/fence.ts';
import type { Row } from '../../proxy/row.ts';
import type { Store } from '../../proxy/store.ts';
import { epochOf } from '../support/fence.ts';
import { world } from '../support/world.ts';

describe('fencing numbers', () => {
  it('rise, and say whose they are', () => {
    const fence = fencesOf(7);
    const [one, two] = [fence(), fence()];
    assert.ok(two > one);
    assert.deepEqual([epochOf(one), epochOf(two), epochOf(fencesOf(8)())], [7, 7, 8]);
    assert.ok(fencesOf(7)() < fencesOf(8)());
  });

  it('stay exact for as many starts as a database gives', () => {
    const last = 2 ** 21 - 1;
    assert.equal(startOf(last), last);
    assert.throws(() => startOf(last + 1), { code: 'starts_used' });
    const fence = fencesOf(last, 4 - 2 ** -28);
    const first = fence();
    assert.ok(Number.isSafeInteger(first) && first > Number.MAX_SAFE_INTEGER - 10, String(first));
    assert.deepEqual([fence() - first, epochOf(first)], [1, last]);
  });

  it('do not meet where a database that was set back gives a start again', async (t) => {
    const one = fencesOf(7, 0.25);
    const other = fencesOf(7, 0.75);
    const numbers = Array.from({ length: 1000 }, () => [one(), other()]).flat();
    assert.equal(new Set(numbers).size, 2000);
    assert.ok(numbers.every((number) => epochOf(number) === 7));

    const fences: number[] = [];
    for (const drawn of [0.25, 0.75]) {
      const { open } = await world(t);
      const proxy = await open({ random: () => drawn });
      await proxy.post('c1', 'owner@example.com');
      fences.push((await proxy.row('c1')).fence);
    }
    assert.deepEqual(fences.map(epochOf), [1, 1]);
    assert.notEqual(fences[0], fences[1]);
  });

  it('are offered again when no row took them', async (t) => {
    const { open, clock } = await world(t);
    const offered: number[] = [];
    const proxy = await open({}, (store: Store) => ({
      ...store,
      claimDue: async (fences, ...given): Promise<Row[]> => {
        offered.push(...fences);
        return store.claimDue(fences, ...given);
      },
    }));
    for (const customer of ['c1', 'c2', 'c3']) {
      await proxy.post(customer, `${customer}@example.com`);
      await proxy.store.enqueue({ externalId: customer }, clock.now());
      await clock.run(proxy.run());
      assert.equal((await proxy.row(customer)).state, 'delivered');
    }
    // As many as there are places, and one more for each that was taken.
    const places = offered.length / 3;
    assert.ok(new Set(offered).size <= places + 3, `${new Set(offered).size} of ${offered.length}`);
  });
});
