/** Looks at each answer as it is about to leave, head and body; one that holds a secret becomes a 500. */
import type { Context } from 'hono';
import { newRequestId, wear } from './gate.ts';
import type { Log } from './log.ts';
import type { GateEnv, Station } from './passage.ts';
import { problem } from './problem.ts';
import { whenThere } from './soon.ts';
import type { Tripwire } from './tripwire.ts';
import { allOf, echoOf } from './written.ts';

/** The guard of an app; whatever may change an answer stands behind it. */
export function guard(tripwire: Tripwire, log: Log): Station {
  function withhold(c: Context<GateEnv>): void {
    if (!c.get('requestId')) c.set('requestId', newRequestId());
    const requestId = c.get('requestId');
    log('error', 'secret_withheld', { requestId, hint: 'An answer held a secret.' });
    if (tripwire.holds(Object.values(c.get('cors') ?? {}).join('\n'))) c.set('cors', {});
    c.set('code', 'internal_error');
    c.res = undefined;
    c.res = problem('internal_error', requestId);
    wear(c);
  }

  return {
    leave: (c) =>
      whenThere(allOf(c.res), (said) => {
        if (tripwire.holds(said, echoOf(c.res))) withhold(c);
      }),
  };
}
