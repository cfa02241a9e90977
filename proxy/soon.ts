/**
 * Values that may be there already. Most are, many times a signup, and a promise for each would cost
 * more than to work it out.
 */

/** A value, or a promise of one. */
export type Soon<Value> = Value | Promise<Value>;

/** What `use` makes of a value: at once where it is there. */
export function whenThere<Value, Made>(value: Soon<Value>, use: (value: Value) => Soon<Made>): Soon<Made> {
  return value instanceof Promise ? value.then(use) : use(value);
}
