/** What a run of tests came to, gathered over every kind of test. */

/** Counts and the failures' text. */
export class Outcome {
  passed = 0;
  failed = 0;
  readonly #write: (text: string) => void;

  constructor(write: (text: string) => void) {
    this.#write = write;
  }

  /** Counts one test that passed. */
  pass(): void {
    this.passed++;
  }

  /** Counts one failure and writes its name and reason at once. */
  fail(name: string, reason: unknown): void {
    this.failed++;
    const text = reason instanceof Error ? (reason.stack ?? reason.message) : String(reason);
    this.#write(`\nFAIL ${name}\n${text.replace(/^/gm, '  ')}\n`);
  }

  /** Progress for people. */
  note(text: string): void {
    this.#write(`${text}\n`);
  }

  /** The closing line. */
  toString(): string {
    return `${this.passed} passed, ${this.failed} failed`;
  }
}
