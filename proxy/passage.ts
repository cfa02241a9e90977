/**
 * What every request passes on its way in and every answer on its way out, as one middleware: each one
 * of its own would cost several promises, and as many again where the app is mounted.
 */
import type { Context, MiddlewareHandler } from 'hono';

/** Values a request carries on its way through; `cors` goes onto whatever is answered. */
export type GateEnv = {
  Variables: {
    requestId: string;
    /** Milliseconds since the epoch; an app around this one may well have a `startedAt` of its own. */
    onboardingStartedAt: number;
    cors: Readonly<Record<string, string>>;
    code: string;
  };
};

/** One stop on the way. */
export type Station = {
  /** Before there is an answer: says nothing, answers by itself, or throws. */
  enter?(c: Context<GateEnv>): Response | void;
  /** Once `c.res` is the answer, of every request that has entered here. */
  leave?(c: Context<GateEnv>): Promise<void> | void;
};

/** Passes `stations` in their order, and in reverse on the way out; `failed` answers what one of them throws. */
export function passage(
  stations: readonly Station[],
  failed: (error: unknown, c: Context<GateEnv>) => Response = rethrow,
): MiddlewareHandler<GateEnv> {
  return async (c, next) => {
    let entered = 0;
    try {
      let early: Response | void = undefined;
      for (; !early && entered < stations.length; entered++) early = stations[entered]?.enter?.(c);
      if (early) c.res = early;
      else await next();
    } catch (error) {
      c.res = failed(error, c);
    }
    while (entered > 0) {
      const leaving = stations[--entered]?.leave?.(c);
      if (leaving) await leaving;
    }
  };
}

function rethrow(error: unknown): never {
  throw error;
}
