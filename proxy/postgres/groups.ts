/**
 * Group commit over a wire: what is asked while the server is busy waits, and is asked together in
 * one statement, which is one round trip and one commit for all of it.
 */
import type { Limits } from './pool.ts';
import { StoreFailure } from '../store-failure.ts';

/** Statements of one kind under way at once: more would make groups smaller. */
const MOST_UNDER_WAY = 2;
const MOST_IN_GROUP = 256;
/** How long a patient operation waits for company. */
const PATIENCE_MS = 5;
/** Operations of one group end together, so their own ends are no further apart. */
const ENDS_APART_MS = 500;
/** One that takes so long waits for a lock or hangs, and no longer keeps others waiting. */
const SLOW_MS = 250;

/** How a kind of operations is asked together. */
export type GroupOptions<Item, Result> = {
  /** Asks a group; a result for each of `items`, in their order. */
  ask: (items: readonly Item[], limits: Limits) => Promise<readonly Result[]>;
  /** What an operation touches; two that touch the same are asked in different groups. */
  touches: (item: Item) => readonly string[];
};

type Waiting<Item, Result> = {
  item: Item;
  limits: Limits;
  resolve: (result: Result) => void;
  reject: (error: unknown) => void;
};

/**
 * Asks operations of one kind in groups. None joins a group that has been sent, so each sees what was
 * committed before it was asked. A group is one transaction: it rejects for all that are in it.
 */
export function inGroups<Item, Result>({ ask, touches }: GroupOptions<Item, Result>) {
  let line: Waiting<Item, Result>[] = [];
  let underWay = 0;
  /** Ends the patience of those in line; null when nobody waits for company. */
  let alarm: NodeJS.Timeout | null = null;

  /** Takes the next group out of the line. */
  function take(): Waiting<Item, Result>[] {
    const group: Waiting<Item, Result>[] = [];
    const touched = new Set<string>();
    const left: Waiting<Item, Result>[] = [];
    for (const waiting of line) {
      const places = touches(waiting.item);
      const apart = Math.abs(waiting.limits.until - (group[0] ?? waiting).limits.until) > ENDS_APART_MS;
      const fits = group.length < MOST_IN_GROUP && !apart && !places.some((place) => touched.has(place));
      (fits ? group : left).push(waiting);
      // Who stays behind keeps its place in line before who comes later for the same.
      for (const place of places) touched.add(place);
    }
    line = left;
    return group;
  }

  async function send(group: readonly Waiting<Item, Result>[]): Promise<void> {
    const items = group.map(({ item }) => item);
    const earliest = (limit: keyof Limits) => Math.min(...group.map(({ limits }) => limits[limit]));
    try {
      const results = await ask(items, { sentBy: earliest('sentBy'), until: earliest('until') });
      for (const [index, { resolve }] of group.entries()) resolve(results[index] as Result);
    } catch (error) {
      for (const { reject } of group) reject(error);
    }
  }

  /** Rejects those whose time is up; nothing of theirs was sent. */
  function dismiss(): void {
    const now = performance.now();
    if (!line.some(({ limits }) => limits.sentBy <= now)) return;
    for (const { limits, reject } of line)
      if (limits.sentBy <= now) reject(new StoreFailure('ETIMEDOUT', 'the database does not answer'));
    line = line.filter(({ limits }) => limits.sentBy > now);
  }

  /** Sends one group after the other; one that is slow leaves the rest to others. */
  async function work(): Promise<void> {
    const own = { slow: false };
    underWay++;
    for (dismiss(); line.length > 0 && !own.slow; dismiss()) {
      if (alarm !== null) clearTimeout(alarm);
      alarm = null;
      const timer = setTimeout(() => {
        own.slow = true;
        underWay--;
        void work();
      }, SLOW_MS);
      await send(take());
      clearTimeout(timer);
    }
    if (!own.slow) underWay--;
  }

  function begin(): void {
    if (underWay < MOST_UNDER_WAY) void work();
  }

  /**
   * Joins the next group, in time. One that is `patient` lets others begin it, for a
   * few milliseconds.
   */
  return (item: Item, limits: Limits, patience?: 'patient'): Promise<Result> =>
    new Promise((resolve, reject) => {
      line.push({ item, limits, resolve, reject });
      if (patience === undefined) begin();
      else {
        alarm ??= setTimeout(() => {
          alarm = null;
          begin();
        }, PATIENCE_MS);
      }
    });
}
