/**
 * JSON log lines from an allow-list: a field that is not named here cannot be written, so an e-mail
 * address, a key or a quoted body has no way in. Customers appear as a keyed hash.
 */
import type { Environment } from './limits.ts';
import type { StepOutcome } from './signup-terms.ts';

/** Levels in rising order of weight. */
export const LOG_LEVELS = ['debug', 'info', 'warn', 'error', 'silent'] as const;

/** One level of `LOG_LEVELS`. */
export type LogLevel = (typeof LOG_LEVELS)[number];

/** All that a log line may hold. Times in milliseconds; `customer` is a keyed hash of the externalId. */
export type LogFields = {
  requestId?: string;
  customer?: string;
  organizationIdentifier?: string;
  method?: string;
  route?: string;
  status?: number;
  code?: string;
  from?: string;
  to?: string;
  observation?: string;
  /** How a step ended a signup or a try of a delivery; see signup-terms.ts. */
  outcome?: StepOutcome;
  /** Which try: of the delivery where the line tells of one, else of the signup. */
  attempt?: number;
  durationMs?: number;
  waitMs?: number;
  count?: number;
  /** What Kelviq was asked for. */
  operation?: 'create' | 'read';
  /** Which rate limit refused. */
  limit?: 'address' | 'customer' | 'email' | 'budget';
  /** What the store was needed for when it failed. */
  during?: 'request' | 'lease' | 'look';
  origin?: string;
  environment?: Environment;
  version?: string;
  url?: string;
  hint?: string;
  /** Class, code and frames of an unexpected error; never its message, which may quote a body or a header. */
  error?: string;
};

/** How much a line weighs. */
export type LineLevel = Exclude<LogLevel, 'silent'>;

/**
 * Writes one line: what happened, in snake_case, and its fields. `hears` tells whether lines of a level
 * are written at all, so that nobody works out what nobody reads; a log without it hears everything.
 */
export type Log = {
  (level: LineLevel, event: string, fields?: LogFields): void;
  hears?: (level: LineLevel) => boolean;
};

/** A log that writes JSON lines at `level` and above with `write`, one call a line. */
export function createLog(level: LogLevel, write: (line: string) => void, now: () => number = Date.now): Log {
  const least = LOG_LEVELS.indexOf(level);
  const hears = (at: LineLevel) => LOG_LEVELS.indexOf(at) >= least;
  const log: Log = (at, event, fields = {}) => {
    if (!hears(at)) return;
    write(`${JSON.stringify({ time: new Date(now()).toISOString(), level: at, event, ...fields })}\n`);
  };
  return Object.assign(log, { hears });
}

/** `log` with something before it; it hears what `log` does. */
export function logBefore(log: Log, line: (...line: Parameters<Log>) => void): Log {
  return Object.assign(line, log.hears && { hears: log.hears });
}

/** How engines and systems name a failure: `SQLITE_FULL`, `ECONNREFUSED`, `53100`. */
const CODE = /^[A-Z\d][A-Z\d_]{1,47}$/;

/** What may be logged of an error: its class, its code and where it was thrown, without its message. */
export function errorFrames(error: unknown): string {
  if (!(error instanceof Error)) return typeof error;
  const { name, code } = error as Error & { code?: unknown };
  const words = [/^\w{1,64}$/.test(name) ? name : 'Error'];
  if (typeof code === 'string' && CODE.test(code)) words.push(code);
  return [...words, ...framesOf(error)].join(' ');
}

/** The first frames. They follow the message in a stack; a message may have lines that look like one. */
function framesOf({ message, stack = '' }: Error): string[] {
  const at = stack.indexOf(message);
  if (at < 0) return [];
  const lines = stack.slice(at + message.length).split('\n');
  const frames = lines.filter((line) => /^\s+at /.test(line));
  return frames.slice(0, 4).map((line) => line.trim());
}
