/** Customers who come and go in a store on a file, and a search of every byte for what they typed. */
import { readFile } from 'node:fs/promises';
import type { Row } from '../../proxy/row.ts';
import type { Store } from '../../proxy/store.ts';
import { dice } from '../simulation/dice.ts';
import { signupRow, STORE_TIME as now } from './signup-row.ts';

/** A text that says whose it is in each of its parts. */
const typed = (number: number, times: number) => `~${number}~`.repeat(times);

/** The numbers of the texts of which any part stands in the file at `path` or in its log. */
export async function textsIn(path: string): Promise<Set<number>> {
  const files = await Promise.all(
    [path, `${path}-wal`].map((file) => readFile(file, 'latin1').catch(() => '')),
  );
  return new Set(files.flatMap((bytes) => [...bytes.matchAll(/~(\d+)~/g)].map((found) => Number(found[1]))));
}

/**
 * Lets customers sign up, wait while their rows grow and shrink, and be served, refused, forgotten or
 * removed, all as `seed` decides. Each turn gives the rows whose texts are still needed, by the
 * number of their text.
 */
export async function* churn(
  store: Store,
  seed: number,
  turns: number,
): AsyncGenerator<ReadonlyMap<number, Row>> {
  const throws = dice(seed);
  const live = new Map<number, Row>();
  let texts = 0;

  function open(externalId: string, expect: number | null): Promise<unknown> {
    const number = ++texts;
    const row = signupRow(externalId, {
      email: typed(number, throws.between(1, throws.pick([4, 4, 30]))),
      businessName: throws.chance(0.2) ? null : typed(number, throws.between(1, throws.pick([4, 4, 120]))),
    });
    live.set(number, row);
    return store.begin(row, expect, [], now);
  }

  function wait(number: number, row: Row): Promise<unknown> {
    const moved = { ...row, history: 'h'.repeat(throws.between(0, throws.pick([400, 900]))) };
    live.set(number, moved);
    return store.save(moved);
  }

  async function end(number: number, row: Row): Promise<unknown> {
    live.delete(number);
    const way = throws.pick(['delivered', 'delivered', 'refused', 'removed', 'again', 'forgotten'] as const);
    switch (way) {
      case 'removed':
        return store.remove(row);
      case 'again':
        return open(row.externalId, row.fence);
      case 'forgotten':
        await store.save({ ...row, state: 'undeliverable' });
        return store.forget(row.externalId);
      case 'delivered':
      case 'refused':
        return store.save({ ...row, state: way, email: null, businessName: null });
    }
  }

  for (let turn = 0; turn < turns; turn++) {
    const begun = Array.from({ length: throws.between(0, 20) }, () =>
      open(`ks_${throws.between(0, 1e12)}`, null),
    );
    await Promise.all(begun);
    const steps = [...live].flatMap(([number, row]) => {
      if (throws.chance(0.1)) return end(number, row);
      return throws.chance(0.6) ? wait(number, row) : [];
    });
    await Promise.all(steps);
    await store.tidy();
    yield live;
  }
}
