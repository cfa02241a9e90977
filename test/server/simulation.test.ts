/**
 * The real proxy under simulated time: every fault of Kelviq, the receiver, the store, the process
 * and the clock, servers that are stopped and commands that are typed beside them, in an order that a
 * seed decides. `SIMULATION_SEED` plays one seed and shows all of
 * it; `SIMULATION_SCHEDULES` says how many are played.
 */
import assert from '../support/assert.ts';
import { describe, it } from 'node:test';
import type { Store } from '../../proxy/store.ts';
import { playSchedule, type Spoil } from '../simulation/schedule.ts';
import { BrokenRule, openDatabase, simulate } from '../simulation/simulate.ts';

const SCHEDULES = Number(process.env['SIMULATION_SCHEDULES'] ?? 2000);
const SEED = process.env['SIMULATION_SEED'];
/** A machine that does much else plays fewer of them, but so many always; a soak plays them all. */
const LONGEST_MS = 45_000;
const LEAST = Math.min(SCHEDULES, 50);
/** A broken promise is found within so many schedules. */
const FOUND_WITHIN = 300;

/** Promises of the store, broken one at a time, and the rules that notice. */
const SPOILT: readonly [promise: string, spoil: Spoil, noticed: RegExp][] = [
  [
    'writes under its own fence alone',
    (store) => ({
      ...store,
      async save(row) {
        const stored = await store.find(row.externalId);
        return stored !== null && store.save({ ...row, fence: stored.fence });
      },
    }),
    /written by one who had lost it/,
  ],
  [
    'writes what it says it wrote',
    (store) => ({ ...store, save: async (row) => row.state === 'provisioned' || store.save(row) }),
    /told before it was committed|written by one who had lost it/,
  ],
  [
    'has an intent once it is begun',
    (store) => ({ ...store, begin: async () => ({ outcome: 'opened' }) }),
    /without a committed intent|never hears/,
  ],
  [
    'tells of a creation once',
    (store) => ({ ...store, tell: async () => true, find: untold(store) }),
    /told twice of the creation/,
  ],
  [
    'takes free rows alone',
    (store) => ({
      ...store,
      claimDue: async (fences, until, now) => store.claimDue(fences, until, now + 20_000),
    }),
    /taken from its holder/,
  ],
  [
    'keeps when a refusal is looked at once more',
    (store) => ({
      ...store,
      save: async (row, known) => store.save(row.state === 'refused' ? { ...row, dueAt: null } : row, known),
    }),
    /never delivered, its row is refused/,
  ],
  [
    'brings back what a wrong clock dated',
    (store) => ({ ...store, rewind: async () => 0 }),
    /leased|never hears/,
  ],
];

const untold =
  (store: Store): Store['find'] =>
  async (externalId) => {
    const row = await store.find(externalId);
    return row && { ...row, told: false };
  };

describe('simulated schedules', () => {
  if (SEED !== undefined) {
    it(`keep every promise: seed ${SEED}`, async () => {
      const { wrongs, trace } = await playSchedule(Number(SEED), await openDatabase());
      process.stderr.write(`${trace.join('\n')}\n`);
      assert.deepEqual(wrongs, []);
    });
    return;
  }

  it('keep every promise', async (t) => {
    const sum = await simulate(1, { count: SCHEDULES, forMs: LONGEST_MS, least: LEAST });
    t.diagnostic(JSON.stringify(sum));
    const { schedules, organizations, answers, deaths } = sum;
    assert.ok(schedules >= LEAST, `${schedules} schedules`);
    // They do meet what they are for.
    assert.ok(organizations > schedules && answers > 4 * schedules && deaths > schedules / 2);
  });

  it('are played the same by the same seed', async () => {
    const used = await openDatabase();
    for (const seed of [3, 5, 8, 13]) {
      const { trace } = await playSchedule(seed, used);
      assert.ok(trace.length > 10);
      assert.deepEqual((await playSchedule(seed, await openDatabase())).trace, trace);
    }
  });

  for (const [promise, spoil, noticed] of SPOILT) {
    it(`notice a store that no longer ${promise}`, async () => {
      await assert.rejects(simulate(1, { count: FOUND_WITHIN }, spoil), (error) => {
        assert.ok(error instanceof BrokenRule);
        assert.match(error.rule, noticed);
        assert.match(error.message, new RegExp(`SIMULATION_SEED=${error.seed} npm test`));
        return true;
      });
    });
  }
});
