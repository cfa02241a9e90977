/**
 * Time that runs faster and can be moved forward, the same in every process that is told its pace:
 * leases and waits pass in a fraction of a second, and a restart may find them over.
 */
import { systemClock, type Clock } from '../../proxy/clock.ts';

/** How time runs: `speed` times as fast from `epoch` on, `aheadMs` beyond that. Times in milliseconds. */
export type Pace = { epoch: number; speed: number; aheadMs: number };

/** A clock of that pace, and a way to move it forward. */
export type ScaledClock = Clock & { pace: () => Pace; jump: (ms: number) => void };

/** A clock that runs at `pace`. */
export function scaledClock({ epoch, speed, aheadMs }: Pace): ScaledClock {
  let ahead = aheadMs;
  return {
    now: () => Math.round(epoch + (Date.now() - epoch) * speed + ahead),
    sleep: (ms, signal) => systemClock.sleep(ms / speed, signal),
    pace: () => ({ epoch, speed, aheadMs: ahead }),
    jump: (ms) => void (ahead += ms),
  };
}
