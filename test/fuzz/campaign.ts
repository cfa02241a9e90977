/**
 * Many values from one seed, a batch at a time. The value that fails is made as small as it can be by
 * fast-check, and the message says how to have it again: a batch has a seed of its own.
 */
import * as fc from 'fast-check';

/** How to go about it: `count` values, `batch` of them together, `lanes` at a time. */
export type Campaign<Value> = {
  name: string;
  arbitrary: fc.Arbitrary<Value>;
  seed: number;
  count: number;
  batch: number;
  lanes: number;
  /** Tries one value in lane 0, 1, …; rejects when it finds a fault. */
  attempt: (value: Value, lane: number) => Promise<void>;
  /** After each batch, with how many were tried so far. */
  paused?: (tried: number) => Promise<void>;
};

/** Runs it. Rejects with an `Error` at the first fault. */
export async function campaign<Value>(options: Campaign<Value>): Promise<number> {
  const { arbitrary, count, batch, lanes, attempt, paused = async () => undefined } = options;
  let tried = 0;
  for (let round = 0; tried < count; round++) {
    const seed = (Math.imul(options.seed, 0x9e3779b1) + round) | 0;
    const values = fc.sample(arbitrary, { seed, numRuns: batch });
    const waiting = [...values.entries()].toReversed();
    const faults: { index: number; fault: unknown }[] = [];
    await Promise.all(
      Array.from({ length: lanes }, async (_, lane) => {
        for (let next = waiting.pop(); next && faults.length === 0; next = waiting.pop()) {
          const [index, value] = next;
          await attempt(value, lane).catch((fault: unknown) => faults.push({ index, fault }));
        }
      }),
    );
    const [first] = faults;
    if (first) throw await smallest(options, seed, first.index, values[first.index], first.fault);
    tried += batch;
    await paused(tried);
  }
  return tried;
}

async function smallest<Value>(
  { name, arbitrary, seed: began, attempt }: Campaign<Value>,
  seed: number,
  index: number,
  value: Value | undefined,
  fault: unknown,
): Promise<Error> {
  const again = await fc.check(
    fc.asyncProperty(arbitrary, (one) => attempt(one, 0)),
    { seed, path: String(index), interruptAfterTimeLimit: 20_000, markInterruptAsFailure: false },
  );
  const [least] = again.counterexample ?? [value];
  return new Error(
    `${name}, seed ${began}: ${(fault as Error).message}\nvalue ${index} of seed ${seed}${again.failed ? ', made smaller' : ', alone it does nothing'}: ${fc.stringify(least).slice(0, 3000)}\nfault: ${again.failed ? ((again.errorInstance as Error | null)?.message ?? '') : ''}`,
    { cause: fault },
  );
}
