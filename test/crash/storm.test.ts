import assert from '../support/assert.ts';
import { describe, it } from 'node:test';
import { postgresAddress } from '../support/postgres.ts';
import { playStorms, ROUNDS_PER_STORM, seedsFrom, type Storms } from './storm.ts';

/** The storms of every run; a soak plays others. */
const FIRST_SEED = 1;
const STORMS = 1;

const told = ({ kills, cutOff, organizations, deliveries }: Storms): string =>
  `measured: ${kills} kills, ${cutOff} requests cut off, ${organizations} organizations, ${deliveries} deliveries`;

describe('SIGKILL at random moments under load', () => {
  it('loses nothing on SQLite', async (t) => {
    const seeds = seedsFrom(FIRST_SEED, STORMS);
    const storms = await playStorms(seeds);
    assert.ok(storms.kills >= seeds.length * ROUNDS_PER_STORM && storms.cutOff > 0);
    t.diagnostic(`${told(storms)}; seeds ${seeds.join(', ')}`);
  });

  it('loses nothing on PostgreSQL', async (t) => {
    const seeds = seedsFrom(FIRST_SEED + STORMS, STORMS);
    const storms = await playStorms(seeds, () => postgresAddress(t));
    assert.ok(storms.kills >= seeds.length * ROUNDS_PER_STORM && storms.cutOff > 0);
    t.diagnostic(`${told(storms)}; seeds ${seeds.join(', ')}`);
  });
});
