/**
 * The columns that a write of a row needs. Each parameter costs as much as a part of the write itself,
 * so a new row leaves out what is null in it, and a known one what has not changed.
 */
import type { Row } from '../row.ts';
import { type Command, type Connection, command } from './schema.ts';
import { UNTYPED, UNTYPED_MEMBERS, columnValue, type SqlValue } from '../store-sql.ts';

/** Columns of `UNTYPED`, one bit for each, and a row's values for them. */
export type Columns = { set: number; values: SqlValue[] };

/** Statements that are kept; rows move in fewer ways. */
const MOST_STATEMENTS = 64;

/**
 * What is written although it looks as before: which row it is, and what a person's command may have
 * changed meanwhile although the row was held.
 */
const WRITTEN: ReadonlySet<keyof Row> = new Set([
  'state',
  'updatedAt',
  'deliveryAttempts',
  'reads',
  'history',
  'externalId',
  'fence',
]);
const IS_WRITTEN = UNTYPED_MEMBERS.map((member) => WRITTEN.has(member));

function columnsOf(row: Row, isNeeded: (member: keyof Row, index: number) => boolean): Columns {
  const values: SqlValue[] = [];
  let set = 0;
  for (let index = 0; index < UNTYPED_MEMBERS.length; index++) {
    const member = UNTYPED_MEMBERS[index] as keyof Row;
    if (!isNeeded(member, index)) continue;
    set |= 1 << index;
    values.push(columnValue(row[member]));
  }
  return { set, values };
}

/** What a new row holds that is not null. */
export function present(row: Row): Columns {
  return columnsOf(row, (member) => row[member] !== null);
}

/** What differs between a row and how it was last written or read under the same fence. */
export function changed(row: Row, known: Row): Columns {
  // A delivered row is where a hash has served its purpose: the statement looks at who was told.
  const isDone = row.state === 'delivered';
  return columnsOf(
    row,
    (member, index) =>
      IS_WRITTEN[index] === true || row[member] !== known[member] || (isDone && member === 'emailHash'),
  );
}

/** Prepares a statement for each set of columns when it is first asked for; `sqlOf` is given their names. */
export function commandsBySet(
  db: Connection,
  sqlOf: (names: readonly string[]) => string,
): (set: number) => Command {
  const commands = new Map<number, Command>();
  return (set) => {
    let prepared = commands.get(set);
    if (prepared === undefined) {
      if (commands.size >= MOST_STATEMENTS) commands.clear();
      prepared = command(db, sqlOf(UNTYPED.filter((_, index) => set & (1 << index))));
      commands.set(set, prepared);
    }
    return prepared;
  };
}
