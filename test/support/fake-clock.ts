/**
 * A clock that stands still until a test moves it. Between two timers it lets the event loop settle:
 * nothing that is under way in the meantime is overtaken by time.
 */
import type { Clock } from '../../proxy/clock.ts';

/** Turns of the event loop in which nothing is busy, after which it counts as settled. */
const QUIET_TURNS = 24;

type Timer = { at: number; fire: () => void };

/** A `Clock` for tests; all times in milliseconds. */
export class FakeClock implements Clock {
  #now: number;
  #timers: Timer[] = [];
  #busy = 0;

  constructor(now = 1_795_478_400_000) {
    this.#now = now;
  }

  now = (): number => this.#now;

  sleep = (ms: number, signal?: AbortSignal): Promise<void> => {
    if (ms <= 0 || signal?.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const end = () => {
        this.#timers = this.#timers.filter((other) => other !== timer);
        signal?.removeEventListener('abort', end);
        resolve();
      };
      const timer: Timer = { at: this.#now + ms, fire: end };
      this.#timers.push(timer);
      signal?.addEventListener('abort', end, { once: true });
    });
  };

  /** Counts `promise`, which ends by the outside world and not by time, as under way until it settles. */
  hold<T>(promise: Promise<T>): Promise<T> {
    this.#busy++;
    const release = () => void this.#busy--;
    promise.then(release, release);
    return promise;
  }

  /** This clock for the other end of what is held: while it waits for time, nothing is under way. */
  readonly peer: Clock = {
    now: this.now,
    sleep: async (ms, signal) => {
      this.#busy--;
      await this.sleep(ms, signal);
      this.#busy++;
    },
  };

  /** How many of what is held wait for nothing but time; a test says so for answers that never come. */
  hung: () => number = () => 0;

  /** How many wait for a time to come. */
  get waiting(): number {
    return this.#timers.length;
  }

  /** Resolves when nothing is under way any more. */
  settle(): Promise<void> {
    return new Promise((resolve) => {
      let quiet = 0;
      // Immediates without a promise for each: thousands of turns are taken.
      const turn = () => {
        quiet = this.#busy > this.hung() ? 0 : quiet + 1;
        if (quiet < QUIET_TURNS) setImmediate(turn);
        else resolve();
      };
      setImmediate(turn);
    });
  }

  /** Moves on by `ms`; each timer on the way fires at its own time. */
  async advance(ms: number): Promise<void> {
    const until = this.#now + ms;
    await this.settle();
    while (await this.#fireNext(until));
    this.#now = Math.max(this.#now, until);
  }

  /** Moves on, timer by timer, until `promise` settles; at most `limitMs`. */
  async run<T>(promise: Promise<T>, limitMs = 600_000): Promise<T> {
    const until = this.#now + limitMs;
    const over = new AbortController();
    const end = () => over.abort();
    promise.then(end, end);
    await this.settle();
    while (!over.signal.aborted) {
      if (!(await this.#fireNext(until))) throw new Error('nothing is left to wait for');
    }
    return promise;
  }

  /** Stands still for a process, as a stalled one does: time passes and no timer fires. */
  stall(ms: number): void {
    this.#now += ms;
  }

  async #fireNext(until: number): Promise<boolean> {
    const timer = this.#timers.toSorted((one, other) => one.at - other.at)[0];
    if (!timer || timer.at > until) return false;
    this.#now = Math.max(this.#now, timer.at);
    timer.fire();
    await this.settle();
    return true;
  }
}
