/**
 * What people typed, in SQLite. When rows grow, shrink or go, SQLite moves their neighbours about, and
 * a copy may stay behind in a page, where a later erasure does not reach it. So typed texts have a
 * table in which nothing is ever moved: each is put behind all others, never resized, and erased by
 * as many zeros in its very place. A row refers to its text; no reference, no text.
 */
import { type Connection, command, query } from './sqlite-schema.ts';
import type { Row } from './row.ts';
import { listSql, rowQueries, UNTYPED, valuesOf } from './store-sql.ts';

/** How a row is read. */
const COLUMNS = [
  ...['email', 'business_name'].map(
    (name) => `(SELECT CAST(${name} AS TEXT) FROM typed WHERE id = typed_id)`,
  ),
  ...UNTYPED,
].join(', ');

const NEXT = '(SELECT ifnull(MAX(id), 0) + 1 FROM typed)';

/** The queries on rows; the first value of a write is whether the row has a text, which is appended next. */
export const ROWS = rowQueries({ typed_id: `CASE WHEN $1 = 1 THEN ${NEXT} END` }, COLUMNS);

/** Lists rows, as `listSql` of store-sql.ts does. */
export const listRows = (states: number): string => listSql(states, COLUMNS);

const ERASE = `UPDATE typed SET live = 0, email = zeroblob(length(email)),
    business_name = zeroblob(length(business_name))
  WHERE id = (SELECT typed_id FROM signups WHERE external_id = $1`;

/** The queries on texts; a comment names the parameters. */
export const TEXTS = {
  /** e-mail, business name */
  append: `INSERT INTO typed (id, live, email, business_name)
    VALUES (${NEXT}, 1, CAST($1 AS BLOB), CAST($2 AS BLOB))`,
  /** Writes a row whose text is still the same: the values of `UNTYPED`, e-mail, business name */
  saveBeside: `${rowQueries({}, COLUMNS).save} AND typed_id = (SELECT id FROM typed WHERE id = typed_id
    AND email IS CAST($${UNTYPED.length + 1} AS BLOB)
    AND business_name IS CAST($${UNTYPED.length + 2} AS BLOB))`,
  /** externalId, fence */
  eraseHeld: `${ERASE} AND fence = $2)`,
  /** externalId */
  eraseForgettable: `${ERASE} AND state <> 'requested')`,
  /** from which id on */
  firstLive: `SELECT id FROM typed WHERE id >= $1 AND live = 1 ORDER BY id LIMIT 1`,
  last: `SELECT MAX(id) FROM typed`,
  /** All of them; SQLite fills the pages that become free with zeros. */
  empty: `DELETE FROM typed`,
} as const;

/** The writes of rows with what was typed; each belongs inside a transaction. */
export type TypedRows = {
  /** Adds a row, and gives what adds its text to it, before any other write; null when its customer has one. */
  insert(row: Row): (() => void) | null;
  /** As the store's. */
  save(row: Row): boolean;
  /** As the store's. */
  remove(externalId: string, fence: number): boolean;
  /** As the store's. */
  forget(externalId: string): boolean;
  /** Makes the table small again when no text in it is needed. */
  tidy(): void;
};

const untyped = (row: Row) => valuesOf(row).slice(-UNTYPED.length);
const isTyped = ({ email, businessName }: Row) => email !== null || businessName !== null;

/** Prepares the writes of a connection whose tables are up to date. */
export function typedRows(db: Connection): TypedRows {
  const insert = command(db, ROWS.insert);
  const save = command(db, ROWS.save);
  const remove = command(db, ROWS.remove);
  const forget = command(db, ROWS.forget);
  const append = command(db, TEXTS.append);
  const saveBeside = command(db, TEXTS.saveBeside);
  const eraseHeld = command(db, TEXTS.eraseHeld);
  const eraseForgettable = command(db, TEXTS.eraseForgettable);
  const firstLive = query(db, TEXTS.firstLive);
  const last = query(db, TEXTS.last);
  const empty = command(db, TEXTS.empty);
  /** Where a live text stood when one was last looked for; those before it were erased. */
  let live = 0;

  function keep(row: Row): void {
    if (isTyped(row)) append(row.email, row.businessName);
  }

  return {
    insert(row) {
      return insert(Number(isTyped(row)), ...untyped(row)) > 0 ? () => keep(row) : null;
    },
    save(row) {
      if (isTyped(row) && saveBeside(...untyped(row), row.email, row.businessName) > 0) return true;
      eraseHeld(row.externalId, row.fence);
      const saved = save(Number(isTyped(row)), ...untyped(row)) > 0;
      if (saved) keep(row);
      return saved;
    },
    remove(externalId, fence) {
      eraseHeld(externalId, fence);
      return remove(externalId, fence) > 0;
    },
    forget(externalId) {
      eraseForgettable(externalId);
      return forget(externalId) > 0;
    },
    tidy() {
      // Ids begin anew in a table that was emptied, by another process perhaps: then all are looked at.
      const id = (firstLive(live)[0] ?? firstLive(0)[0])?.[0] as number | undefined;
      live = id ?? 0;
      if (id === undefined && last()[0]?.[0] !== null) empty();
    },
  };
}
