/** Writes rows into the database named by its first argument and prints each that is acknowledged. */
import { writeSync } from 'node:fs';
import { sqliteStore } from '../../proxy/store.sqlite.ts';
import { signupRow, STORE_TIME } from './signup-row.ts';

const store = sqliteStore(process.argv[2] ?? '');
const epoch = await store.open();

async function writeOn(lane: number): Promise<never> {
  for (let turn = 0; ; turn++) {
    const externalId = `c-${epoch}-${lane}-${turn}`;
    await store.begin(signupRow(externalId), null, [], STORE_TIME);
    writeSync(1, `${externalId}\n`);
  }
}

await Promise.all([0, 1, 2, 3, 4, 5, 6, 7].map(writeOn));
