/**
 * Looks after rows whose time has come: rows of crashed processes, outcomes that are not known yet,
 * keys that Kelviq had not issued, deliveries to try again. It only reads from Kelviq; a POST is
 * sent for a customer's request alone.
 */
import type { Clock } from './clock.ts';
import { errorFrames, type Log } from './log.ts';
import type { Store } from './store.ts';
import { LEASE_MS, type Work } from './work.ts';

const LOOK_EVERY_MS = 1000;
/** Rows in hand at once, those of customers included; beyond it the worker takes no more. */
const ROWS_AT_ONCE = 256;
const ROWS_PER_LOOK = 64;

/** The worker of one process. `start` is idempotent; `stop` waits for what is in hand. */
export type Worker = { start(): void; stop(): Promise<void>; run(): Promise<void> };

/** A worker on a store. */
export function createWorker(options: { store: Store; work: Work; clock: Clock; log: Log }): Worker {
  const { store, work, clock, log } = options;
  let stopping = new AbortController();
  let looping: Promise<void> | undefined;

  /** Takes what is due, as far as there is room; tells whether more may be waiting. */
  async function look(): Promise<boolean> {
    const room = Math.min(ROWS_PER_LOOK, ROWS_AT_ONCE - work.count());
    if (room <= 0) return false;
    const now = clock.now();
    const due = await store.nextDue();
    if (due === null || due > now) return false;
    const fences = Array.from({ length: room }, () => work.fence());
    const rows = await store.claimDue(fences, now + LEASE_MS, now);
    for (const row of rows) work.begin(row, 'worker', { seen: 'taken_up' });
    return rows.length === room;
  }

  async function loop(): Promise<void> {
    while (!stopping.signal.aborted) {
      try {
        await work.open();
        const more = await look();
        if (!more) await store.tidy();
        if (!more) await clock.sleep(LOOK_EVERY_MS, stopping.signal);
      } catch (error) {
        log('error', 'store_unavailable', { during: 'look', error: errorFrames(error) });
        await clock.sleep(LOOK_EVERY_MS, stopping.signal);
      }
    }
  }

  return {
    start() {
      if (looping) return;
      stopping = new AbortController();
      looping = loop();
    },

    async stop() {
      stopping.abort();
      await looping;
      looping = undefined;
      await work.idle(true);
    },

    async run() {
      await work.open();
      let more = true;
      while (more) {
        more = await look();
        await work.idle(false);
      }
      await store.tidy();
    },
  };
}
