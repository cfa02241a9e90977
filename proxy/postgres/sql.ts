/**
 * What PostgreSQL asks in its own way: each operation is one statement, and so one transaction and
 * one round trip, that holds no lock longer than it runs. Locks are always taken in one order: a
 * row's before charges', and among their own kind by key.
 */
import type { Statement } from './pool.ts';
import type { Row } from '../row.ts';
import type { Charge } from '../store.ts';
import {
  assignment,
  CHARGED,
  COLUMNS,
  LIVE,
  MEMBERS,
  NAMES,
  ROWS,
  type SqlValue,
  valuesOf,
} from '../store-sql.ts';

/** Members of a row that are text; all others are numbers. */
const TEXTS: {
  readonly [Member in keyof Row as NonNullable<Row[Member]> extends string ? Member : never]: 1;
} = {
  externalId: 1,
  state: 1,
  requestId: 1,
  email: 1,
  businessName: 1,
  emailHash: 1,
  refusal: 1,
  organizationIdentifier: 1,
  organizationSlug: 1,
  clientKey: 1,
  failure: 1,
  history: 1,
};
/** Rows from one array for each column, beginning with parameter 1. */
const UNNESTED = `unnest(${MEMBERS.map((member, index) => `$${index + 1}::${member in TEXTS ? 'text' : 'bigint'}[]`).join(', ')})`;
const FIRST_AFTER = NAMES.length + 1;

const OVERWRITTEN = NAMES.map((name) => `${name} = excluded.${name}`).join(', ');

/** The charges asked for and those of them that are full; `first` is the number of the first parameter of four. */
function spentOf(first: number): string {
  const now = `$${first + 3}::bigint`;
  return `asked AS MATERIALIZED (
    SELECT key, attempts, window_ms, place
    FROM unnest($${first}::text[], $${first + 1}::bigint[], $${first + 2}::bigint[])
      WITH ORDINALITY AS a (key, attempts, window_ms, place)
  ), spent AS MATERIALIZED (
    SELECT asked.place, LEAST(c.opened_at - ${now}, 0) + asked.window_ms AS retry_after_ms
    FROM asked JOIN charges AS c ON c.key = asked.key
    WHERE c.count > 0 AND c.count >= asked.attempts AND abs(${now} - c.opened_at) < asked.window_ms
  )`;
}

/** Parameters: keys, attempts and windows of charges, now. Result: place of the fullest limit, its time to wait. */
const LIMITED = `WITH ${spentOf(1)}
  SELECT place, retry_after_ms FROM spent ORDER BY retry_after_ms DESC, place LIMIT 1`;

/**
 * Begins an attempt. A limit that is full when the statement begins stands in the way of all of it;
 * one that fills up meanwhile undoes it by a division by zero, and the next try sees it full.
 * Parameters: row as JSON, expected fence, keys, attempts and windows of the charges, now.
 * Result: whether it opened; the place of the fullest limit, and its time to wait.
 */
const BEGIN = `WITH ${spentOf(3)}, opened AS (
    INSERT INTO signups AS stored (${COLUMNS})
    SELECT ${COLUMNS} FROM jsonb_populate_record(NULL::signups, $1::jsonb)
    WHERE NOT EXISTS (SELECT FROM spent)
    ON CONFLICT (external_id) DO UPDATE SET ${OVERWRITTEN} WHERE stored.fence = $2::bigint
    RETURNING 1
  ), taken AS (
    INSERT INTO charges AS c (key, opened_at, closes_at, count)
    SELECT key, $6::bigint, $6::bigint + window_ms, 1 FROM asked
    WHERE EXISTS (SELECT FROM opened) ORDER BY key
    ON CONFLICT (key) DO UPDATE SET ${CHARGED}
    WHERE NOT (${LIVE} AND c.count >= (SELECT attempts FROM asked WHERE asked.key = c.key))
    RETURNING 1
  )
  SELECT (SELECT count(*) FROM opened)
      / CASE WHEN EXISTS (SELECT FROM opened) AND (SELECT count(*) FROM taken) < cardinality($3)
        THEN 0 ELSE 1 END,
    (SELECT place FROM spent ORDER BY retry_after_ms DESC, place LIMIT 1),
    (SELECT max(retry_after_ms) FROM spent)`;

/**
 * Begins attempts of customers without a row. One that finds a limit that is full is left to `BEGIN`,
 * and so are all when a limit fills up meanwhile. Parameters: an array for each column of the rows; of
 * their charges, of which no two have one key, the row's externalId, keys, attempts, windows and times.
 * Result: the externalId of each that was opened or has a row; that row, in an array, null for the opened.
 */
const BEGIN_ALL = `WITH asked AS MATERIALIZED (
    SELECT owner, key, attempts, window_ms, at FROM unnest($${FIRST_AFTER}::text[], $${FIRST_AFTER + 1}::text[],
      $${FIRST_AFTER + 2}::bigint[], $${FIRST_AFTER + 3}::bigint[], $${FIRST_AFTER + 4}::bigint[])
      AS a (owner, key, attempts, window_ms, at)
  ), spent AS MATERIALIZED (
    SELECT asked.owner FROM asked JOIN charges AS c ON c.key = asked.key
    WHERE c.count > 0 AND c.count >= asked.attempts AND abs(asked.at - c.opened_at) < asked.window_ms
  ), opened AS (
    INSERT INTO signups (${COLUMNS})
    SELECT ${COLUMNS} FROM ${UNNESTED} AS fresh (${COLUMNS})
    WHERE external_id NOT IN (SELECT owner FROM spent) ORDER BY external_id
    ON CONFLICT (external_id) DO NOTHING
    RETURNING external_id
  ), charged AS MATERIALIZED (
    SELECT key, attempts, window_ms, at FROM asked WHERE owner IN (SELECT external_id FROM opened)
  ), taken AS (
    INSERT INTO charges AS c (key, opened_at, closes_at, count)
    SELECT key, at, at + window_ms, 1 FROM charged ORDER BY key
    ON CONFLICT (key) DO UPDATE SET ${CHARGED}
    WHERE NOT (${LIVE} AND c.count >= (SELECT attempts FROM charged WHERE charged.key = c.key))
    RETURNING 1
  )
  SELECT external_id, NULL::json FROM opened
  WHERE 1 / CASE WHEN (SELECT count(*) FROM taken) < (SELECT count(*) FROM charged) THEN 0 ELSE 1 END = 1
  UNION ALL SELECT external_id, json_build_array(${COLUMNS}) FROM signups WHERE external_id = ANY($${NAMES.indexOf('external_id') + 1}::text[])`;

/** Parameters: externalId, fence, keys of the charges to give back. Result: how many were removed. */
const REMOVE = `WITH removed AS (
    DELETE FROM signups WHERE external_id = $1 AND fence = $2 RETURNING 1
  ), charged AS MATERIALIZED (
    SELECT key FROM charges WHERE key = ANY($3::text[]) AND EXISTS (SELECT FROM removed)
    ORDER BY key FOR UPDATE
  ), given_back AS (
    UPDATE charges SET count = count - 1 WHERE key IN (SELECT key FROM charged) AND count > 0
  )
  SELECT count(*) FROM removed`;

/**
 * Writes rows that are held under their fences. What somebody else has locked is passed over, so that
 * no row holds up another. Parameters: an array for each column. Result: the externalIds of what was written.
 */
const SAVE_ALL = `WITH changed AS MATERIALIZED (
    SELECT * FROM ${UNNESTED} AS c (${NAMES.map((name) => `new_${name}`).join(', ')})
  ), held AS MATERIALIZED (
    SELECT external_id AS id FROM signups JOIN changed ON external_id = new_external_id AND fence = new_fence
    ORDER BY external_id FOR UPDATE OF signups SKIP LOCKED
  )
  UPDATE signups SET ${NAMES.slice(0, -2)
    .map((name) => assignment(name, (column) => `new_${column}`))
    .join(', ')}
  FROM changed JOIN held ON id = new_external_id
  WHERE external_id = id AND fence = new_fence RETURNING external_id`;

/**
 * What another replica is claiming is passed over, and state and lease are checked again on the row
 * itself. Parameters: now, fences, until, and after when where `bound` says so. Result: the rows in
 * the `order` of the time since when they were due.
 */
const claimDue = (bound: string, order: 'ASC' | 'DESC') => `WITH due AS MATERIALIZED (
    SELECT external_id AS id, fence AS held, due_at AS since FROM signups
    WHERE due_at <= $1 ${bound} AND lease_until <= $1
    ORDER BY due_at ${order}, external_id ${order}
    LIMIT cardinality($2::bigint[]) FOR UPDATE SKIP LOCKED
  ), placed AS MATERIALIZED (
    SELECT id, held, row_number() OVER (ORDER BY since ${order}, id ${order}) AS place FROM due
  ), claimed AS (
    UPDATE signups SET fence = ($2::bigint[])[place], lease_until = $3::bigint, due_at = $3::bigint
    FROM placed WHERE external_id = id AND fence = held AND lease_until <= $1
    RETURNING ${COLUMNS}
  )
  SELECT ${COLUMNS} FROM claimed ORDER BY fence`;

/** What a claim of `fences` until `until` has taken. Parameters: until, fences. */
const CLAIMED = `SELECT ${COLUMNS} FROM signups
  WHERE due_at = $1 AND lease_until = $1 AND fence = ANY($2::bigint[]) ORDER BY fence`;

/** A prolongation that comes late shortens nothing. Parameters: until, externalIds, their fences. */
const RENEW = `WITH held AS MATERIALIZED (
    SELECT external_id AS id FROM signups
    JOIN unnest($2::text[], $3::bigint[]) AS mine (name, number) ON external_id = name AND fence = number
    WHERE lease_until > 0 ORDER BY external_id FOR UPDATE OF signups
  )
  UPDATE signups SET lease_until = GREATEST(lease_until, $1::bigint), due_at = GREATEST(lease_until, $1::bigint)
  FROM held WHERE external_id = id RETURNING fence`;

/** Some of all rows. Parameters: now, after which externalId, how many. Result: how many, the last looked at. */
const ENQUEUE_SOME = `WITH batch AS MATERIALIZED (
    SELECT external_id AS id FROM signups
    WHERE external_id > $2 AND lease_until <= $1
      AND state IN ('requested', 'provisioned', 'undeliverable', 'attention')
    ORDER BY external_id LIMIT $3 FOR UPDATE
  ), enqueued AS (${ROWS.enqueueUndelivered} AND external_id IN (SELECT id FROM batch) RETURNING 1)
  SELECT (SELECT count(*) FROM enqueued), (SELECT max(id) FROM batch)`;

/** Parameter: now. What somebody is charging is left for the next time. */
const PURGE = `DELETE FROM charges WHERE key IN
  (SELECT key FROM charges WHERE closes_at <= $1 LIMIT 1000 FOR UPDATE SKIP LOCKED)`;

/** Result: when a row is due, and what time it is. */
const NEXT_DUE = `SELECT (${ROWS.nextDue}), floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint`;

/** Every statement of the store, prepared by its name. */
export const STATEMENTS = {
  find: named('find', ROWS.find),
  findAll: named('find_all', `SELECT ${COLUMNS} FROM signups WHERE external_id = ANY($1::text[])`),
  findByRequest: named('find_by_request', ROWS.findByRequest),
  findByHistory: named('find_by_history', ROWS.findByHistory),
  begin: named('begin', BEGIN),
  beginAll: named('begin_all', BEGIN_ALL),
  limited: named('limited', LIMITED),
  save: named('save', `${ROWS.save} RETURNING 1`),
  saveAll: named('save_all', SAVE_ALL),
  remove: named('remove', REMOVE),
  claim: named('claim', ROWS.claim),
  claimDue: named('claim_due', claimDue('', 'ASC')),
  claimDueLately: named('claim_due_lately', claimDue('AND due_at > $4', 'DESC')),
  claimed: named('claimed', CLAIMED),
  renew: named('renew', RENEW),
  rewind: named('rewind', `${ROWS.rewind} RETURNING 1`),
  tell: named('tell', `${ROWS.tell} RETURNING 1`),
  enqueueOne: named('enqueue_one', `${ROWS.enqueueOne} RETURNING 1`),
  enqueueSome: named('enqueue_some', ENQUEUE_SOME),
  forget: named('forget', `${ROWS.forget} RETURNING 1`),
  nextDue: named('next_due', NEXT_DUE),
  backlog: named('backlog', ROWS.backlog),
  purge: named('purge', PURGE),
} as const;

function named(name: string, text: string): Statement {
  return { name: `kelviq_${name}`, text };
}

/** A row's values, in the order of the columns. */
export type Values = readonly SqlValue[];

/** A row's values, refused where the server would not keep them as they are. */
export function storable(row: Row): Values {
  const values = valuesOf(row);
  if (values.some((value) => typeof value === 'string' && value.includes('\0')))
    throw new TypeError('a text holds NUL');
  return values;
}

/** The parameters of `STATEMENTS.begin`. */
export function beginValues(values: Values, expect: number | null, charges: readonly Charge[], now: number) {
  const json = JSON.stringify(Object.fromEntries(NAMES.map((name, index) => [name, values[index]])));
  return [json, expect, ...chargeValues(charges, now)];
}

/** One array for each column, from the values of rows. */
export function columnsOf(rows: readonly Values[]): Values[] {
  return NAMES.map((_, index) => rows.map((values) => values[index] ?? null));
}

/** A new attempt of a customer without a row; the row as `storable` gives it. */
export type Beginning = { externalId: string; values: Values; charges: readonly Charge[]; now: number };

/** The parameters of `STATEMENTS.beginAll`. */
export function beginAllValues(beginnings: readonly Beginning[]) {
  const charges = beginnings.flatMap(({ externalId, charges: own, now }) =>
    own.map((charge) => ({ externalId, ...charge, now })),
  );
  return [
    ...columnsOf(beginnings.map(({ values }) => values)),
    charges.map(({ externalId }) => externalId),
    charges.map(({ key }) => key),
    charges.map(({ attempts }) => attempts),
    charges.map(({ windowMs }) => windowMs),
    charges.map(({ now }) => now),
  ];
}

/** The parameters of `STATEMENTS.limited`. */
export function chargeValues(charges: readonly Charge[], now: number) {
  return [
    charges.map(({ key }) => key),
    charges.map(({ attempts }) => attempts),
    charges.map(({ windowMs }) => windowMs),
    now,
  ];
}
