/** The codes of failures: those of the proxy's problems, and the widget's own. */
import type { ProblemCode } from '../proxy/limits.ts';

/** Codes of the widget's own, for failures that no server answered for; their `status` is null. */
export type OwnCode =
  | 'network_failed'
  | 'timed_out'
  | 'endpoint_missing'
  | 'endpoint_invalid'
  | 'insecure_context';

/** Every code that `kelviq-error` and `element.error` may carry. */
export type ErrorCode = ProblemCode | OwnCode;
