/**
 * The operations of every signup on PostgreSQL, as they are asked together. A group that was refused
 * is known to have written nothing; each of it is asked alone then.
 */
import { inGroups } from './groups.ts';
import type { Connections, Limits } from './pool.ts';
import { beginAllValues, columnsOf, STATEMENTS, type Beginning, type Values } from './sql.ts';
import type { Row } from '../row.ts';
import { StoreFailure } from '../store-failure.ts';
import type { Opened } from '../store.ts';
import { rowOf } from '../store-sql.ts';

/** A row to be written, and its values. */
export type Saving = { externalId: string; values: Values };

/** The operations of every signup, in time. */
export type SignupGroups = {
  find(externalId: string, limits: Limits): Promise<Row | null>;
  /** What became of it; null: it is asked alone, which tells what stands in its way. */
  begin(beginning: Beginning, limits: Limits): Promise<Opened | null>;
  /** Whether it was written; if not, it is asked alone, which tells whether it can be. */
  save(saving: Saving, limits: Limits, patience?: 'patient'): Promise<boolean>;
};

/** What the row that `STATEMENTS.beginAll` found says; null: it has opened one. */
function outcomeOf(stored: unknown): Opened {
  return stored === null
    ? { outcome: 'opened' }
    : { outcome: 'exists', row: rowOf(stored as readonly unknown[]) };
}

function unlessRefused(error: unknown): null {
  if (error instanceof StoreFailure) return null;
  throw error;
}

/** Asks them together on `database`. */
export function signupGroups(database: Connections): SignupGroups {
  const find = inGroups<string, Row | null>({
    async ask(ids, limits) {
      const rows = (await database.ask(STATEMENTS.findAll, [ids], limits)).map(rowOf);
      const found = new Map(rows.map((row) => [row.externalId, row]));
      return ids.map((id) => found.get(id) ?? null);
    },
    touches: (externalId) => [externalId],
  });
  const begin = inGroups<Beginning, Opened | null>({
    async ask(beginnings, limits) {
      const rows = await database.ask(STATEMENTS.beginAll, beginAllValues(beginnings), limits);
      const outcomes = new Map(rows.map(([externalId, stored]) => [externalId, outcomeOf(stored)]));
      return beginnings.map(({ externalId }) => outcomes.get(externalId) ?? null);
    },
    touches: ({ externalId, charges }) => [`row:${externalId}`, ...charges.map(({ key }) => key)],
  });
  const save = inGroups<Saving, boolean>({
    async ask(savings, limits) {
      const values = columnsOf(savings.map((saving) => saving.values));
      const rows = await database.ask(STATEMENTS.saveAll, values, limits);
      const written = new Set(rows.map(([externalId]) => externalId));
      return savings.map(({ externalId }) => written.has(externalId));
    },
    touches: ({ externalId }) => [externalId],
  });

  /** Where nothing can be written, what is there may still be read. */
  async function unlessThere(externalId: string, limits: Limits): Promise<Opened | null> {
    const row = await find(externalId, limits);
    return row && { outcome: 'exists', row };
  }

  return {
    find,
    begin: (beginning, limits) =>
      begin(beginning, limits).catch((error: unknown) => {
        unlessRefused(error);
        return unlessThere(beginning.externalId, limits);
      }),
    save: (saving, limits, patience) =>
      save(saving, limits, patience).catch((error: unknown) => unlessRefused(error) ?? false),
  };
}
