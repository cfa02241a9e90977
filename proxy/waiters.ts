/**
 * The browsers that wait for one signup's outcome. All are told the same, but for one thing: that
 * the organization was created now is told to one of those who asked with its e-mail and are still
 * there.
 */
import type { Row } from './row.ts';
import type { Answer } from './signup-terms.ts';

/**
 * Waiting for one row at once: more than anybody's tabs. Asking again costs nothing, so without an end
 * to it one signup that takes long could take every place that the proxy has for requests.
 */
const MOST_WAITERS = 128;

/** What a waiting browser learns; an organization comes with its row. */
export type Told = Exclude<Answer, { told: 'organization' }> | { told: 'organization'; row: Row };

/** One browser that waits; `here` is false once it has left. */
export type Waiter = { emailHash: string; here: () => boolean };

/** What one waiter is told; `first` is the one who is told of the creation. */
export type Outcome = Told & { first: boolean };

/** Those who wait for one row. */
export type Waiters = {
  /** Resolves when the outcome is told; at once when it already was, and as `pending` when too many wait. */
  wait(waiter: Waiter): Promise<Outcome>;
  /** Whether somebody who asked with this e-mail is still there. */
  hears(emailHash: string | null): boolean;
  /** Tells everybody; only the first call counts. */
  tell(told: Told): void;
};

/** Nobody yet. */
export function createWaiters(): Waiters {
  let waiting: (Waiter & { resolve: (outcome: Outcome) => void })[] = [];
  let chosen: Waiter | undefined;
  let result: Told | undefined;

  /** Whether one more may wait; those that have left make room. */
  function hasRoom(): boolean {
    if (waiting.length < MOST_WAITERS) return true;
    for (const waiter of waiting) if (!waiter.here()) waiter.resolve({ told: 'pending', first: false });
    waiting = waiting.filter((waiter) => waiter.here());
    return waiting.length < MOST_WAITERS;
  }

  return {
    wait: (waiter) =>
      new Promise((resolve) => {
        if (result) resolve({ first: false, ...result });
        else if (!hasRoom()) resolve({ told: 'pending', first: false });
        else waiting.push({ resolve, ...waiter });
      }),

    hears(emailHash) {
      chosen = waiting.find((waiter) => waiter.emailHash === emailHash && waiter.here());
      return chosen !== undefined;
    },

    tell(told) {
      if (result) return;
      result = told;
      // The one who was to be told of it may have left while the row was being written.
      if (chosen && !chosen.here()) {
        const { emailHash } = chosen;
        chosen = waiting.find((waiter) => waiter.emailHash === emailHash && waiter.here()) ?? chosen;
      }
      for (const waiter of waiting) waiter.resolve({ first: waiter === chosen, ...told });
    },
  };
}
