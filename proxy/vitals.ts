/**
 * How the product stands right now, as gauges. What costs a look at every waiting row is looked at
 * more rarely the longer it takes: at most a hundredth of the time is spent on it.
 */
import type { Clock } from './clock.ts';
import type { KeyState } from './kelviq.ts';
import { PREFIX } from './meter.ts';
import { gauge, type Metric } from './metrics.ts';
import type { RowState } from './row.ts';
import type { Backlog, Store } from './store.ts';
import type { Work } from './work.ts';

/** States in which a signup is not done. */
const OPEN_STATES: readonly RowState[] = ['requested', 'provisioned', 'undeliverable', 'attention'];

const REST_FACTOR = 100;
const MOST_REST_MS = 300_000;

/** What is looked at. `elapsed` is a monotonic time in milliseconds. */
export type VitalsOptions = {
  store: Store;
  work: Work;
  keyState: () => KeyState;
  clock: Clock;
  elapsed?: () => number;
};

/** Looks; a store that fails leaves its own gauges out, because an old number would look like a good one. */
export function createVitals({
  store,
  work,
  keyState,
  clock,
  elapsed = () => performance.now(),
}: VitalsOptions): () => Promise<Metric[]> {
  let backlog: readonly Backlog[] = [];
  let lookAgainAt = -Infinity;

  async function look(): Promise<readonly Backlog[]> {
    if (elapsed() < lookAgainAt) return backlog;
    const from = elapsed();
    backlog = await store.backlog();
    lookAgainAt = elapsed() + Math.min(MOST_REST_MS, (elapsed() - from) * REST_FACTOR);
    return backlog;
  }

  async function ofStore(): Promise<Metric[]> {
    await work.open();
    const now = clock.now();
    const due = await store.nextDue();
    const waiting = await look();
    const byState = (value: (one: Backlog | undefined) => number) =>
      OPEN_STATES.map((state) => ({
        values: [state],
        value: value(waiting.find((one) => one.state === state)),
      }));
    return [
      gauge(
        `${PREFIX}backlog`,
        'Signups that are not done, by state.',
        byState((one) => one?.count ?? 0),
        ['state'],
      ),
      gauge(
        `${PREFIX}oldest_undelivered_age_seconds`,
        'Age of the oldest signup that is not delivered, by state; 0 where there is none.',
        byState((one) => (one ? Math.max(0, now - one.oldestAt) / 1000 : 0)),
        ['state'],
      ),
      gauge(
        `${PREFIX}worker_lag_seconds`,
        'How long the row that is due the longest has been waiting for a worker.',
        [{ value: due === null ? 0 : Math.max(0, now - due) / 1000 }],
      ),
    ];
  }

  return async () => {
    const stored = await ofStore().catch(() => []);
    // One that hangs is waited for once: whoever scrapes gives up after ten seconds.
    const usable =
      stored.length > 0 &&
      (await store.check().then(
        () => true,
        () => false,
      ));
    return [
      ...stored,
      gauge(`${PREFIX}store_up`, 'Whether the store can be used.', [{ value: usable ? 1 : 0 }]),
      gauge(`${PREFIX}rows_in_hand`, 'Rows that this process is working on.', [{ value: work.count() }]),
      gauge(
        `${PREFIX}partner_key_refused`,
        'Whether Kelviq refused the partner key the last time it was asked.',
        [{ value: keyState() === 'refused' ? 1 : 0 }],
      ),
    ];
  };
}
