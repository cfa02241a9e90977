import type { Soon } from './soon.ts';

/** A bounded number of things at once; the rest wait in line, first come first served. */
export function createSlots(limit: number): { run<T>(task: () => Soon<T>): Promise<T> } {
  const line: (() => void)[] = [];
  let busy = 0;
  return {
    async run(task) {
      if (busy >= limit) await new Promise<void>((resolve) => line.push(resolve));
      else busy++;
      try {
        return await task();
      } finally {
        // The place is handed on, so that nobody slips in between.
        const follower = line.shift();
        if (follower) follower();
        else busy--;
      }
    },
  };
}
