/** Settings that may change while the process runs. */

/** A value, or where to ask for it whenever it is needed. */
export type Rotating<Value> = Value | (() => Value);

/** What is made of a value that may change; made once for each that is given. */
export function rotating<Value extends object, Made>(
  given: Rotating<Value>,
  make: (value: Value) => Made,
): () => Made {
  const source = typeof given === 'function' ? given : () => given;
  let from = source();
  let made = make(from);
  return () => {
    const value = source();
    if (value !== from) {
      made = make(value);
      from = value;
    }
    return made;
  };
}
