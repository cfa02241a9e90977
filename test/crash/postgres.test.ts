import assert from '../support/assert.ts';
import { describe, it } from 'node:test';
import { postgresAddress } from '../support/postgres.ts';
import { FAILPOINTS, PEER_POINTS, SENT_POINTS } from './failpoints.ts';
import { atStart, killStarts, playRounds } from './rounds.ts';
import { POSTGRES_RECOVERIES } from './scenarios.ts';

describe('SIGKILL with PostgreSQL', () => {
  it('where a statement is out and not answered loses nothing', async (t) => {
    const points = [...SENT_POINTS.filter((point) => !atStart(point)), ...PEER_POINTS];
    const kills = await playRounds(
      points.map((point) => [point]),
      () => postgresAddress(t),
    );
    assert.equal(kills, points.length);
    t.diagnostic(`measured: ${kills} kills`);
  });

  it('in a recovery too', async (t) => {
    const rounds = POSTGRES_RECOVERIES.flatMap(([first, then]) =>
      then.map((point) => [first, point] as const),
    );
    const kills = await playRounds(rounds, () => postgresAddress(t));
    assert.equal(kills, 2 * rounds.length);
    t.diagnostic(`measured: ${kills} kills, at ${rounds.length} points of recoveries`);
  });

  it('while the tables are made leaves some that open', async (t) => {
    const points = [...FAILPOINTS, ...SENT_POINTS].filter(atStart);
    await killStarts(points, () => postgresAddress(t));
    t.diagnostic(`measured: ${points.length} kills while tables were made`);
  });
});
