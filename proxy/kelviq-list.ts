/**
 * Reads Kelviq's list of the partner's organizations page by page, by number: an address in an
 * answer is never followed, so the partner key goes nowhere else. Server keys are let go of as soon
 * as a page is parsed. What passes is waited out; what does not is thrown as `ListFailure`.
 */
import * as z from './zod.ts';
import type { Clock } from './clock.ts';
import { retryAfterMs } from './delivery.ts';
import { HttpFailure } from './http.ts';
import { organizationSchema, showsSecret, type Ask } from './kelviq.ts';
import type { Provisioned } from './signup-terms.ts';
import { createTripwire, type Tripwire } from './tripwire.ts';

const PAGE_SIZE = 100;
/** A service that does not page gives all at once. */
const MAX_PAGE_BYTES = 16_777_216;
const PAGE_TIMEOUT_MS = 30_000;
/** Ends a list that never ends; no partner has ten million customers. */
const MOST_PAGES = 100_000;
/** Waits before the second, third, … try of a page. */
const TRY_AGAIN_MS = [1000, 2000, 4000, 8000, 16_000] as const;
/** Nobody waits at a terminal for longer than this. */
const LONGEST_WAIT_MS = 300_000;
const DEFAULT_RETRY_MS = 5000;

const pageSchema = z.object({
  results: z.array(z.unknown()),
  count: z.int().min(0).nullish(),
  next: z.string().nullish(),
});

/** An organization as the list shows it, without its secret; null where the list names no externalId. */
export type Listed = Omit<Provisioned, 'serverKey'> & { externalId: string | null };

/** One page. `count`: of all pages, null where Kelviq does not say; `unreadable`: entries that are none. */
export type Page = { organizations: readonly Listed[]; unreadable: number; count: number | null };

/** Why a question to Kelviq brought nothing; `code` names the failure of a connection. */
export type Trouble =
  | { trouble: 'no_answer'; code: string }
  | { trouble: 'status'; status: number; waitMs: number | null }
  | { trouble: 'broken_answer' }
  | { trouble: 'page_repeats' }
  | { trouble: 'endless' };

/** The list could not be read to its end. */
export class ListFailure extends Error {
  override readonly name = 'ListFailure';
  readonly why: Trouble;

  constructor(why: Trouble) {
    super(why.trouble);
    this.why = why;
  }
}

/**
 * How to read. What holds one of `secrets` in the open counts as unreadable; `waiting` hears, before
 * each wait, why and how long in milliseconds.
 */
export type ListOptions = {
  ask: Ask;
  clock: Clock;
  secrets?: Tripwire;
  waiting?: (why: Trouble, ms: number) => void;
};

type Read = Page & { next: 'named' | 'none' | 'unsaid'; mark: string };

/**
 * Every page in turn. The list may move meanwhile: an organization may come twice, or not at all
 * where others were removed; `count` of the last page tells.
 */
export async function* listPages(options: ListOptions): AsyncGenerator<Page> {
  const marks = new Map<'first' | 'previous', string>();
  let seen = 0;
  for (let number = 1; number <= MOST_PAGES; number++) {
    const page = await readPage(number, options);
    if (page === 'past_the_end') return;
    const { organizations, unreadable, count, next, mark } = page;
    const all = count !== null && seen >= count;
    if (mark !== '' && [...marks.values()].includes(mark)) {
      // A service that knows no pages gives the same one again, and it is the whole list.
      if (all || (count === null && next !== 'named')) return;
      throw new ListFailure({ trouble: 'page_repeats' });
    }
    yield { organizations, unreadable, count };
    const size = organizations.length + unreadable;
    seen += size;
    if (size === 0 || (next === 'none' && count === null)) return;
    if (next !== 'named' && count !== null && seen >= count) return;
    if (number === 1) marks.set('first', mark);
    marks.set('previous', mark);
  }
  throw new ListFailure({ trouble: 'endless' });
}

async function readPage(
  number: number,
  { ask, clock, secrets, waiting = () => undefined }: ListOptions,
): Promise<Read | 'past_the_end'> {
  for (let tries = 0; ; tries++) {
    const read = await askPage(ask, number, clock.now(), secrets);
    if (!('trouble' in read)) return read;
    if (read.trouble === 'status' && read.status === 404 && number > 1) return 'past_the_end';
    const waitMs = passes(read) ? waitOf(read, tries) : null;
    if (waitMs === null || waitMs > LONGEST_WAIT_MS) throw new ListFailure(read);
    waiting(read, waitMs);
    await clock.sleep(waitMs);
  }
}

/** Whether the same question may be answered a little later. */
function passes(why: Trouble): boolean {
  if (why.trouble !== 'status') return why.trouble === 'no_answer' || why.trouble === 'broken_answer';
  return why.status === 429 || why.status === 408 || why.status >= 500;
}

function waitOf(why: Trouble, tries: number): number | null {
  const backoffMs = TRY_AGAIN_MS[tries];
  if (backoffMs === undefined) return null;
  return why.trouble === 'status' && why.waitMs !== null ? Math.max(1000, why.waitMs) : backoffMs;
}

async function askPage(
  ask: Ask,
  number: number,
  now: number,
  secrets: Tripwire | undefined,
): Promise<Read | Trouble> {
  const answer = await ask({
    method: 'GET',
    path: `?page=${number}&page_size=${PAGE_SIZE}`,
    timeoutMs: PAGE_TIMEOUT_MS,
    maxBytes: MAX_PAGE_BYTES,
  });
  if (answer instanceof HttpFailure) return { trouble: 'no_answer', code: answer.code };
  const { status, headers, body } = answer;
  if (status === 200) return parsePage(body, secrets) ?? { trouble: 'broken_answer' };
  const askedMs = retryAfterMs(headers['retry-after'], now);
  return { trouble: 'status', status, waitMs: askedMs ?? (status === 429 ? DEFAULT_RETRY_MS : null) };
}

/** A page of the list in a body; null when the body is something else. */
export function parsePage(body: string, secrets = createTripwire()): Read | null {
  let json: unknown;
  try {
    json = JSON.parse(body);
  } catch {
    return null;
  }
  const parsed = pageSchema.safeParse(json);
  if (!parsed.success) return null;
  const { results, count = null, next } = parsed.data;
  const organizations = results.flatMap((entry) => listed(entry, secrets) ?? []);
  return {
    organizations,
    unreadable: results.length - organizations.length,
    count,
    next: next === undefined ? 'unsaid' : next ? 'named' : 'none',
    mark: organizations.map(({ organizationIdentifier }) => organizationIdentifier).join(),
  };
}

function listed(entry: unknown, secrets: Tripwire): Listed | null {
  const parsed = organizationSchema.safeParse(entry);
  if (!parsed.success || showsSecret(parsed.data, secrets)) return null;
  const { userId, organizationIdentifier, organizationSlug, clientKey, partnerExternalId } = parsed.data;
  return {
    externalId: partnerExternalId ?? null,
    userId: userId ?? null,
    organizationIdentifier,
    organizationSlug: organizationSlug || null,
    clientKey: clientKey || null,
  };
}
