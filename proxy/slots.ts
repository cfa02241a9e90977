import type { Soon } from './soon.ts';

/** Who of those in line is next; `last` where those who came first may have given up long ago. */
export type Next = 'first' | 'last';

/** A bounded number of things at once; the rest wait in line, first come first served unless `next` says otherwise. */
export function createSlots(
  limit: number,
  next: Next = 'first',
): { run<T>(task: () => Soon<T>): Promise<T>; waiting(): number } {
  const line: (() => void)[] = [];
  let busy = 0;
  return {
    waiting: () => line.length,
    async run(task) {
      if (busy >= limit) await new Promise<void>((resolve) => line.push(resolve));
      else busy++;
      try {
        return await task();
      } finally {
        // The place is handed on, so that nobody slips in between.
        const follower = next === 'first' ? line.shift() : line.pop();
        if (follower) follower();
        else busy--;
      }
    },
  };
}
