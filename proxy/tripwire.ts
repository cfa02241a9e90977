/**
 * The last step before anything leaves: what holds a secret is not sent and not written. It is there
 * for the defect that nobody thought of; what may be shown is decided elsewhere (answers.ts, log.ts).
 */
import { logBefore, type Log } from './log.ts';
import type { Secret } from './secret.ts';

/** Shorter values are words that any text may hold. */
const LEAST_CHARACTERS = 8;
/** So many server keys, the latest, are watched for; a request lets go of its own long before. */
const MOST_SERVER_KEYS = 256;

/** Knows secrets, and finds them in what is about to leave. */
export type Tripwire = {
  /**
   * Takes secrets that this process holds; those it knows cost next to nothing. `guessable` are those that a
   * person may have thought of.
   */
  add(secrets: Iterable<Secret>, kind?: 'guessable'): void;
  /** Takes a server key that passes through. */
  watch(serverKey: Secret): void;
  /**
   * Whether `text` holds one of them: plain, in JSON, in a URL or in base64. `echo` is what an answer repeats
   * of the words of whoever asked. What is guessable is not looked for there: it would say who guesses right.
   */
  holds(text: string, echo?: string): boolean;
};

/** A tripwire that knows nothing yet. */
export function createTripwire(): Tripwire {
  const known = new WeakSet<Secret>();
  const forms = new Set<string>();
  const guessable = new Set<string>();
  /** The latest, the place of the oldest being taken by the next. */
  const serverKeys: string[] = [];
  let watched = 0;
  /** What all server keys begin with: a text without it holds none of them. */
  let beginning: string | null = null;

  return {
    add(secrets, kind) {
      const found = kind === 'guessable' ? guessable : forms;
      for (const secret of secrets) {
        if (known.has(secret)) continue;
        known.add(secret);
        for (const form of formsOf(secret.reveal())) found.add(form);
      }
    },

    watch(secret) {
      const key = secret.reveal();
      if (key.length < LEAST_CHARACTERS) return;
      beginning = sharedBeginning(beginning ?? key, key);
      serverKeys[watched++ % MOST_SERVER_KEYS] = key;
    },

    holds(text, echo = '') {
      for (const form of guessable) if (text.includes(form)) return true;
      const all = echo === '' ? text : `${text}\n${echo}`;
      for (const form of forms) if (all.includes(form)) return true;
      if (beginning === null || !all.includes(beginning)) return false;
      return serverKeys.some((key) => all.includes(key));
    },
  };
}

/** `tripwire`, looking at secrets that may be replaced while the process runs. */
export function watching(tripwire: Tripwire, secrets: () => Iterable<Secret>): Tripwire {
  return {
    ...tripwire,
    holds(text, echo) {
      tripwire.add(secrets());
      return tripwire.holds(text, echo);
    },
  };
}

function formsOf(value: string): string[] {
  // `fetch` sends a key without the line break that its file ends in. A webhook secret is known by its base64 as well.
  const sent = value.trim();
  return [value, sent, sent.replace(/^whsec_/, '')]
    .flatMap((text) => {
      const base64 = btoa(String.fromCodePoint(...new TextEncoder().encode(text))).replace(/=+$/, '');
      return [
        text,
        JSON.stringify(text).slice(1, -1),
        encodeURIComponent(text),
        base64,
        base64.replaceAll('+', '-').replaceAll('/', '_'),
      ];
    })
    .filter((form) => form.length >= LEAST_CHARACTERS);
}

function sharedBeginning(one: string, other: string): string {
  if (other.startsWith(one)) return one;
  let length = 0;
  while (length < one.length && one[length] === other[length]) length++;
  return one.slice(0, length);
}

/** Writes lines, but in place of one that holds a secret a line that says so. */
export function guardedWrite(write: (line: string) => void, tripwire: Tripwire): (line: string) => void {
  return (line) => {
    if (!tripwire.holds(line)) return write(line);
    const time = new Date().toISOString();
    write(
      `${JSON.stringify({ time, level: 'error', event: 'secret_withheld', hint: 'A log line held a secret.' })}\n`,
    );
  };
}

/** The same for a log whose lines somebody else writes. */
export function guardedLog(log: Log, tripwire: Tripwire): Log {
  return logBefore(log, (level, event, fields = {}) => {
    if (tripwire.holds(`${event}\n${Object.values(fields).join('\n')}`))
      log('error', 'secret_withheld', { hint: 'A log line held a secret.' });
    else log(level, event, fields);
  });
}
