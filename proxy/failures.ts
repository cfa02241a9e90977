/**
 * Failures of a moment ago, which are still the answer. Asking again costs a customer nothing, so
 * whoever found what Kelviq will not take could have it asked with the partner key as fast as it
 * answers. The first failure stands in nobody's way: the next try may well succeed.
 */
import type { Clock } from './clock.ts';

/** How long a repeated failure stands, in milliseconds; what a browser is told to wait. */
const STANDS_MS = 2000;
/** Failing customers that are remembered; each has cost an attempt, which is limited. */
const MOST_REMEMBERED = 10_000;

/** What failed lately, by customer. */
export type Failures<Answer> = {
  /** The failure that still stands; null when Kelviq may be asked again. */
  standing(externalId: string): Answer | null;
  /** Remembers how asking for a customer ended; null: it did not fail. */
  ended(externalId: string, failure: Answer | null): void;
};

/** Nothing failed yet. */
export function createFailures<Answer>(clock: Clock): Failures<Answer> {
  const latest = new Map<string, { failure: Answer; at: number; again: boolean }>();

  return {
    standing(externalId) {
      const known = latest.get(externalId);
      if (!known?.again || Math.abs(clock.now() - known.at) >= STANDS_MS) return null;
      return known.failure;
    },

    ended(externalId, failure) {
      if (latest.size === 0 && failure === null) return;
      const again = latest.delete(externalId);
      if (failure === null) return;
      latest.set(externalId, { failure, at: clock.now(), again });
      const [oldest] = latest.keys();
      if (latest.size > MOST_REMEMBERED && oldest !== undefined) latest.delete(oldest);
    },
  };
}
