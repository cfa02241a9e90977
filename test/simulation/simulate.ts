/** Plays many schedules, one after the other, and says which seed broke which rule, and how. */
import type { Store } from '../../proxy/store.ts';
import { sqliteStore } from '../../proxy/store.sqlite.ts';
import { playSchedule, type Spoil, type Stats } from './schedule.ts';

/** Lines of a failing schedule that a report shows; `SIMULATION_SEED` shows all of them. */
const LAST_LINES = 60;

/** What many schedules came to. */
export type Simulated = Stats & { schedules: number };

/** A schedule that broke a rule; its message says how to play it again. */
export class BrokenRule extends Error {
  override readonly name = 'BrokenRule';
  readonly seed: number;
  readonly rule: string;

  constructor(seed: number, rule: string, trace: readonly string[]) {
    super(
      `${rule}\nPlay it again: SIMULATION_SEED=${seed} npm test -- test/server/simulation.test.ts\n${trace.join('\n')}`,
    );
    this.seed = seed;
    this.rule = rule;
  }
}

/** A database in memory, for one schedule after the other. */
export async function openDatabase(): Promise<Store> {
  const store = sqliteStore(':memory:');
  await store.open();
  return store;
}

/** How many to play; after `forMs` no further one begins, once `least` were played. */
export type Extent = { count: number; forMs?: number; least?: number };

/** Plays the seeds from `from` on. Rejects with the first `BrokenRule`. */
export async function simulate(
  from: number,
  { count, forMs = Infinity, least = 0 }: Extent,
  spoil?: Spoil,
): Promise<Simulated> {
  const until = performance.now() + forMs;
  const sum: Simulated = { schedules: 0, organizations: 0, deaths: 0, deliveries: 0, answers: 0 };
  const store = await openDatabase();
  for (let seed = from; seed < from + count; seed++) {
    if (sum.schedules >= least && performance.now() >= until) break;
    const { wrongs, trace, stats } = await playSchedule(seed, store, spoil);
    const [rule] = wrongs;
    if (rule !== undefined) throw new BrokenRule(seed, rule, trace.slice(count === 1 ? 0 : -LAST_LINES));
    sum.schedules++;
    for (const name of Object.keys(stats) as (keyof Stats)[]) sum[name] += stats[name];
  }
  await store.close();
  return sum;
}
