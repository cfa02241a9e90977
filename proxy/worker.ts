/**
 * Looks after rows whose time has come: rows of crashed processes, outcomes that are not known yet,
 * keys that Kelviq had not issued, deliveries to try again. It only reads from Kelviq; a POST is
 * sent for a customer's request alone. A backlog, however long, has a bounded number of places, and
 * what came due just now has places of its own beside it.
 */
import type { Clock } from './clock.ts';
import type { Log } from './log.ts';
import { failureFields } from './store-trouble.ts';
import type { Store } from './store.ts';
import { LEASE_MS, type Work } from './work.ts';

const LOOK_EVERY_MS = 1000;
/** Rows in hand at once that have waited, the longest first. */
const LATE_AT_ONCE = 96;
/** Rows in hand at once that came due just now, the latest first. */
const FRESH_AT_ONCE = 32;
/** How long a row counts as due just now: as long as its takeover after a crash may take. */
const FRESH_MS = 15_000;
/** How often rows are sought that a clock ahead of this one has dated; at once when this one was set back. */
const REWIND_EVERY_MS = 60_000;
/** What is erased leaves the disk in the next quiet moment, and when there is none after this long. */
const TIDY_WITHIN_MS = 60_000;

const UNMINDED =
  'What fails is not tried again here, deliveries included. Call onboarding.start(), or run() by cron.';

/**
 * The worker of one process. `start` is idempotent; `stop` waits for what is in hand. `needed` tells it that
 * there may be rows to look after: where nobody has called `start` or `run`, the log says so, once.
 */
export type Worker = { start(): void; stop(): Promise<void>; run(): Promise<void>; needed(): void };

/** Places for rows in hand; `wanted` while more rows may be waiting for one. */
type Places = { readonly most: number; free: number; wanted: boolean };

const placesFor = (most: number): Places => ({ most, free: most, wanted: false });

/** A few at a time: a claim costs a commit, however little it brings. */
const enough = ({ free, most }: Places): boolean => free >= most / 4;

/** A worker on a store. */
export function createWorker(options: { store: Store; work: Work; clock: Clock; log: Log }): Worker {
  const { store, work, clock, log } = options;
  const fresh = placesFor(FRESH_AT_ONCE);
  const late = placesFor(LATE_AT_ONCE);
  let stopping = new AbortController();
  let looping: Promise<void> | undefined;
  let nap = new AbortController();
  let rewoundAt = 0;
  /** Whether rows are looked after here, or it was said that they are not. */
  let isMinded = false;
  let isHeld = false;
  /** Fencing numbers that were offered and not taken: there is an end to them. */
  const spare: number[] = [];

  /** A clock that was set back, here or at a replica that is gone, must not hold rows for as long. */
  async function rewind(): Promise<void> {
    const now = clock.now();
    if (Math.abs(now - rewoundAt) < REWIND_EVERY_MS) return;
    const count = await store.rewind(now, now + LEASE_MS);
    rewoundAt = now;
    if (count > 0) log('warn', 'clock_set_back', { count });
  }

  /** Takes due rows as far as there are places. */
  async function take(places: Places, now: number, after?: number): Promise<void> {
    places.wanted = true;
    if (!enough(places)) return;
    const fences = Array.from({ length: places.free }, () => spare.pop() ?? work.fence()).toSorted(
      (one, other) => one - other,
    );
    const rows = await store.claimDue(fences, now + LEASE_MS, now, after);
    const used = new Set(rows.map(({ fence }) => fence));
    spare.push(...fences.filter((fence) => !used.has(fence)));
    places.wanted = rows.length === fences.length;
    places.free -= rows.length;
    for (const row of rows) {
      const { done } = work.begin(row, 'worker', { seen: 'taken_up' });
      void done.then(() => {
        places.free++;
        if (places.wanted && enough(places)) nap.abort();
      });
    }
  }

  /** Takes what is due; tells whether more may be waiting for a place. */
  async function look(): Promise<boolean> {
    fresh.wanted = false;
    late.wanted = false;
    const due = await store.nextDue();
    await rewind();
    const now = clock.now();
    if (due === null || due > now) return false;
    await take(fresh, now, now - FRESH_MS);
    if (fresh.wanted || due <= now - FRESH_MS) await take(late, now);
    return fresh.wanted || late.wanted;
  }

  /** Waits for the next look: a moment, or less where rows wait for a place and there are some. */
  async function rest(): Promise<void> {
    nap = new AbortController();
    if (stopping.signal.aborted || [fresh, late].some((places) => places.wanted && enough(places))) return;
    await clock.sleep(LOOK_EVERY_MS, nap.signal);
  }

  /** Tidies the store, and says once when something keeps it from that. */
  async function tidy(): Promise<void> {
    const hint = await store.tidy(clock.now());
    if (hint && !isHeld) log('warn', 'database_held', { hint });
    isHeld = Boolean(hint);
  }

  async function loop(): Promise<void> {
    let tidyAt = 0;
    while (!stopping.signal.aborted) {
      try {
        await work.open();
        const more = await look();
        if (!more && work.count() === 0) tidyAt = 0;
        if (clock.now() >= tidyAt) {
          await tidy();
          tidyAt = clock.now() + TIDY_WITHIN_MS;
        }
        // At last: what a store would not keep anew is delivered all the same.
        await store.check();
      } catch (error) {
        log('error', 'store_unavailable', { during: 'look', ...failureFields(error) });
        fresh.wanted = late.wanted = false;
      }
      await rest();
    }
  }

  return {
    start() {
      isMinded = true;
      if (looping) return;
      stopping = new AbortController();
      looping = loop();
    },

    async stop() {
      stopping.abort();
      nap.abort();
      await looping;
      looping = undefined;
      await work.idle(true);
    },

    needed() {
      if (isMinded) return;
      isMinded = true;
      log('warn', 'worker_not_started', { hint: UNMINDED });
    },

    async run() {
      isMinded = true;
      await work.open();
      let more = true;
      while (more) {
        more = await look();
        await work.idle(false);
      }
      await tidy();
    },
  };
}
