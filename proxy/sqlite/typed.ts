/**
 * What people typed, in SQLite. When rows grow, shrink or go, SQLite moves their neighbours about, and
 * a copy may stay behind in a page, where a later erasure does not reach it. So typed texts have a
 * table in which nothing is ever moved: each is put behind all others, never resized, and erased by
 * as many zeros in its very place. A row refers to its text; no reference, no text.
 */
import { changed, commandsBySet, present } from './columns.ts';
import { type Connection, command, query } from './schema.ts';
import type { Row } from '../row.ts';
import { insertSql, listSql, rowOf, rowQueries, saveSql, UNTYPED } from '../store-sql.ts';

/** How a row is read. */
const COLUMNS = [
  ...['email', 'business_name'].map(
    (name) => `(SELECT CAST(${name} AS TEXT) FROM typed WHERE id = typed_id)`,
  ),
  ...UNTYPED,
].join(', ');

const NEXT = '(SELECT ifnull(MAX(id), 0) + 1 FROM typed)';

/** The queries on rows, but for those that write one; a comment names the parameters. */
export const ROWS = {
  ...rowQueries(['typed_id'], COLUMNS),
  /** externalId; all values as one JSON array, because each column costs time, even that of no row */
  find: `SELECT json_array(${COLUMNS}) FROM signups WHERE external_id = $1`,
} as const;

/** Lists rows, as `listSql` of store-sql.ts does. */
export const listRows = (states: number): string => listSql(states, COLUMNS);

/** What a write does with a row's reference to its text: one to the text that is appended next, or none. */
const APPENDED = { typed_id: NEXT };
const NONE = { typed_id: 'NULL' };

/** The writes of rows, with a parameter for each of the columns `names` of `UNTYPED`. */
export const WRITES = {
  insertWith: (names: readonly string[]) => insertSql(names, APPENDED),
  insert: (names: readonly string[]) => insertSql(names),
  saveWith: (names: readonly string[]) => saveSql(names, APPENDED),
  saveWithout: (names: readonly string[]) => saveSql(names, NONE),
  saveBeside: (names: readonly string[]) => saveSql(names),
} as const;

/** The queries on texts; a comment names the parameters. */
export const TEXTS = {
  /** e-mail, business name */
  append: `INSERT INTO typed (id, live, email, business_name)
    VALUES (${NEXT}, 1, CAST($1 AS BLOB), CAST($2 AS BLOB))`,
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
  save(row: Row, known?: Row): boolean;
  /** As the store's. */
  remove(externalId: string, fence: number): boolean;
  /** As the store's. */
  forget(externalId: string): boolean;
  /** Makes the table small again when no text in it is needed. */
  tidy(): void;
};

const isTyped = ({ email, businessName }: Row) => email !== null || businessName !== null;

/** Prepares the search for a row by its externalId. */
export function findRow(db: Connection): (externalId: string) => Row | null {
  const find = query(db, ROWS.find);
  return (externalId) => {
    const json = find(externalId)[0]?.[0];
    return json === undefined ? null : rowOf(JSON.parse(json as string) as unknown[]);
  };
}

/** Prepares the writes of a connection whose tables are up to date. */
export function typedRows(db: Connection): TypedRows {
  const insert = commandsBySet(db, WRITES.insert);
  const insertWith = commandsBySet(db, WRITES.insertWith);
  const saveBeside = commandsBySet(db, WRITES.saveBeside);
  const saveWith = commandsBySet(db, WRITES.saveWith);
  const saveWithout = commandsBySet(db, WRITES.saveWithout);
  const find = findRow(db);
  const remove = command(db, ROWS.remove);
  const forget = command(db, ROWS.forget);
  const append = command(db, TEXTS.append);
  const firstLive = query(db, TEXTS.firstLive);
  const last = query(db, TEXTS.last);
  const empty = command(db, TEXTS.empty);
  /** Where a live text stood when one was last looked for; those before it were erased. */
  let live = 0;

  return {
    insert(row) {
      const { set, values } = present(row);
      const typed = isTyped(row);
      const added = (typed ? insertWith : insert)(set)(...values) > 0;
      return added ? () => typed && append(row.email, row.businessName) : null;
    },
    save(row, known) {
      const before = known ?? find(row.externalId);
      if (before === null) return false;
      const { set, values } = changed(row, before);
      if (row.email === before.email && row.businessName === before.businessName)
        return saveBeside(set)(...values) > 0;
      if (!isTyped(row)) return saveWithout(set)(...values) > 0;
      const saved = saveWith(set)(...values) > 0;
      if (saved) append(row.email, row.businessName);
      return saved;
    },
    remove: (externalId, fence) => remove(externalId, fence) > 0,
    forget: (externalId) => forget(externalId) > 0,
    tidy() {
      // Ids begin anew in a table that was emptied, by another process perhaps: then all are looked at.
      const id = (firstLive(live)[0] ?? firstLive(0)[0])?.[0] as number | undefined;
      live = id ?? 0;
      if (id === undefined && last()[0]?.[0] !== null) empty();
    },
  };
}
