/** The outside world as the widget uses it: requests and time. Tests put their own in its place. */
import type { Clock } from '../proxy/clock.ts';

/** Requests and time. */
export type Ports = { fetch: typeof fetch; clock: Clock };

/** The browser's own. */
export const ports: Ports = {
  fetch: (input, init) => fetch(input, init),
  clock: {
    // Nobody sets this one.
    now: () => performance.now(),
    sleep: (ms) => new Promise((resolve) => void setTimeout(resolve, ms)),
  },
};
