/** What `kelviq-onboarding deliveries` prints of a row: no person and no key. */
import { historyOf } from '../../history.ts';
import type { Row } from '../../row.ts';

/** A row as JSON. Times are ISO 8601; null where there is nothing. */
export function factsOf(row: Row) {
  return {
    externalId: row.externalId,
    state: row.state,
    requestId: row.requestId,
    organizationIdentifier: row.organizationIdentifier,
    organizationSlug: row.organizationSlug,
    created: iso(row.createdAt),
    attempts: row.attempt,
    lastAttempt: iso(row.attemptedAt || null),
    provisioned: iso(row.provisionedAt),
    deliveryAttempts: row.deliveryAttempts,
    delivered: iso(row.deliveredAt),
    nextLook: iso(row.dueAt),
    refusal: row.refusal,
    lastFailure: row.failure,
  };
}

/** What became of a row, the oldest first; `times` counts what was seen so often in a row. */
export function historyFacts(row: Row) {
  return historyOf(row).map(({ at, ...entry }) => ({ at: iso(at), ...entry }));
}

const LIST = ['STATE', 'TRIES', 'NEXT LOOK', 'LAST FAILURE', 'EXTERNAL ID'];
const LIST_WIDTHS = [13, 5, 20, 22];
const HISTORY = ['AT', 'SEEN', 'TIMES', 'LED TO', 'CODE', 'REFERENCE'];
const HISTORY_WIDTHS = [20, 16, 5, 13, 22];

/** The first line of a list. */
export function headings(): string {
  return columns(LIST, LIST_WIDTHS);
}

/** One line of a list; the id, which may be long, comes last. */
export function listed(row: Row): string {
  const { state, deliveryAttempts, dueAt, failure, externalId } = row;
  return columns([state, String(deliveryAttempts), readable(dueAt), failure ?? '–', externalId], LIST_WIDTHS);
}

/** A row line by line, and its history as a table. */
export function shown(row: Row): string {
  const facts: Record<string, string | number | null> = {
    ...factsOf(row),
    created: readable(row.createdAt),
    lastAttempt: readable(row.attemptedAt || null),
    provisioned: readable(row.provisionedAt),
    delivered: readable(row.deliveredAt),
    nextLook: readable(row.dueAt),
  };
  const lines = Object.entries(facts).map(([name, value]) => columns([name, String(value ?? '–')], [22]));
  const history = historyOf(row).map(({ at, observation, times, to, code = '', requestId = '' }) =>
    columns([readable(at), observation, String(times), to, code, requestId], HISTORY_WIDTHS),
  );
  if (history.length > 0) lines.push('\n', columns(HISTORY, HISTORY_WIDTHS), ...history);
  return lines.join('');
}

function iso(at: number | null): string | null {
  return at === null ? null : new Date(at).toISOString();
}

/** In UTC, as the log has it, without what nobody reads. */
function readable(at: number | null): string {
  return (
    iso(at)
      ?.replace('T', ' ')
      .replace(/\.\d+Z$/, 'Z') ?? '–'
  );
}

/** What moves the cursor or turns the direction round; a slug is any text that Kelviq answered. */
const UNPRINTABLE = /[\p{Cc}\p{Bidi_C}\u2028\u2029]/gu;

/** Columns stay apart where a value is wider than its column. */
function columns(values: readonly string[], widths: readonly number[]): string {
  return `${values
    .map((value, index) => value.replaceAll(UNPRINTABLE, '\ufffd').padEnd(widths[index] ?? 0))
    .join('  ')
    .trimEnd()}\n`;
}
