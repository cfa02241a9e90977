/** Holds processes to a part of a core, so that two servers have twice what one has, on any machine. */
import { usageOf } from '../proxy/processes.ts';
import type { Server } from './site.ts';

const LOOK_EVERY_MS = 5;
/** What may be used at once after a pause: the clock of /proc counts in hundredths of a second. */
const BURST_S = 0.02;

/** Stops and continues each server so that it uses `share` of a core; the answer lets go of them. */
export function hold(servers: readonly Server[], share: number): () => void {
  const held = servers.map(({ child }) => ({
    child,
    budget: BURST_S,
    used: usageOf(child).cpu,
    stopped: false,
  }));
  let at = performance.now();
  const timer = setInterval(() => {
    const now = performance.now();
    const grown = (share * (now - at)) / 1000;
    at = now;
    for (const one of held) {
      const { cpu } = usageOf(one.child);
      one.budget = Math.min(BURST_S, one.budget + grown - (cpu - one.used));
      one.used = cpu;
      const stop = one.budget < 0;
      if (stop !== one.stopped) one.child.kill(stop ? 'SIGSTOP' : 'SIGCONT');
      one.stopped = stop;
    }
  }, LOOK_EVERY_MS);
  return () => {
    clearInterval(timer);
    for (const { child } of held) child.kill('SIGCONT');
  };
}
