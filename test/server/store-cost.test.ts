import assert from '../support/assert.ts';
import { describe, it } from 'node:test';
import type { Store } from '../../proxy/store.ts';
import { world } from '../support/world.ts';

/** Counts what is asked of a store about rows. */
function byCustomer() {
  let counts: Record<string, number> = {};
  const wrap = (store: Store): Store => {
    const methods = Object.entries(store).map(([name, method]) => [
      name,
      (...args: never[]): unknown => {
        if (!['open', 'close', 'nextDue', 'check', 'tidy'].includes(name))
          counts[name] = (counts[name] ?? 0) + 1;
        return (method as (...args: never[]) => unknown)(...args);
      },
    ]);
    return Object.fromEntries(methods) as Store;
  };
  return { wrap, calls: () => counts, reset: () => void (counts = {}) };
}

describe('a signup with its delivery', () => {
  it('costs three writes', async (t) => {
    const { open, clock, tries } = await world(t);
    const counting = byCustomer();
    const proxy = await open({}, counting.wrap);
    assert.equal((await clock.run(proxy.post('c1', 'c1@example.com'))).status, 201);
    await clock.settle();
    assert.equal(tries.length, 1);
    assert.deepEqual(counting.calls(), { begin: 1, save: 2 });
  });

  it('costs no second look when it is asked for again', async (t) => {
    const { open, clock } = await world(t);
    const counting = byCustomer();
    const proxy = await open({}, counting.wrap);
    await clock.run(proxy.post('c1', 'c1@example.com'));
    await clock.settle();
    counting.reset();
    assert.equal((await clock.run(proxy.post('c1', 'c1@example.com'))).status, 200);
    await clock.run(proxy.session('c1'));
    assert.deepEqual(counting.calls(), { begin: 1, find: 1 });
  });
});
