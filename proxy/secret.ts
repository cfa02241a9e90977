/**
 * A value that must never be shown. Whatever prints it (string conversion, JSON, inspection) sees
 * "[secret]", and a structured clone is empty; only `reveal()` gives it, and few files call that.
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

  /** Node, Bun and Deno all ask for this symbol before they print. */
  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return '[secret]';
  }
}
