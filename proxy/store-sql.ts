/**
 * The rows' columns and every query, once for all engines. Parameters are numbered in the order in
 * which they first appear, so an engine that binds by number and one that binds by position agree.
 */
import type { Row } from './row.ts';
import { ABSENT, FORGOTTEN } from './signup-terms.ts';

/** What a column holds: a flag is 0 or 1 in the table, anything else is stored as it is. */
type Kinds = { readonly [Member in keyof Row]: Row[Member] extends boolean ? 'flag' : 'value' };

/** Every member of a row: first the two that somebody typed, last the two that say which row and whose it is. */
const KINDS: Kinds = {
  email: 'value',
  businessName: 'value',
  state: 'value',
  requestId: 'value',
  emailHash: 'value',
  createdAt: 'value',
  updatedAt: 'value',
  attempt: 'value',
  attemptedAt: 'value',
  settled: 'flag',
  doubtAt: 'value',
  refusal: 'value',
  refusedAt: 'value',
  userId: 'value',
  organizationIdentifier: 'value',
  organizationSlug: 'value',
  clientKey: 'value',
  created: 'flag',
  told: 'flag',
  provisionedAt: 'value',
  deliveryAttempts: 'value',
  deliveredAt: 'value',
  failure: 'value',
  reads: 'value',
  dueAt: 'value',
  leaseUntil: 'value',
  history: 'value',
  externalId: 'value',
  fence: 'value',
};

/** The members of a row in the order of its columns. */
export const MEMBERS = Object.keys(KINDS) as (keyof Row)[];
const FLAGS = MEMBERS.map((member) => KINDS[member] === 'flag');
/** Names of the columns, in the order of `valuesOf` and `rowOf`. */
export const NAMES = MEMBERS.map((member) =>
  member.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
);
/** The columns as a query lists them. */
export const COLUMNS = NAMES.join(', ');
/** The columns that come after the two of what was typed, and the members of a row that they hold. */
export const UNTYPED = NAMES.slice(2);
export const UNTYPED_MEMBERS: readonly (keyof Row)[] = MEMBERS.slice(2);

/** What may be stored in a column. */
export type SqlValue = string | number | null;

/** What a column holds of a row's member. */
export function columnValue(member: Row[keyof Row]): SqlValue {
  return typeof member === 'boolean' ? Number(member) : member;
}

/** A row's values in the order of the columns. */
export function valuesOf(row: Row): SqlValue[] {
  return MEMBERS.map((member) => columnValue(row[member]));
}

/** The row of a result's values, which come in the order of the columns. */
export function rowOf(values: readonly unknown[]): Row {
  const row: Record<string, unknown> = {};
  for (const [index, member] of MEMBERS.entries()) {
    row[member] = FLAGS[index] ? values[index] === 1 : values[index];
  }
  return row as Row;
}

/** Columns that a save never fills: only a new attempt does. */
const ERASABLE: ReadonlySet<string> = new Set(['email', 'business_name', 'email_hash']);

/**
 * What a write sets a column to; `valueOf` is where the new value of a column stands. Who was told
 * stays told, and what was erased stays erased, whatever a writer knew that read the row before; and a
 * hash that has served its purpose does not come back.
 */
export function assignment(name: string, valueOf: (column: string) => string): string {
  const value = valueOf(name);
  if (name === 'told') return `told = CASE WHEN told = 1 THEN 1 ELSE ${value} END`;
  if (!ERASABLE.has(name)) return `${name} = ${value}`;
  const served = name === 'email_hash' ? ` OR told = 1 AND ${valueOf('state')} = 'delivered'` : '';
  return `${name} = CASE WHEN ${name} IS NULL${served} THEN NULL ELSE ${value} END`;
}

/** Columns that a write sets to an expression, beside those with a parameter each. */
type Expressions = Readonly<Record<string, string>>;

/** Adds a row whose customer has none: a parameter for each of `names`, and what the table says for the others. */
export function insertSql(names: readonly string[], expressions: Expressions = {}): string {
  const values = [...Object.values(expressions), ...names.map((_, index) => `$${index + 1}`)];
  return `INSERT INTO signups (${[...Object.keys(expressions), ...names].join(', ')})
    VALUES (${values.join(', ')}) ON CONFLICT (external_id) DO NOTHING`;
}

/** Writes columns of a row: a parameter for each of `names`, of which the last two say which row under which fence. */
export function saveSql(names: readonly string[], expressions: Expressions = {}): string {
  const numbered = (name: string) => `$${names.indexOf(name) + 1}`;
  const assignments = [
    ...Object.entries(expressions).map(([name, value]) => `${name} = ${value}`),
    ...names.slice(0, -2).map((name) => assignment(name, numbered)),
  ];
  return `UPDATE signups SET ${assignments.join(', ')}
    WHERE external_id = ${numbered('external_id')} AND fence = ${numbered('fence')}`;
}

/** How far the clocks of replicas may differ before one of them counts as wrong, in milliseconds. */
export const CLOCK_TOLERANCE_MS = 60_000;

/** Starts an `UPDATE` that makes free rows due; its first parameter is the time. */
const ENQUEUE = `UPDATE signups
    SET due_at = $1, delivery_attempts = 0, reads = 0,
      history = history || CASE WHEN history = '' THEN '' ELSE '
' END || CAST(CAST($1 AS BIGINT) AS TEXT) || ' 1 enqueued '
        || CASE WHEN state = 'undeliverable' THEN 'provisioned' ELSE state END,
      state = CASE WHEN state = 'undeliverable' THEN 'provisioned' ELSE state END
    WHERE lease_until <= $1`;

/** Holds for what no person is done with. */
const UNFORGOTTEN = `NOT (state = 'attention' AND coalesce(failure, '') = '${FORGOTTEN}')`;

/** The queries that what was typed is no part of; a comment names the parameters. */
const COMMON = {
  /** externalId, fence */
  remove: `DELETE FROM signups WHERE external_id = $1 AND fence = $2`,
  /** now, how many */
  due: `SELECT external_id, fence FROM signups
    WHERE due_at <= $1 AND lease_until <= $1 ORDER BY due_at, external_id LIMIT $2`,
  /** now, after when, how many */
  dueLately: `SELECT external_id, fence FROM signups
    WHERE due_at <= $1 AND due_at > $2 AND lease_until <= $1 ORDER BY due_at DESC, external_id DESC LIMIT $3`,
  /** until, externalId, fence */
  renew: `UPDATE signups SET lease_until = $1, due_at = $1
    WHERE external_id = $2 AND fence = $3 AND lease_until > 0`,
  /** now, until, up to when a clock that differs a little may have written */
  rewind: `UPDATE signups
    SET due_at = CASE WHEN lease_until > $1 THEN $2 WHEN due_at > updated_at THEN $1 + due_at - updated_at ELSE $1 END,
      lease_until = CASE WHEN lease_until > $1 THEN $2 ELSE 0 END,
      updated_at = CASE WHEN updated_at > $1 THEN $1 ELSE updated_at END
    WHERE due_at > $1 AND (lease_until > $3 OR lease_until <= $1 AND updated_at > $3)`,
  /** externalId */
  tell: `UPDATE signups SET told = 1, email_hash = CASE WHEN state = 'delivered' THEN NULL ELSE email_hash END
    WHERE external_id = $1 AND told = 0`,
  /** now, externalId */
  enqueueOne: `${ENQUEUE} AND external_id = $2 AND state <> 'refused'`,
  /** now; what a person is done with is made due by its name alone */
  enqueueUndelivered: `${ENQUEUE} AND state IN ('requested', 'provisioned', 'undeliverable', 'attention')
    AND NOT (state = 'provisioned' AND due_at IS NULL) AND ${UNFORGOTTEN}`,
  nextDue: `SELECT MIN(due_at) FROM signups WHERE due_at IS NOT NULL`,
  /** State, how many, since when the oldest; each half reads only the rows that it counts. */
  backlog: `SELECT state, COUNT(*), MIN(created_at) FROM signups
    WHERE due_at IS NOT NULL AND state IN ('requested', 'provisioned') GROUP BY state
    UNION ALL SELECT state, COUNT(*), MIN(created_at) FROM signups
    WHERE state IN ('undeliverable', 'attention') AND ${UNFORGOTTEN} GROUP BY state`,
} as const;

/**
 * The queries on rows, but for those that write one. `typed` are the columns that lead to what was
 * typed, `columns` is how a row is read. A comment names the parameters.
 */
export function rowQueries(typed: readonly string[], columns: string) {
  return {
    ...COMMON,
    /** externalId */
    find: `SELECT ${columns} FROM signups WHERE external_id = $1`,
    /** requestId */
    findByRequest: `SELECT ${columns} FROM signups WHERE request_id = $1 ORDER BY external_id LIMIT 1`,
    /** requestId of an earlier attempt, the last word of a line; reads every row, so it is for a person who asks */
    findByHistory: `SELECT ${columns} FROM signups
      WHERE replace(history || '\n', ' ' || CAST($1 AS TEXT) || '\n', '') <> history || '\n'
      ORDER BY external_id LIMIT 1`,
    /** new fence, until, externalId, its fence, now */
    claim: `UPDATE signups SET fence = $1, lease_until = $2, due_at = $2
      WHERE external_id = $3 AND fence = $4 AND lease_until <= $5 RETURNING ${columns}`,
    /** externalId; ends what nobody has in hand and waits for a person, or for an organization that Kelviq does not know */
    forget: `UPDATE signups SET ${typed.map((name) => `${name} = NULL, `).join('')}email_hash = NULL,
      due_at = CASE WHEN failure = '${ABSENT}' AND lease_until = 0 THEN NULL ELSE due_at END,
      failure = CASE WHEN state = 'attention' AND lease_until = 0 THEN '${FORGOTTEN}' ELSE failure END
      WHERE external_id = $1 AND state <> 'requested'`,
  } as const;
}

/** The queries on rows that hold what was typed in columns of their own; a write takes the values of `valuesOf`. */
export const ROWS = {
  ...rowQueries(['email', 'business_name'], COLUMNS),
  insert: insertSql(NAMES),
  save: saveSql(NAMES),
} as const;

/** The query that lists rows by externalId: after which, how many, and as many states as are given. */
export function listSql(states: number, columns = COLUMNS): string {
  const among = Array.from({ length: states }, (_, index) => `$${index + 2}`).join(', ');
  const where = states > 0 ? ` AND state IN (${among})` : '';
  return `SELECT ${columns} FROM signups WHERE external_id > $1${where} ORDER BY external_id LIMIT $${states + 2}`;
}

/** A window `c` that has been charged and has not closed, nor was opened by a clock that was far ahead. */
export const LIVE = `c.count > 0
      AND abs(excluded.opened_at - c.opened_at) < excluded.closes_at - excluded.opened_at`;

/** What a charge makes of a window `c` that is there. */
export const CHARGED = `
      opened_at = CASE WHEN ${LIVE} THEN c.opened_at ELSE excluded.opened_at END,
      closes_at = CASE WHEN ${LIVE} THEN c.opened_at ELSE excluded.opened_at END
        + excluded.closes_at - excluded.opened_at,
      count = CASE WHEN ${LIVE} THEN c.count + 1 ELSE 1 END`;

/** The queries on charges; a comment names the parameters. */
export const CHARGES = {
  /** key */
  find: `SELECT opened_at, count FROM charges WHERE key = $1`,
  /** key, now, when a window that opens now closes, attempts; writes nothing where the limit is full */
  take: `INSERT INTO charges AS c (key, opened_at, closes_at, count) VALUES ($1, $2, $3, 1)
    ON CONFLICT (key) DO UPDATE SET ${CHARGED} WHERE NOT (${LIVE} AND c.count >= $4)`,
  /** key */
  refund: `UPDATE charges SET count = count - 1 WHERE key = $1 AND count > 0`,
  /** now */
  purge: `DELETE FROM charges WHERE closes_at <= $1`,
} as const;
