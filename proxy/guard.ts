/** Looks at each answer as it is about to leave, head and body; one that holds a secret becomes a 500. */
import type { MiddlewareHandler } from 'hono';
import { newRequestId, wear, type GateEnv } from './gate.ts';
import type { Log } from './log.ts';
import { problem } from './problem.ts';
import type { Tripwire } from './tripwire.ts';
import { allOf } from './written.ts';

/** The guard of an app; whatever may change an answer stands behind it. */
export function guard(tripwire: Tripwire, log: Log): MiddlewareHandler<GateEnv> {
  return async (c, next) => {
    await next();
    if (!tripwire.holds(await allOf(c.res))) return;
    if (!c.get('requestId')) c.set('requestId', newRequestId());
    const requestId = c.get('requestId');
    log('error', 'secret_withheld', { requestId, hint: 'An answer held a secret.' });
    if (tripwire.holds(Object.values(c.get('cors') ?? {}).join('\n'))) c.set('cors', {});
    c.set('code', 'internal_error');
    c.res = undefined;
    c.res = problem('internal_error', requestId);
    wear(c);
  };
}
