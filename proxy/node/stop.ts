/** An orderly end within a limit: steps in order, each until it is done or time is up. */

/** One step; it ends early when `signal` aborts, or is left behind. */
export type Step = (signal: AbortSignal) => Promise<unknown>;

/**
 * Runs the steps one after the other for `limitMs` altogether; later ones still start when time is
 * up, so that they can let go. True when all of them finished in time; a step that rejects did not.
 */
export async function stopWithin(limitMs: number, steps: readonly Step[]): Promise<boolean> {
  const limit = new AbortController();
  const timer = setTimeout(() => limit.abort(), limitMs);
  const timeUp = new Promise<false>((resolve) => {
    limit.signal.addEventListener('abort', () => resolve(false), { once: true });
  });
  let finished = true;
  for (const step of steps) {
    const done = step(limit.signal).then(
      () => true,
      () => false,
    );
    finished = (await Promise.race([done, timeUp])) && finished;
  }
  clearTimeout(timer);
  return finished;
}
