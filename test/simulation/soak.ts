/** Schedules for hours: seeds that nobody has played yet. */
import { randomInt } from 'node:crypto';
import { simulate, type Simulated } from './simulate.ts';

const SCHEDULES = Number(process.env['SIMULATION_SCHEDULES'] ?? 20_000);
const SAY_EVERY = 1000;
const NEW_SEEDS_BELOW = 2 ** 31;

/** Plays `SIMULATION_SCHEDULES` new seeds, 20,000 by default; gives in one line what they met. Rejects with a `BrokenRule`. */
export async function soakSchedules(say: (line: string) => void): Promise<string> {
  const from = randomInt(10_000, NEW_SEEDS_BELOW);
  const sum: Simulated = { schedules: 0, organizations: 0, deaths: 0, deliveries: 0, answers: 0 };
  say(`seeds from ${from} on`);
  while (sum.schedules < SCHEDULES) {
    const count = Math.min(SAY_EVERY, SCHEDULES - sum.schedules);
    const part = await simulate(from + sum.schedules, { count });
    for (const name of Object.keys(part) as (keyof Simulated)[]) sum[name] += part[name];
    say(`${sum.schedules} schedules, ${sum.deaths} processes killed`);
  }
  return JSON.stringify(sum);
}
