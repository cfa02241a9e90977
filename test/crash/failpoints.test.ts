import assert from '../support/assert.ts';
import { describe, it } from 'node:test';
import { FAILPOINTS, PEER_POINTS } from './failpoints.ts';
import { atStart, killStarts, playRounds } from './rounds.ts';
import { RECOVERIES } from './scenarios.ts';

describe('SIGKILL', () => {
  it('at every point loses nothing', async (t) => {
    const points = [...FAILPOINTS, ...PEER_POINTS];
    const kills = await playRounds(points.map((point) => [point]));
    assert.equal(kills, points.length);
    t.diagnostic(`measured: ${kills} kills, one at every point`);
  });

  it('at every point of a recovery loses nothing', async (t) => {
    const rounds = RECOVERIES.flatMap(([first, then]) => then.map((point) => [first, point] as const));
    const kills = await playRounds(rounds);
    assert.equal(kills, 2 * rounds.length);
    t.diagnostic(`measured: ${kills} kills, at ${rounds.length} points of recoveries`);
  });

  it('while the database is made leaves one that opens', async (t) => {
    const points = FAILPOINTS.filter(atStart);
    await killStarts(points);
    t.diagnostic(`measured: ${points.length} kills while a database was made`);
  });
});
