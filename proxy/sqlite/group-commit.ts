/**
 * Group commit: the writes that wait share one transaction, and so one sync of the disk. The next
 * group gathers while the disk is at work. A write that fails takes no other with it.
 */

/** One connection's transactions. */
export type Transactions = {
  /** Begins one that writes, at the latest when it resolves; throws or rejects when another connection does. */
  begin(): unknown;
  /** Resolves once it is on the disk; until then nobody else uses the connection. */
  commit(): unknown;
  /** Undoes what was begun; does nothing when nothing was. */
  rollback(): unknown;
};

/** A queue of writes. */
export type GroupCommit = {
  /**
   * Resolves with what `operation` gave after its commit; rejects when it is not known to be written.
   * One that is `patient` waits a few milliseconds for others to share a commit with.
   */
  write: <Result>(operation: () => Result, patience?: 'patient') => Promise<Result>;
  /** Commits at once what waits, and resolves when nothing is left. */
  flush: () => Promise<void>;
};

type Waiting = { run: () => unknown; resolve: (result: never) => void; reject: (error: unknown) => void };

/** How long a patient write waits for company. */
const PATIENCE_MS = 5;
/** A group of so many shows that more are on their way: then a commit waits for them, at most so long. */
const CROWD = 16;
const CROWDED_PACE_MS = 4;

/**
 * A queue before `transactions`; one of them holds at most `batchSize` writes. With `hasDisk` false
 * a commit costs nothing, and no write waits for company.
 */
export function groupCommit(
  transactions: Transactions,
  { batchSize = 512, hasDisk = true } = {},
): GroupCommit {
  let queue: Waiting[] = [];
  /** Whether somebody in the queue is in a hurry. */
  let urgent = false;
  let committing: Promise<void> | null = null;
  /** What begins the next group, and whether somebody in a hurry waits for it. */
  let alarm: { urgent: boolean; cancel: () => void } | null = null;
  let begunAt = 0;
  let latestSize = 0;

  /** Whether the next transaction may begin. */
  function undo(): boolean {
    try {
      transactions.rollback();
      return true;
    } catch {
      return false;
    }
  }

  /** Runs `batch` in one transaction; the error when that failed, and whether another may begin. */
  async function attempt(batch: readonly Waiting[]): Promise<{ error: unknown; again: boolean } | null> {
    let begun = false;
    try {
      await transactions.begin();
      begun = true;
      const results = batch.map((waiting) => waiting.run());
      await transactions.commit();
      for (const [index, waiting] of batch.entries()) waiting.resolve(results[index] as never);
      return null;
    } catch (error) {
      return { error, again: begun && undo() };
    }
  }

  /** Commits `batch` together or, when one of it fails, each alone. */
  async function settle(batch: Waiting[]): Promise<void> {
    const together = await attempt(batch);
    if (together === null) return;
    // Who cannot begin waits for another connection; to wait again for each write would stop the process.
    let refused = together.again && batch.length > 1 ? null : together;
    for (const waiting of batch) {
      if (refused !== null) {
        waiting.reject(refused.error);
        continue;
      }
      const alone = await attempt([waiting]);
      if (alone === null) continue;
      waiting.reject(alone.error);
      if (!alone.again) refused = alone;
    }
  }

  async function commit(): Promise<void> {
    alarm = null;
    begunAt = performance.now();
    const batch = queue.splice(0, batchSize);
    latestSize = batch.length;
    urgent &&= queue.length > 0;
    committing = settle(batch);
    await committing;
    committing = null;
    schedule();
  }

  /** How long the next group waits for company: where that is worth it, and nobody would notice. */
  function pauseMs(): number {
    if (!hasDisk) return 0;
    if (!urgent) return PATIENCE_MS;
    const crowded = latestSize >= CROWD && queue.length < batchSize;
    return crowded ? begunAt + CROWDED_PACE_MS - performance.now() : 0;
  }

  function schedule(): void {
    if (committing !== null || queue.length === 0) return;
    if (alarm !== null && (alarm.urgent || !urgent)) return;
    alarm?.cancel();
    alarm = { urgent, cancel: after(pauseMs(), commit) };
  }

  return {
    write: (operation, patience) =>
      new Promise((resolve, reject) => {
        queue.push({ run: operation, resolve, reject });
        urgent ||= patience === undefined;
        schedule();
      }),
    async flush() {
      while (committing !== null || queue.length > 0) {
        alarm?.cancel();
        await (committing ?? commit());
      }
    },
  };
}

/** Calls `action` after `ms` milliseconds, or after this turn of the event loop; gives what stops it. */
function after(ms: number, action: () => void): () => void {
  if (ms < 1) {
    const immediate = setImmediate(action);
    return () => clearImmediate(immediate);
  }
  const timeout = setTimeout(action, ms);
  return () => clearTimeout(timeout);
}
