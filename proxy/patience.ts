/** A bounded wait for many at once: one timer serves all, because each of its own costs more than the wait. */
import type { Clock } from './clock.ts';
import { leave } from './line.ts';

type Entry = { at: number; giveUp: () => void };

/** Waits for `outcome` for a fixed time; null when it does not come in time. */
export type Patience = <Outcome>(outcome: Promise<Outcome>) => Promise<Outcome | null>;

/** A `Patience` of `ms` milliseconds. What it waits for never rejects. */
export function createPatience(clock: Clock, ms: number): Patience {
  const line: Entry[] = [];
  let watching = false;

  /** All wait equally long, so the first in line is the first to give up. */
  async function watch(): Promise<void> {
    watching = true;
    for (let [first] = line; first; [first] = line) {
      await clock.sleep(Math.min(ms, Math.max(1, first.at - clock.now())));
      const now = clock.now();
      // One further off than anybody waits was entered before the clock was set back.
      const inTime = line.findIndex(({ at }) => at > now && at <= now + ms);
      for (const { giveUp } of line.splice(0, inTime < 0 ? line.length : inTime)) giveUp();
    }
    watching = false;
  }

  return (outcome) =>
    new Promise((resolve) => {
      const entry = { at: clock.now() + ms, giveUp: () => resolve(null) };
      line.push(entry);
      void outcome.then((value) => {
        leave(line, entry);
        resolve(value);
      });
      if (!watching) void watch();
    });
}
