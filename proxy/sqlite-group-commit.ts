/**
 * Group commit: the writes of one turn of the event loop share one transaction, and so one sync of
 * the disk. A write that fails takes no other with it.
 */

/** One connection's transactions. */
export type Transactions = {
  /** Begins one that writes; throws when another connection does. */
  begin(): unknown;
  commit(): unknown;
  /** Undoes what was begun; does nothing when nothing was. */
  rollback(): unknown;
};

/** A queue of writes. */
export type GroupCommit = {
  /** Resolves with what `operation` gave after its commit; rejects when it is not known to be written. */
  write: <Result>(operation: () => Result) => Promise<Result>;
  /** Commits at once what waits. */
  flush: () => void;
};

type Waiting = { run: () => unknown; resolve: (result: never) => void; reject: (error: unknown) => void };

/** A queue before `transactions`; one of them holds at most `batchSize` writes. */
export function groupCommit(transactions: Transactions, batchSize = 512): GroupCommit {
  let queue: Waiting[] = [];
  let scheduled = false;

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
  function attempt(batch: readonly Waiting[]): { error: unknown; again: boolean } | null {
    let begun = false;
    try {
      transactions.begin();
      begun = true;
      const results = batch.map((waiting) => waiting.run());
      transactions.commit();
      for (const [index, waiting] of batch.entries()) waiting.resolve(results[index] as never);
      return null;
    } catch (error) {
      return { error, again: begun && undo() };
    }
  }

  /** Commits `batch` together or, when one of it fails, each alone. */
  function settle(batch: Waiting[]): void {
    if (batch.length === 0) return;
    const together = attempt(batch);
    if (together === null) return;
    // Who cannot begin waits for another connection; to wait again for each write would stop the process.
    let refused = together.again && batch.length > 1 ? null : together;
    for (const waiting of batch) {
      if (refused !== null) {
        waiting.reject(refused.error);
        continue;
      }
      const alone = attempt([waiting]);
      if (alone === null) continue;
      waiting.reject(alone.error);
      if (!alone.again) refused = alone;
    }
  }

  function schedule(): void {
    if (scheduled || queue.length === 0) return;
    scheduled = true;
    setImmediate(() => {
      scheduled = false;
      settle(queue.splice(0, batchSize));
      schedule();
    });
  }

  return {
    write: (operation) =>
      new Promise((resolve, reject) => {
        queue.push({ run: operation, resolve, reject });
        schedule();
      }),
    flush() {
      while (queue.length > 0) settle(queue.splice(0, batchSize));
    },
  };
}
