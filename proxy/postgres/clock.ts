/**
 * The clock of the database's server. All replicas go by it: their own may be a minute apart, and a
 * lease that one of them gives would be over for another at once.
 */

/** The server's clock, as it was last seen. */
export type ServerClock = {
  /** How far it is ahead of this machine's, in milliseconds. */
  aheadMs(): number;
  /** Asks for rows, of which the first ends with the server's time, and takes note of it. */
  seen(ask: () => Promise<unknown[][]>): Promise<unknown[][]>;
};

/** A server's clock beside this machine's, which is `now`. */
export function serverClock(now: () => number): ServerClock {
  let aheadMs = 0;
  return {
    aheadMs: () => aheadMs,
    async seen(ask) {
      const asked = now();
      const rows = await ask();
      const time = Number(rows[0]?.at(-1));
      // It was read somewhere on the way: what is known stands as far as that allows.
      aheadMs = Math.min(Math.max(aheadMs, time - now()), time - asked);
      return rows;
    },
  };
}
