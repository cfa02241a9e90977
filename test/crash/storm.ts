/**
 * Kills at random moments under load: many customers at once, some answers of Kelviq lost, late or
 * wrong, a backend that fails now and then. What goes wrong, who comes and when to kill follow from a
 * seed; which instruction is under way just then does not, and is different every time.
 */
import type { BehaviourName, Behaviour } from '../../demo/sandbox/scenarios.ts';
import { dice, type Dice } from '../simulation/dice.ts';
import { allIsWell, nothingLeaked } from './invariants.ts';
import { everybodyIsServed, named } from './rounds.ts';
import { emailOf, externalIdOf, openSite, pause, type Site } from './site.ts';

/** What many storms came to. */
export type Storms = {
  kills: number;
  /** Requests whose connection broke, because the server died while it was at work on them. */
  cutOff: number;
  organizations: number;
  deliveries: number;
};

/** Kills in one storm are at least as many. */
export const ROUNDS_PER_STORM = 10;

/** Storms that are played at once. */
const LANES = 3;
/** The load of a round comes within this time, and the kill within a little more; real milliseconds. */
const LOAD_MS = 300;
const KILL_MS = 400;
/** Steps that a server passes in such a time, more or less. */
const MOST_STEPS = 300;

type Trouble = BehaviourName | Behaviour;

const POST_TROUBLES: readonly Trouble[] = [
  'lost',
  'lost',
  'truncated',
  'gateway',
  'hang',
  'hang-before',
  'lost-before',
  'error',
  'unavailable',
  'html',
  'taken',
  'rate-limited',
  'unauthorized',
  'null-echo',
  { delayMs: 900 },
  { delayMs: 4000 },
  { keysAfterMs: 3000 },
];
const GET_TROUBLES: readonly Trouble[] = [
  'error',
  'lost',
  'html',
  'null-keys',
  'unauthorized',
  { delayMs: 700 },
];
const REFUSALS = [500, 503, 410, 429, 302, 'cut'] as const;

/** Some customers' answers are lined up; the others' are as they should be. */
function trouble({ sandbox }: Site, customer: string, throws: Dice): void {
  const steps = (troubles: readonly Trouble[], most: number) =>
    Array.from({ length: throws.between(1, most) }, () => throws.pick(troubles));
  if (throws.chance(0.55))
    sandbox.script({ subject: emailOf(customer), method: 'POST' }, steps(POST_TROUBLES, 2));
  if (throws.chance(0.3))
    sandbox.script({ subject: externalIdOf(customer), method: 'GET' }, steps(GET_TROUBLES, 3));
}

/** Customers old and new, some of them from several windows at once; how many were cut off. */
async function load(site: Site, turn: number, throws: Dice): Promise<number> {
  const visits: { customer: string; atMs: number }[] = [];
  for (let one = throws.between(8, 24); one > 0; one--) {
    const isNew = site.customers.size === 0 || throws.chance(0.8);
    const customer = isNew ? `t${turn}c${one}` : throws.pick([...site.customers]);
    // Once for each of them: in the end everybody is looked at as often as that may go wrong.
    if (!site.customers.has(customer)) trouble(site, customer, throws);
    for (let window = throws.pick([1, 1, 1, 2, 4]); window > 0; window--)
      visits.push({ customer, atMs: throws.between(0, LOAD_MS) });
  }
  const heard = await Promise.all(
    visits.map(async ({ customer, atMs }) => {
      await pause(atMs);
      return site.visit(customer);
    }),
  );
  return heard.filter((answer) => answer === null).length;
}

/** Kills the server some time from now: by the clock, or at the nth step from now on. */
async function killSoon(site: Site, throws: Dice): Promise<void> {
  const server = site.server();
  if (throws.chance(0.4)) await server.arm(`any#${throws.between(1, MOST_STEPS)}`);
  await Promise.race([server.ended, pause(throws.between(0, KILL_MS))]);
  server.kill();
  await server.ended;
  nothingLeaked(site);
}

async function playStorm(seed: number, databaseUrl: string | undefined): Promise<Storms> {
  const throws = dice(seed);
  const site = await openSite(databaseUrl);
  let kills = 0;
  let cutOff = 0;
  try {
    await site.start();
    for (let turn = 0; turn < ROUNDS_PER_STORM; turn++) {
      site.refuseDeliveries(() => (throws.chance(0.25) ? throws.pick(REFUSALS) : 0));
      do {
        const lost = load(site, turn, throws);
        await killSoon(site, throws);
        kills++;
        cutOff += await lost;
        await site.start();
      } while (throws.chance(0.3));
      await allIsWell(site).catch((error: unknown) => {
        throw named(error, `round ${turn}`);
      });
    }
    site.refuseDeliveries(() => 0);
    await everybodyIsServed(site);
    const { organizations } = site.sandbox.state;
    return { kills, cutOff, organizations: organizations.length, deliveries: site.receiver.events.length };
  } catch (error) {
    throw named(error, `STORM_SEED=${seed}`);
  } finally {
    await site.close();
  }
}

/** Plays a storm for every seed, a few at a time, each on an address of its own or on SQLite. */
export async function playStorms(seeds: readonly number[], address?: () => Promise<string>): Promise<Storms> {
  const left = [...seeds];
  const sum: Storms = { kills: 0, cutOff: 0, organizations: 0, deliveries: 0 };
  async function lane(): Promise<void> {
    for (let seed = left.shift(); seed !== undefined; seed = left.shift()) {
      const played = await playStorm(seed, await address?.());
      for (const name of Object.keys(sum) as (keyof Storms)[]) sum[name] += played[name];
    }
  }
  await Promise.all(Array.from({ length: LANES }, lane));
  return sum;
}

/** The one seed that `STORM_SEED` names, to play a failed storm again; else so many from `from` on. */
export function seedsFrom(from: number, count: number): number[] {
  const asked = process.env['STORM_SEED'];
  return asked === undefined ? Array.from({ length: count }, (_, turn) => from + turn) : [Number(asked)];
}
