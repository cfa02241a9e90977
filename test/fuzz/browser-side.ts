/** Throws hostile requests at a real server, many at a time, and judges every answer. */
import { createSweep } from '../support/leaks.ts';
import { hostileBytes } from './bytes.ts';
import { campaign } from './campaign.ts';
import { faultOf, faultOfStream } from './oracle.ts';
import { bytesOf, hostileRequests, type Hostile } from './requests.ts';
import { startFuzzServer } from './server.ts';
import { Line, throwAt } from './wire.ts';

/** No answer takes longer: a signup may wait 8 s for Kelviq, and the machine may be busy. */
const LIMIT_MS = 30_000;
const LANES = 16;
const BATCH = 64;

/** How much to throw, where chance begins, and who hears of each hundred batches. */
export type FuzzPlan = { requests: number; raw: number; seed: number; progress?: (line: string) => void };

/** What came of it. Memory in bytes: after the first tenth, and at the end. */
export type FuzzReport = {
  sent: number;
  statuses: Readonly<Record<string, number>>;
  warm: number;
  end: number;
  leaks: readonly string[];
  code: number | string;
  /** Lines of the log that tell of a defect. */
  defects: readonly string[];
};

/** Runs a plan. Rejects at the first answer that is not as it has to be, and says how to have it again. */
export async function fuzzBrowserSide({
  requests,
  raw,
  seed,
  progress = () => undefined,
}: FuzzPlan): Promise<FuzzReport> {
  const server = await startFuzzServer();
  const { url, origin, sessionSecret } = server;
  const lines = Array.from({ length: LANES }, () => new Line(url, LIMIT_MS));
  const statuses: Record<string, number> = {};
  const leaks = new Set<string>();
  let sweep = createSweep(server.secrets());
  let heard: Buffer[] = [];
  let warm = 0;

  async function ask(hostile: Hostile, lane: number): Promise<void> {
    const bytes = bytesOf(hostile);
    const answer = await lines[lane]?.ask(bytes, hostile.method === 'HEAD');
    if (!answer) return;
    statuses[answer.status] = (statuses[answer.status] ?? 0) + 1;
    heard.push(answer.raw);
    const fault = faultOf(answer, hostile.path, bytes.indexOf('\r\n\r\n'));
    if (fault) throw new Error(`${fault}: ${answer.raw.toString('latin1', 0, 600)}`);
  }

  async function throwBytes(bytes: Buffer): Promise<void> {
    const stream = await throwAt(url, bytes, LIMIT_MS);
    heard.push(stream);
    const fault = faultOfStream(stream);
    if (fault) throw new Error(`${fault}: ${stream.toString('latin1', 0, 600)}`);
  }

  async function paused(tried: number): Promise<void> {
    for (const leak of sweep({ 'an answer': Buffer.concat(heard) })) leaks.add(leak);
    heard = [];
    if (tried % (100 * BATCH) === 0) progress(`${tried} thrown, ${(await server.memory()) >> 20} MiB`);
    if (warm !== 0 || tried < requests / 10) return;
    warm = await server.memory();
    sweep = createSweep(server.secrets());
  }

  const hostile = hostileRequests({ origin, sessionSecret });
  const bytes = hostileBytes(origin, hostile.map(bytesOf));
  const common = { seed, lanes: LANES, paused };
  try {
    const sent =
      (await campaign({
        ...common,
        name: 'requests',
        arbitrary: hostile,
        count: requests,
        batch: BATCH,
        attempt: ask,
      })) +
      (await campaign({
        ...common,
        name: 'bytes',
        arbitrary: bytes,
        count: raw,
        batch: BATCH,
        attempt: throwBytes,
      }));
    const end = await server.memory();
    for (const line of lines) line.close();
    const secrets = server.secrets();
    const { code, places } = await server.stop();
    for (const leak of createSweep(secrets)(places)) leaks.add(leak);
    return { sent, statuses, warm, end, leaks: [...leaks], code, defects: defectsIn(places['log']) };
  } catch (error) {
    for (const line of lines) line.close();
    await server.stop();
    throw error;
  }
}

function defectsIn(log: Buffer | undefined): string[] {
  return (log ?? Buffer.alloc(0))
    .toString()
    .split('\n')
    .filter(
      (line) => line !== '' && (!line.startsWith('{') || /"event":"(?:defect|internal_error)"/.test(line)),
    )
    .slice(0, 20);
}
