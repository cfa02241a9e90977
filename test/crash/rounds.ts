/** Rounds of killing at chosen points: kill, look at the bytes, start again, check everything. */
import assert from '../support/assert.ts';
import { PEER_POINTS, type Failpoint, type PeerPoint } from './failpoints.ts';
import { allIsWell, nothingLeaked } from './invariants.ts';
import { WAYS } from './scenarios.ts';
import { openSite, pause, type Site } from './site.ts';

/** Points at which the server is killed in turn; the later ones are those of the recovery. */
export type Round = readonly [Failpoint | PeerPoint, ...(Failpoint | PeerPoint)[]];

/** Sites that are played at once. */
const LANES = 3;
/** Rounds on one database. */
const ROUNDS_PER_SITE = 15;
const KILL_LIMIT_MS = 60_000;
const MOST_ASKED = 8;
/** Looks at a row, days apart, until it is done: a storm has Kelviq answer up to three of one customer's wrongly. */
const MOST_LOOKS = 4;

const isPeer = (point: string): point is PeerPoint => PEER_POINTS.some((peer) => peer === point);

async function isKilled(site: Site, point: Failpoint | PeerPoint): Promise<void> {
  const server = site.server();
  const over = new AbortController();
  await Promise.race([server.ended, pause(KILL_LIMIT_MS, over.signal)]);
  over.abort();
  assert.ok(!server.isAlive(), `${point} is never reached`);
  assert.equal(await server.ended, 'SIGKILL', server.output());
  if (!isPeer(point)) assert.equal(server.killedAt(), point);
  nothingLeaked(site);
}

/** Plays the way to `point`, where the server is killed. */
async function killAt(site: Site, point: Failpoint | PeerPoint, customer: string): Promise<void> {
  const { scenario, nth = 1, armed } = WAYS[point];
  if (armed) {
    site.server().kill();
    await site.server().ended;
    await site.start(`${point}#${nth}`);
  } else if (isPeer(point)) site.killWhen(point);
  else await site.server().arm(`${point}#${nth}`);
  const played = scenario(site, customer);
  await isKilled(site, point);
  await played;
}

async function play(site: Site, [first, ...recovery]: Round, customer: string): Promise<void> {
  await killAt(site, first, customer);
  for (const point of recovery) {
    if (isPeer(point)) site.killWhen(point);
    await site.start(isPeer(point) ? '' : point);
    await isKilled(site, point);
  }
  await site.start();
  await allIsWell(site);
}

/** All ask as browsers do, until each has an outcome. */
async function insist(site: Site): Promise<void> {
  let waiting = [...site.customers];
  for (let asked = 0; asked < MOST_ASKED; asked++) {
    const heard = await Promise.all(waiting.map((customer) => site.visit(customer)));
    waiting = waiting.filter((_, turn) => ![200, 201, 409].includes(heard[turn]?.status ?? 0));
    if (waiting.length === 0) return;
    await site.jump(31_000);
    await site.settle();
  }
  assert.fail(`Some never hear an outcome: ${waiting.join(', ')}`);
}

/** Everybody comes back and gets their outcome, and in time everything is delivered or given up. */
export async function everybodyIsServed(site: Site): Promise<void> {
  await insist(site);
  for (let looks = 1; ; looks++) {
    await site.jump(2 * 24 * 3_600_000);
    const rows = await allIsWell(site);
    const waiting = rows.filter(({ state }) => state === 'requested' || state === 'provisioned');
    if (waiting.length === 0) return;
    assert.ok(looks < MOST_LOOKS, `still waiting: ${JSON.stringify(waiting, null, 2)}`);
  }
}

/**
 * Plays all rounds, a few sites at a time, each site on an address of its own or on SQLite; gives the
 * number of kills. A failure names its round.
 */
export async function playRounds(rounds: readonly Round[], address?: () => Promise<string>): Promise<number> {
  const chains: Round[][] = [];
  for (let from = 0; from < rounds.length; from += ROUNDS_PER_SITE)
    chains.push(rounds.slice(from, from + ROUNDS_PER_SITE));
  let kills = 0;

  async function playChain(chain: readonly Round[]): Promise<void> {
    const site = await openSite(await address?.());
    try {
      await site.start();
      for (const [turn, round] of chain.entries()) {
        await play(site, round, `c${turn}`).catch((error: unknown) => {
          throw named(error, round.join(', then '));
        });
        kills += round.length;
      }
      await everybodyIsServed(site);
    } finally {
      await site.close();
    }
  }

  async function lane(): Promise<void> {
    for (let chain = chains.shift(); chain; chain = chains.shift()) await playChain(chain);
  }

  await Promise.all(Array.from({ length: LANES }, lane));
  return kills;
}

/** Whether a point is passed while a server starts, before anybody comes. */
export const atStart = (point: Failpoint): boolean => WAYS[point].armed === 'at start';

/** Kills the server at each point of its start, and starts it again on what is left. */
export async function killStarts(
  points: readonly Failpoint[],
  address?: () => Promise<string>,
): Promise<void> {
  for (const point of points) {
    const site = await openSite(await address?.());
    try {
      const server = await site.start(point);
      assert.equal(await server.ended, 'SIGKILL');
      assert.equal(server.killedAt(), point);
      await site.start();
      assert.equal((await site.visit('c1'))?.status, 201);
      await allIsWell(site);
      await everybodyIsServed(site);
    } finally {
      await site.close();
    }
  }
}

/** The error with what was being done in front of its message. */
export function named(error: unknown, doing: string): Error {
  return new Error(`${doing}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
}
