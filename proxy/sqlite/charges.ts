/** Durable rate limits in SQLite: windows anchored at their first charge, charged all or not at all. */
import { type Connection, command, query } from './schema.ts';
import type { Charge, Limited } from '../store.ts';
import { CHARGES } from '../store-sql.ts';

type Window = { charge: Charge; openedAt: number; count: number };

/** The limits of one connection; each function belongs inside a transaction. */
export type Charges = {
  /** The limit that stands in the way the longest; null when none does. */
  limited(charges: readonly Charge[], now: number): Limited | null;
  /** Charges each, or none: null, or what `limited` says. */
  take(charges: readonly Charge[], now: number): Limited | null;
  /** Gives one charge of each key back. */
  giveBack(keys: readonly string[]): void;
  /** Forgets windows that have closed. */
  purge(now: number): void;
};

/** The full one of `windows` that lasts longest. */
function fullest(windows: readonly Window[], now: number): Limited | null {
  const full = windows
    .filter(({ charge, count }) => count >= charge.attempts)
    .map(({ charge, openedAt }) => ({
      limit: charge,
      retryAfterMs: Math.min(openedAt - now, 0) + charge.windowMs,
    }))
    .toSorted((one, other) => other.retryAfterMs - one.retryAfterMs);
  return full[0] ?? null;
}

/** Prepares the limits of a connection whose tables are up to date. */
export function sqliteCharges(db: Connection): Charges {
  const find = query(db, CHARGES.find);
  const take = command(db, CHARGES.take);
  const refund = command(db, CHARGES.refund);
  const purge = command(db, CHARGES.purge);

  function windowOf(charge: Charge, now: number): Window {
    const [openedAt = 0, count = 0] = (find(charge.key)[0] ?? []) as number[];
    // A window far ahead was opened by a clock that was wrong; it must not lock anybody out for as long.
    const live = count > 0 && Math.abs(now - openedAt) < charge.windowMs;
    return live ? { charge, openedAt, count } : { charge, openedAt: now, count: 0 };
  }

  function limited(charges: readonly Charge[], now: number): Limited | null {
    return fullest(
      charges.map((charge) => windowOf(charge, now)),
      now,
    );
  }

  return {
    limited,
    take(charges, now) {
      // Hardly any limit is full: the charge itself says which, for half of what it costs to look first.
      for (const [taken, { key, attempts, windowMs }] of charges.entries()) {
        if (attempts > 0 && take(key, now, now + windowMs, attempts) > 0) continue;
        for (const charge of charges.slice(0, taken)) refund(charge.key);
        return limited(charges, now);
      }
      return null;
    },
    giveBack(keys) {
      for (const key of keys) refund(key);
    },
    purge(now) {
      purge(now);
    },
  };
}
