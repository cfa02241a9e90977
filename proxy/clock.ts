/**
 * Time as a port: everything that reads the clock or waits takes one, so that tests advance it
 * instead of sleeping.
 */
export type Clock = {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Resolves after `ms` milliseconds, or at once when `signal` aborts; it never rejects. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
};

/** The machine's clock. Its timers do not keep a process alive. */
export const systemClock: Clock = {
  now: () => Date.now(),
  sleep: (ms, signal) =>
    new Promise((resolve) => {
      if (signal?.aborted) return resolve();
      const done = () => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', done);
        resolve();
      };
      const timer = setTimeout(done, ms);
      if (typeof timer === 'object') timer.unref();
      signal?.addEventListener('abort', done, { once: true });
    }),
};

/** The clock that all go by who share `store`, told from this machine's. */
export function sharedClock(store: { aheadMs?(): number }, clock: Clock = systemClock): Clock {
  return {
    now: () => clock.now() + (store.aheadMs?.() ?? 0),
    sleep: (ms, signal) => clock.sleep(ms, signal),
  };
}
