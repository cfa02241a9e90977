/**
 * Values that may be there already. Most are, many times a signup, and a promise for each would cost
 * more than to work it out.
 */

/** A value, or a promise of one. */
export type Soon<Value> = Value | Promise<Value>;

/** What `use` makes of a value: at once where it is there. */
export function whenThere<Value, Made>(value: Soon<Value>, use: (value: Value) => Soon<Made>): Soon<Made> {
  return isPromise(value) ? value.then(use) : use(value);
}

/** Known by what it can do: in a context of its own, as test runners make, what the platform promises is no `Promise`. */
function isPromise<Value>(value: Soon<Value>): value is Promise<Value> {
  return typeof (value as { then?: unknown } | null | undefined)?.then === 'function';
}
