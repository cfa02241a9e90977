/**
 * Whether two servers work on one SQLite file, which is for one. Each keeps a note beside the file,
 * written anew every few seconds; one that finds another's note there time after time is not alone.
 * It only says so: leases and fencing numbers keep the rows right. A restart that overlaps is over
 * before anything is said, and the note of a killed process is overwritten once and never seen again.
 *
 * Not a lock: closing any handle of the database would drop SQLite's own POSIX locks, and a lock on
 * another file does not hold between hosts. Not a row: an idle server has no need to write.
 */
import { randomUUID } from 'node:crypto';
import { existsSync, statSync } from 'node:fs';
import { readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import * as z from '../zod.ts';
import type { Clock } from '../clock.ts';
import type { Log } from '../log.ts';

const EVERY_MS = 5000;
/** Turns in which another one was seen before it is said: half a minute, longer than a restart overlaps. */
const TURNS_TOGETHER = 6;
/** A note that is older belongs to a server that is gone; clocks of two hosts may differ a little. */
const FRESH_MS = 30_000;

const serverSchema = z.object({ host: z.string().max(255), pid: z.int() });
const noteSchema = serverSchema.extend({
  id: z.string().max(64),
  at: z.number(),
  beside: serverSchema.nullable(),
  // The file that it has open, by its number on that host. Earlier releases say none.
  file: z.number().optional(),
});

/** A server: its host's name and the number of its process there. */
export type ServerName = z.output<typeof serverSchema>;
type ServerNote = z.output<typeof noteSchema>;

/** The note beside the database at `path`; null where there is none that can be read. */
async function readNote(path: string): Promise<ServerNote | null> {
  try {
    return noteSchema.parse(JSON.parse(await readFile(path, 'utf8')));
  } catch {
    return null;
  }
}

/** Where the note of a database stands: two paths to one file share it. */
async function notePath(database: string): Promise<string> {
  return `${await realpath(database).catch(() => database)}-server`;
}

/** The servers that worked on the SQLite file at `database` just now: none, one, or two of those that do. */
export async function serversAt(
  database: string,
  now: number,
): Promise<(ServerName & Pick<ServerNote, 'file'>)[]> {
  const note = await readNote(await notePath(database));
  if (note === null || Math.abs(now - note.at) > FRESH_MS) return [];
  return note.beside === null ? [note] : [note, note.beside];
}

/**
 * A server that works on a SQLite file and is cut off from its path: what SQLite keeps beside the file is
 * `gone`, or another file was put in its place: `replaced`.
 */
export type CutOff = { server: ServerName; why: 'gone' | 'replaced' };

/**
 * The server that is cut off from the SQLite file at `database`; null when all is well. Whoever opened the
 * file now would not see that server, or would take its -wal for the new file's, and damage it.
 */
export async function serverCutOff(database: string, now: number): Promise<CutOff | null> {
  const file = await realpath(database).catch(() => database);
  const isWhole = ['-wal', '-shm'].every((end) => existsSync(file + end));
  const there = fileNumber(file);
  for (const server of await serversAt(database, now)) {
    const isHere = server.host === hostname();
    if (isHere && !isAlive(server)) continue;
    if (isHere && server.file !== undefined && server.file !== there) return { server, why: 'replaced' };
    if (!isWhole) return { server, why: 'gone' };
  }
  return null;
}

/** The number of a file on this host; undefined where there is none. */
function fileNumber(path: string): number | undefined {
  return statSync(path, { throwIfNoEntry: false })?.ino;
}

/** What is done about a server that is cut off. */
export const START_AGAIN: Readonly<Record<CutOff['why'], string>> = {
  gone: 'stop that server, which keeps what was in it, and start it again',
  replaced:
    'put the file back that was there; or stop that server, remove -wal and -shm beside the new one, start it again, and run: kelviq-onboarding reconcile --yes',
};

/** One that was killed leaves its note, and whoever opened the file after it took the rest away. */
function isAlive({ pid }: ServerName): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** A server in words. */
export function serverWords({ host, pid }: ServerName): string {
  return `process ${pid} on ${JSON.stringify(host)}`;
}

/** What is done about two servers on one file. */
export const ONE_SERVER = 'stop one of them; several servers need DATABASE_URL=postgres://…';

/** What keeping a note needs; `self` is who keeps it. */
export type NoteOptions = {
  database: string;
  clock: Clock;
  log: Log;
  self?: ServerName;
};

/** A server's note: `turn` reads and writes it once, `remove` takes it away. Neither rejects. */
export type Note = { turn(): Promise<void>; remove(): Promise<void> };

/** The note beside the SQLite file at `database`. It warns once each time that it is not alone for long. */
export function serverNote({ database, clock, log, ...options }: NoteOptions): Note {
  const { self = { host: hostname(), pid: process.pid } } = options;
  const id = randomUUID();
  const file = fileNumber(database);
  let together = 0;
  let wrote = false;
  let beside: ServerName | null = null;

  function count(other: ServerNote | null): void {
    together = Math.min(TURNS_TOGETHER, Math.max(0, together + (other ? 1 : -1)));
    if (together === 0) beside = null;
    if (!other || together < TURNS_TOGETHER) return;
    if (!beside)
      log('warn', 'database_shared', {
        hint: `Another server, ${serverWords(other)}, works on the same SQLite file, which is for one: ${ONE_SERVER}.`,
      });
    beside = { host: other.host, pid: other.pid };
  }

  return {
    async turn() {
      const path = await notePath(database);
      const found = await readNote(path);
      // What this one has not written over may be of a process that was killed.
      if (wrote) count(found !== null && found.id !== id ? found : null);
      const note: ServerNote = { ...self, id, at: clock.now(), beside, file };
      wrote = await writeFile(path, JSON.stringify(note), { mode: 0o600 }).then(
        () => true,
        () => false,
      );
    },

    async remove() {
      const path = await notePath(database);
      if ((await readNote(path))?.id === id) await rm(path, { force: true }).catch(() => undefined);
    },
  };
}

/** Keeps a note until `stop`, which takes it away. It keeps no process alive. */
export function keepNote(
  note: Note,
  { clock, random }: { clock: Clock; random: () => number },
): { stop: () => Promise<void> } {
  const stopping = new AbortController();
  async function keep(): Promise<void> {
    while (!stopping.signal.aborted) {
      await note.turn();
      // No two servers keep in step, so that each sees the other.
      await clock.sleep(EVERY_MS * (0.8 + 0.4 * random()), stopping.signal);
    }
    await note.remove();
  }
  const keeping = keep();
  return {
    stop: () => {
      stopping.abort();
      return keeping;
    },
  };
}
