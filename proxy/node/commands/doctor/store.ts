/** The doctor's look at the store: that it can be written, that there is room, and what waits in it. */
import { existsSync, statSync } from 'node:fs';
import { mkdtemp, rmdir, statfs } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import type { Clock } from '../../../clock.ts';
import type { RowState } from '../../../row.ts';
import { openStore, sqlitePath } from '../../../store-url.ts';
import type { Backlog } from '../../../store.ts';
import { readVariable, type Environ } from '../../config.ts';
import { ONE_SERVER, serverWords, serversAt } from '../../server-note.ts';
import { checkDeliveries } from './deliveries.ts';
import type { Tell } from './report.ts';
import { isOlder, storeFix, storeTrouble } from '../../../store-trouble.ts';
import { placeAt } from '../with-store.ts';

const LITTLE_ROOM_BYTES = 100_000_000;
/** Four times what it grows to under load. */
const LARGE_LOG_BYTES = 64_000_000;
/** A delivery that has waited for longer has been refused several times, or no server runs. */
const LONG_MS = 60 * 60_000;

/** What a person does about rows that no server will move by itself. */
const FOR_A_PERSON: Partial<Record<RowState, string>> = {
  undeliverable: 'mend the receiver, then: kelviq-onboarding deliveries retry --all',
  attention:
    'see each with: kelviq-onboarding deliveries list --state attention; when one is done: kelviq-onboarding deliveries forget <externalId>',
};

/** Says how the store of `DATABASE_URL` stands. It opens and writes it, as a start of the server does. */
export async function checkStore(env: Environ, tell: Tell, clock: Clock): Promise<void> {
  const reading = readVariable(env, 'DATABASE_URL');
  if (!reading.ok) return tell('skip', 'DATABASE_URL comes first');
  const path = sqlitePath(reading.value);
  if (path !== null) {
    const place = await placeAt(path, clock.now());
    if (place === 'empty') return checkPlace(path, tell, clock.now());
    if (place !== 'usable') return tell('fail', place.trouble, place.fix);
  }
  // Before the rest: it may be what has filled the disk.
  if (path !== null) checkLog(path, tell);
  const store = openStore(reading.value);
  try {
    const environment = readVariable(env, 'KELVIQ_ENV');
    await store.open(environment.ok ? environment.value : undefined, 'guest');
    await store.check();
    tell('ok', 'it opens and can be written');
    if (path !== null) {
      await checkServers(path, tell, clock.now());
      await checkRoom(path, tell);
    }
    checkBacklog(await store.backlog(), tell, clock.now());
    await checkDeliveries(store, tell);
  } catch (error) {
    // Whoever lets doctor decide whether a server may start would never start the new one.
    tell(isOlder(error) ? 'warn' : 'fail', storeTrouble(error), storeFix(error, path !== null));
  } finally {
    await store.close().catch(() => undefined);
  }
}

/** No server has run here yet, or the file of one that runs is gone. */
async function checkPlace(path: string, tell: Tell, now: number): Promise<void> {
  const [server] = await serversAt(path, now);
  if (server)
    return tell(
      'fail',
      `it is gone under a server that runs: ${serverWords(server)}`,
      'put it back, or start the server again and run: kelviq-onboarding reconcile --yes',
    );
  let folder = dirname(resolve(path));
  while (!existsSync(folder)) folder = dirname(folder);
  if (!(await takesFolders(folder)))
    return tell(
      'fail',
      `${folder} cannot be written`,
      'let the user of the server write it, or change DATABASE_URL',
    );
  tell('ok', `there is none yet; the server makes it in ${folder}`);
  await checkRoom(folder, tell);
}

/** Tried out: of some places, such as /proc, no permission tells that nothing can be made there. */
async function takesFolders(folder: string): Promise<boolean> {
  try {
    await rmdir(await mkdtemp(join(folder, 'kelviq-onboarding-')));
    return true;
  } catch {
    return false;
  }
}

async function checkServers(path: string, tell: Tell, now: number): Promise<void> {
  const [server, another] = await serversAt(path, now);
  if (server && another)
    tell('warn', `two servers work on it: ${serverWords(server)}, and ${serverWords(another)}`, ONE_SERVER);
  else if (server) tell('ok', `a server works on it: ${serverWords(server)}`);
}

async function checkRoom(path: string, tell: Tell): Promise<void> {
  const { bavail, bsize } = await statfs(path);
  const free = bavail * bsize;
  if (free < LITTLE_ROOM_BYTES)
    tell(
      'warn',
      `its disk has ${Math.floor(free / 1_000_000)} MB left`,
      'make room; without it no signup is taken',
    );
}

/** SQLite's own log; a server empties it in every quiet moment, unless somebody reads what is in it. */
function checkLog(path: string, tell: Tell): void {
  const bytes = statSync(`${path}-wal`, { throwIfNoEntry: false })?.size ?? 0;
  if (bytes > LARGE_LOG_BYTES)
    tell(
      'warn',
      `its -wal has grown to ${Math.floor(bytes / 1_000_000)} MB and keeps what was erased`,
      'end the program that has been reading the database for long, be it a backup that hangs or an open shell; a server that runs empties the file then',
    );
}

const amount = ({ state, count }: Backlog) => `${count.toLocaleString('en')} ${state}`;

function checkBacklog(backlog: readonly Backlog[], tell: Tell, now: number): void {
  const waiting = backlog.filter(({ state }) => state === 'requested' || state === 'provisioned');
  const late = waiting.filter(({ oldestAt }) => now - oldestAt > LONG_MS);
  for (const one of late) {
    const since = `is from ${new Date(one.oldestAt).toISOString()} (${amount(one)})`;
    // A customer who leaves while Kelviq is down leaves one behind, and no receiver is in its way.
    if (one.state === 'requested')
      tell(
        'warn',
        `the oldest signup without an outcome ${since}`,
        'see that a server runs on this store; where Kelviq was down and the customer has left, nothing is to be done: after 24 hours it is in attention',
      );
    else
      tell(
        'warn',
        `the oldest undelivered signup ${since}`,
        'see that a server runs on this store, and try doctor --receiver',
      );
  }
  if (late.length === 0)
    tell('ok', waiting.length === 0 ? 'nothing waits' : `waiting: ${waiting.map(amount).join(', ')}`);
  for (const one of backlog) {
    const fix = FOR_A_PERSON[one.state];
    if (fix) tell('warn', amount(one), fix);
  }
}
