/** Kills by the thousand: every point on both engines, then storms on one and the other in turn. */
import { newSchema, startPostgres } from '../support/postgres-server.ts';
import { FAILPOINTS, PEER_POINTS, SENT_POINTS } from './failpoints.ts';
import { atStart, killStarts, playRounds, type Round } from './rounds.ts';
import { POSTGRES_RECOVERIES, RECOVERIES } from './scenarios.ts';
import { playStorms } from './storm.ts';

/** Kills of a soak; `SOAK_KILLS` asks for another number. */
const KILLS = 3000;
const STORMS_AT_A_TIME = 6;

type Engine = {
  name: string;
  address?: () => Promise<string>;
  sent: typeof SENT_POINTS;
  recoveries: typeof RECOVERIES;
};

const roundsOf = (points: readonly Round[0][], recoveries: typeof RECOVERIES): Round[] => [
  ...points.map((point): Round => [point]),
  ...recoveries.flatMap(([first, then]) => then.map((point): Round => [first, point])),
];

const count = (kills: number) => kills.toLocaleString('en');

/** Kills until there were enough; says as it goes what was measured, and gives it in one line. */
export async function soakKills(say: (line: string) => void): Promise<string> {
  const most = Number(process.env['SOAK_KILLS'] ?? KILLS);
  const server = await startPostgres();
  const sqlite: Engine = { name: 'SQLite', sent: [], recoveries: RECOVERIES };
  const postgres: Engine = {
    name: 'PostgreSQL',
    address: async () => newSchema(server.url).address,
    sent: SENT_POINTS,
    recoveries: [...RECOVERIES, ...POSTGRES_RECOVERIES],
  };
  const sum = { kills: 0, cutOff: 0, organizations: 0, deliveries: 0 };
  const progress = (what: string) => say(`${count(sum.kills)} of ${count(most)} kills: ${what}`);
  try {
    for (const { name, address, sent, recoveries } of [sqlite, postgres]) {
      const points = [...FAILPOINTS, ...sent];
      const starts = points.filter(atStart);
      await killStarts(starts, address);
      const rounds = roundsOf([...points.filter((point) => !atStart(point)), ...PEER_POINTS], recoveries);
      sum.kills += starts.length + (await playRounds(rounds, address));
      progress(`every point on ${name}`);
    }
    let seed = Date.now() % 1_000_000_000;
    for (let turn = 0; sum.kills < most; turn++) {
      const { name, address } = turn % 2 ? sqlite : postgres;
      const seeds = Array.from({ length: STORMS_AT_A_TIME }, () => seed++);
      const played = await playStorms(seeds, address);
      for (const key of Object.keys(sum) as (keyof typeof sum)[]) sum[key] += played[key];
      progress(`storms ${seeds.join(', ')} on ${name}`);
    }
  } finally {
    await server.close();
  }
  return `${count(sum.kills)} kills; in storms ${count(sum.cutOff)} requests cut off, ${count(sum.organizations)} organizations, ${count(sum.deliveries)} deliveries; nothing lost, nothing twice`;
}
