/**
 * Simulated time. Everything that happens later is one entry of one queue; between two entries the
 * event loop runs until nothing moves any more. So the same seed plays the same schedule.
 */
import type { Clock } from '../../proxy/clock.ts';

/** When every schedule begins, in milliseconds. */
export const BEGIN = 1_795_478_400_000;

/** Turns of the event loop without anything under way, after which it counts as settled. */
const QUIET_TURNS = 2;

/** `due` is when it was to come; `at` is later while its machine stands still. */
type Entry = { at: number; due: number; order: number; machine: Machine | null; fire: () => void };

const turn = () => new Promise<void>((resolve) => void setImmediate(resolve));

/** One queue of what is to come; `elapsed` is how long the schedule has run, in milliseconds. */
export class SimulatedTime {
  elapsed = 0;
  /** Operations under way that end by the event loop and not by time. */
  busy = 0;
  #queue: Entry[] = [];
  #orders = 0;

  /** Calls `fire` in `ms` milliseconds; never when `machine` has died by then. Gives the way to call it off. */
  after(ms: number, machine: Machine | null, fire: () => void): () => void {
    const due = this.elapsed + Math.max(0, ms);
    const entry: Entry = { at: due, due, order: ++this.#orders, machine, fire };
    this.#insert(entry);
    return () => {
      this.#queue = this.#queue.filter((other) => other !== entry);
    };
  }

  /** Time passes at once, as for a machine that has nothing to do; what was due meanwhile is due now. */
  skip(ms: number): void {
    this.elapsed += ms;
  }

  /** Lets a machine that stands still go on at once, with what it has put off. */
  thaw(machine: Machine): void {
    machine.frozenUntil = 0;
    const putOff = this.#queue.filter((entry) => entry.machine === machine && entry.at > entry.due);
    this.#queue = this.#queue.filter((entry) => !putOff.includes(entry));
    for (const entry of putOff) this.#insert(Object.assign(entry, { at: Math.max(this.elapsed, entry.due) }));
  }

  async settle(): Promise<void> {
    for (let quiet = 0; quiet < QUIET_TURNS; quiet = this.busy > 0 ? 0 : quiet + 1) await turn();
  }

  /** Lets everything under way come to rest, then fires what comes next; false when nothing does. */
  async step(): Promise<boolean> {
    await this.settle();
    const entry = this.#queue.shift();
    if (!entry) return false;
    const { machine } = entry;
    if (machine && !machine.alive) return true;
    if (machine && machine.frozenUntil > Math.max(entry.at, this.elapsed)) {
      entry.at = machine.frozenUntil;
      this.#insert(entry);
      return true;
    }
    this.elapsed = Math.max(this.elapsed, entry.at);
    entry.fire();
    return true;
  }

  #insert(entry: Entry): void {
    let at = this.#queue.length;
    for (let before = this.#queue[at - 1]; before; before = this.#queue[--at - 1]) {
      if (before.at < entry.at || (before.at === entry.at && before.order < entry.order)) break;
    }
    this.#queue.splice(at, 0, entry);
  }
}

/** One machine: its clock, which may be wrong, and whether it runs. */
export class Machine implements Clock {
  alive = true;
  /** Until when it stands still; in milliseconds of `SimulatedTime.elapsed`. */
  frozenUntil = 0;
  /** Until when it has stood still, or will, whether it was let go on or not. */
  stoodStillUntil = 0;
  /** How far its clock is off, in milliseconds. */
  offset = 0;
  readonly time: SimulatedTime;

  constructor(time: SimulatedTime) {
    this.time = time;
  }

  now = (): number => BEGIN + this.time.elapsed + this.offset;

  sleep = (ms: number, signal?: AbortSignal): Promise<void> => {
    if (ms <= 0 || signal?.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const end = () => {
        callOff();
        signal?.removeEventListener('abort', end);
        resolve();
      };
      const callOff = this.time.after(ms, this, end);
      signal?.addEventListener('abort', end, { once: true });
    });
  };
}
