import assert from '../support/assert.ts';
import { describe, it } from 'node:test';
import { DeliveryFailure, type Deliver } from '../../proxy/delivery.ts';
import type { FakeClock } from '../support/fake-clock.ts';
import { type Proxy, world } from '../support/world.ts';

const HOUR = 3_600_000;
/** What a sender waits for a backend that does not answer. */
const HANGS_MS = 15_000;

/** Signs up `count` customers whose first delivery fails. */
async function fail(proxy: Proxy, clock: FakeClock, failures: Error[], count: number): Promise<void> {
  for (let from = 0; from < count; from += 100) {
    failures.push(...Array.from({ length: 100 }, () => new DeliveryFailure('http_500')));
    const customers = Array.from({ length: 100 }, (_, turn) => `old-${from + turn}`);
    await Promise.all(customers.map((customer) => proxy.post(customer, `${customer}@example.com`)));
    await clock.settle();
  }
}

/** A backend that never answers for those of the backlog; whom else it got, and when. */
function hangingBackend(clock: FakeClock): {
  deliver: Deliver;
  got: Map<string, number>;
  held: () => number;
} {
  const got = new Map<string, number>();
  let held = 0;
  return {
    got,
    held: () => held,
    deliver: async ({ data: { externalId } }) => {
      if (!externalId.startsWith('old-')) return void got.set(externalId, clock.now());
      held++;
      await clock.sleep(HANGS_MS);
      held--;
      throw new DeliveryFailure('timed_out');
    },
  };
}

describe('a backlog before a backend that hangs', () => {
  it('holds up no first try and no row that came due', async (t) => {
    const { open, clock, failures, sandbox } = await world(t);
    const before = await open();
    await fail(before, clock, failures, 200);
    const lost = before.post('lost-answer', 'lost-answer@example.com');
    assert.equal((await clock.run(lost)).status, 201);
    await clock.advance(HOUR);

    const { deliver, got, held } = hangingBackend(clock);
    const proxy = await open({ deliver });
    proxy.start();
    await clock.advance(3000);
    assert.ok(held() > 0 && held() <= 96, `${held()} in hand`);

    const begun = clock.now();
    const customers = Array.from({ length: 20 }, (_, turn) => `new-${turn}`);
    await Promise.all(customers.map((customer) => proxy.post(customer, `${customer}@example.com`)));
    await clock.settle();
    assert.deepEqual(
      customers.map((customer) => got.get(customer)),
      customers.map(() => begun),
    );

    // Nobody waits for this one's answer, and its row comes due behind all the others.
    sandbox.script({ subject: 'left@example.com', method: 'POST' }, ['lost']);
    sandbox.script({ subject: 'left', method: 'GET' }, Array(6).fill('error'));
    await clock.run(proxy.post('left', 'left@example.com'));
    const free = clock.now();
    while (!got.has('left')) await clock.advance(500);
    assert.ok(clock.now() - free <= HANGS_MS, `${clock.now() - free} ms`);
  });
});

describe('a backend that hangs', () => {
  it('keeps no new customer out', async (t) => {
    const { open, clock } = await world(t);
    const got = new Set<string>();
    let well: (() => void) | undefined;
    const wellAgain = new Promise<void>((resolve) => (well = resolve));
    const deliver: Deliver = async ({ data }) => {
      await wellAgain;
      got.add(data.externalId);
    };
    const proxy = await open({ deliver });
    const statuses = new Set<number>();
    for (let from = 0; from < 1200; from += 100) {
      const customers = Array.from({ length: 100 }, (_, turn) => `c${from + turn}`);
      const answers = customers.map((customer) => proxy.post(customer, `${customer}@example.com`));
      for (const { status } of await Promise.all(answers)) statuses.add(status);
    }
    assert.deepEqual([...statuses], [201]);
    // 128 tries under way and 1000 in line; the others' rows are free.
    await clock.settle();
    const [inHand] = /rows_in_hand \d+/.exec(await proxy.metrics()) ?? [];
    assert.equal(inHand, 'rows_in_hand 1128');

    well?.();
    proxy.start();
    while (got.size < 1200) await clock.advance(500);
  });
});

describe('a backlog', () => {
  it('is worked off without a pause', async (t) => {
    const { open, clock, failures } = await world(t);
    const before = await open();
    await fail(before, clock, failures, 300);
    await clock.advance(HOUR);
    const got: string[] = [];
    const proxy = await open({
      deliver: async (_, { id }) => {
        await clock.sleep(20);
        got.push(id);
      },
    });
    const begun = clock.now();
    proxy.start();
    while (got.length < 300 && clock.now() - begun < 10_000) await clock.advance(20);
    assert.equal(got.length, 300);
    assert.ok(clock.now() - begun < 1000, `${clock.now() - begun} ms`);
  });
});
