/**
 * `npm run bench`, its part on stores: what a second replica adds on PostgreSQL, how fast a backlog
 * drains, and whether a hundred thousand rows make anything dearer. Words choose among `replicas`,
 * `SQLite` and `PostgreSQL`; results.txt is written when all are measured.
 */
import { writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { fileURLToPath } from 'node:url';
import { obstacle } from '../proxy/processes.ts';
import { measureReplicas } from './replicas.ts';
import { measureDrain, measureRows } from './rows.ts';
import { ENGINES, stayAround } from './site.ts';

const ROUNDS = Number(process.env['BENCH_ROUNDS'] ?? 5);
const SECONDS = Number(process.env['BENCH_SECONDS'] ?? 4);
const RESULTS = fileURLToPath(new URL('results.txt', import.meta.url));

const hindrance = obstacle();
if (hindrance !== null) {
  process.stderr.write(`${hindrance}\n`);
  process.exitCode = 1;
} else {
  stayAround();
  const chosen = process.argv.slice(2);
  const isChosen = (part: string) => chosen.length === 0 || chosen.includes(part);
  const when = new Date().toISOString().slice(0, 10);
  const machine = `${cpus().length} cores, ${process.platform} ${process.arch}, Node ${process.versions.node}`;
  let said = '';
  const say = (text: string) => {
    said += `${text}\n`;
    process.stdout.write(`${text}\n`);
  };
  say(`${when}; ${machine}.`);
  if (isChosen('replicas')) say(`\n${await measureReplicas(ROUNDS, SECONDS)}`);
  for (const engine of ENGINES) {
    if (!isChosen(engine)) continue;
    say(`\n${await measureDrain(engine)}`);
    say(`\n${(await measureRows(engine, 2 * ROUNDS - 1, SECONDS)).text}`);
  }
  if (chosen.length === 0) writeFileSync(RESULTS, said);
}
