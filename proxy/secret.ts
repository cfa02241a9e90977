/**
 * A value that must never be shown. Whatever prints it (string conversion, JSON, inspection,
 * structured clone) sees "[secret]"; only `reveal()` gives it, and few files call that.
 */
export class Secret {
  readonly #value: string;

  constructor(value: string) {
    this.#value = value;
  }

  /** The value itself, for the one place that sends or signs with it. */
  reveal(): string {
    return this.#value;
  }

  toString(): string {
    return '[secret]';
  }

  toJSON(): string {
    return '[secret]';
  }

  [Symbol.toPrimitive](): string {
    return '[secret]';
  }

  /** What `util.inspect` and `console.log` of Node, Bun and Deno print. */
  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return '[secret]';
  }
}
