/**
 * What became of a signup, kept in its row: one line for each thing that was seen, written with the
 * commit that follows it. It names no person and no key, so it outlives what is erased.
 */
import type { Row, RowState } from './row.ts';
import { ROW_STATES } from './row.ts';

/** Lines kept; older ones make room. */
const MOST_LINES = 40;

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
  const lines = history === '' ? [] : history.split('\n');
  const last = read(lines.at(-1) ?? '');
  const again =
    last !== null &&
    REPEATED.has(entry.observation) &&
    last.observation === entry.observation &&
    last.to === entry.to &&
    (last.code ?? '') === (entry.code ?? '');
  if (again) lines.pop();
  lines.push(written({ ...entry, times: again ? last.times + 1 : 1 }));
  return lines.slice(-MOST_LINES).join('\n');
}

/** The entries of a row's history, the oldest first. */
export function historyOf({ history }: Pick<Row, 'history'>): HistoryEntry[] {
  return history.split('\n').flatMap((line) => read(line) ?? []);
}

function written({ at, times, observation, to, code = '', requestId = '' }: HistoryEntry): string {
  // A `deliver` of the partner's own may call its failures anything.
  const word = code.replaceAll(/\s+/g, '_').slice(0, 64);
  return [at, times, observation, to, word, requestId].join(' ').trimEnd();
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
