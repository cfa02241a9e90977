/** One try for all who ask at once. */

/** The try that stands; `latest` is it, or null before the first and after a failure. */
export type SharedTry<Made, Args extends unknown[]> = {
  made(...args: Args): Promise<Made>;
  latest(): Promise<Made> | null;
};

/** Calls `make` once, and everybody gets what it gave; after a rejection whoever asks next tries again. */
export function sharedTry<Made, Args extends unknown[]>(
  make: (...args: Args) => Promise<Made>,
): SharedTry<Made, Args> {
  let latest: Promise<Made> | null = null;
  return {
    made: (...args) =>
      (latest ??= make(...args).catch((error: unknown) => {
        latest = null;
        throw error;
      })),
    latest: () => latest,
  };
}
