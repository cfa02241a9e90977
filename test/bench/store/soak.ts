/** Whether three million rows make a signup or a delivery dearer, on both engines. */
import { obstacle } from '../proxy/processes.ts';
import { measureRows } from './rows.ts';
import { ENGINES, stayAround } from './site.ts';

const ROWS = Number(process.env['SOAK_ROWS'] ?? 3_000_000);
const ROUNDS = Number(process.env['BENCH_ROUNDS'] ?? 5);
const SECONDS = Number(process.env['BENCH_SECONDS'] ?? 4);
/** By so much at most, as a part of what it costs with few rows. */
const MOST_DEARER = 0.1;

/**
 * Measures with a thousand rows and with `SOAK_ROWS`, 3,000,000 by default; gives in one line by how
 * much the latter are dearer. Rejects when that is more than a tenth. This process stays on one core.
 */
export async function soakRows(say: (line: string) => void): Promise<string> {
  const hindrance = obstacle();
  if (hindrance !== null) throw new Error(hindrance);
  stayAround();
  const parts: string[] = [];
  for (const engine of ENGINES) {
    const { text, dearer } = await measureRows(engine, ROUNDS, SECONDS, ROWS);
    for (const line of text.split('\n')) say(line);
    for (const [what, part] of Object.entries(dearer)) {
      if (part > MOST_DEARER)
        throw new Error(`${engine}: a ${what} is dearer by ${(part * 100).toFixed(0)} %`);
      parts.push(`${engine} ${what} ${(part * 100).toFixed(0)} %`);
    }
  }
  return `with ${ROWS.toLocaleString('en')} rows more by: ${parts.join(', ')}`;
}
