const AT_ONCE = 64;

/**
 * Does `one` with each of `items`, in their order and a few at a time: of thousands of connections at
 * once a busy machine leaves some without an answer.
 */
export async function inTurns<T>(items: Iterable<T>, one: (item: T) => Promise<unknown>): Promise<void> {
  const left = items[Symbol.iterator]();
  const lane = async () => {
    for (let next = left.next(); !next.done; next = left.next()) await one(next.value);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, lane));
}
