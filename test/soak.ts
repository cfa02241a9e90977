/**
 * What takes longer than a test run may: each part goes on until it has played as much as it
 * promises, and says what it measured. Names choose parts: `npm run test:soak -- kills`.
 */
import { soakRows } from './bench/store/soak.ts';
import { soakKills } from './crash/soak.ts';
import { soakFuzz } from './fuzz/soak.ts';
import { soakSequences } from './sequences/soak.ts';
import { soakSchedules } from './simulation/soak.ts';

/** A part; `play` rejects when something broke, and else gives what it measured in one line. */
type Part = { name: string; play: (say: (line: string) => void) => Promise<string> };

const PARTS: readonly Part[] = [
  { name: 'kills', play: soakKills },
  { name: 'fuzz', play: soakFuzz },
  { name: 'schedules', play: soakSchedules },
  { name: 'sequences', play: soakSequences },
  // The last: it holds this process to one core.
  { name: 'rows', play: soakRows },
];

const wanted = process.argv.slice(2);
const chosen = PARTS.filter(({ name }) => wanted.length === 0 || wanted.includes(name));
if (chosen.length === 0) {
  process.stderr.write(`Parts are: ${PARTS.map(({ name }) => name).join(', ')}.\n`);
  process.exit(1);
}

const say = (line: string): void => void process.stdout.write(`${line}\n`);
let failed = 0;
for (const { name, play } of chosen) {
  const begun = performance.now();
  try {
    const measured = await play((line) => say(`${name}: ${line}`));
    say(`${name}: measured: ${measured}, in ${Math.round((performance.now() - begun) / 1000)} s`);
  } catch (error) {
    failed++;
    say(`${name}: FAILED: ${error instanceof Error ? error.stack : String(error)}`);
  }
}
say(`${chosen.length - failed} parts passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);
