/**
 * Moves what was committed from the log into the file, in another thread and while others write: a
 * commit that has to do it itself keeps everybody waiting.
 */
import { type Connection, connect, execInThread } from './schema.ts';

/** After so many writes; each adds about one page to the log. */
const COPY_AFTER_WRITES = 1500;
/**
 * Pages in the log at which a commit does copy, and the log begins anew: by then little is left to do.
 * As many as its index holds in one piece.
 */
const MOST_PAGES = 4000;

/** The copying of one file. */
export type Checkpoint = {
  /** Takes note of one committed write. */
  wrote(): void;
  /** Copies what is in the log so far; resolves when nothing is being copied. */
  copy(): Promise<void>;
  /** Lets what is being copied come to its end. */
  close(): Promise<void>;
};

/** Copies the log of the file at `path`, which is written by `writer`. */
export function checkpoint(path: string, writer: Connection, busyTimeoutMs: number): Checkpoint {
  writer.exec(`PRAGMA wal_autocheckpoint = ${MOST_PAGES}`);
  const db = connect(path, busyTimeoutMs);
  let writes = 0;
  let copying: Promise<void> | null = null;

  async function copy(): Promise<void> {
    writes = 0;
    // Whoever holds the file does it, or a later one.
    await execInThread(db, 'PRAGMA wal_checkpoint(PASSIVE)').catch(() => undefined);
    copying = null;
  }

  return {
    wrote() {
      if (++writes >= COPY_AFTER_WRITES) copying ??= copy();
    },
    copy: () => (copying ??= copy()),
    async close() {
      await copying;
      db.close();
    },
  };
}
