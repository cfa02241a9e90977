/**
 * What became of a signup, kept in its row: one line for each thing that was seen, written with the
 * commit that follows it. It names no person and no key, so it outlives what is erased.
 */
import type { Row, RowState } from './row.ts';
import { ROW_STATES } from './row.ts';

/** Lines kept; older ones make room. */
const MOST_LINES = 40;

/** Characters of a line and its break, at least: a time of one digit, once, the shortest words. */
const SHORTEST_LINE = '1 1 found refused\n'.length;

/** Looks that may bring the same answer for hours; they count up on one line. */
const REPEATED: ReadonlySet<string> = new Set(['absent', 'unread', 'echo_failed', 'found']);

/**
 * One thing that was seen: when it was last (milliseconds), how often in a row, and the state it led
 * to. `code` says why it failed; `requestId` is the reference of the request that opened an attempt.
 */
export type HistoryEntry = {
  at: number;
  times: number;
  observation: string;
  to: RowState;
  code?: string;
  requestId?: string;
};

/** A history with one more entry. */
export function recorded(history: string, entry: Omit<HistoryEntry, 'times'>): string {
  if (history === '') return written(entry, 1);
  if (REPEATED.has(entry.observation)) {
    const lastAt = history.lastIndexOf('\n') + 1;
    const times = timesOf(history.slice(lastAt), entry);
    if (times > 0) return history.slice(0, lastAt) + written(entry, times + 1);
  }
  return newest(`${history}\n${written(entry, 1)}`);
}

/** How often `line` says the same as `entry`; 0 when it says something else. */
function timesOf(line: string, { observation, to, code = '' }: Omit<HistoryEntry, 'times'>): number {
  const last = read(line);
  const same = last?.observation === observation && last.to === to && (last.code ?? '') === code;
  return same ? last.times : 0;
}

/** The lines that are kept. */
function newest(history: string): string {
  if (history.length < MOST_LINES * SHORTEST_LINE) return history;
  return history.split('\n').slice(-MOST_LINES).join('\n');
}

/** The entries of a row's history, the oldest first. */
export function historyOf({ history }: Pick<Row, 'history'>): HistoryEntry[] {
  return history.split('\n').flatMap((line) => read(line) ?? []);
}

function written(
  { at, observation, to, code, requestId }: Omit<HistoryEntry, 'times'>,
  times: number,
): string {
  const line = `${at} ${times} ${observation} ${to}`;
  if (code === undefined && requestId === undefined) return line;
  // A `send` of the partner's own may call its failures anything.
  const word = code?.replaceAll(/\s+/g, '_').slice(0, 64) ?? '';
  return `${line} ${word} ${requestId ?? ''}`.trimEnd();
}

function read(line: string): HistoryEntry | null {
  const [at, times, observation, name, code, requestId] = line.split(' ');
  const to = ROW_STATES.find((state) => state === name);
  if (!observation || !to) return null;
  return {
    at: Number(at),
    times: Number(times),
    observation,
    to,
    ...(code && { code }),
    ...(requestId && { requestId }),
  };
}
