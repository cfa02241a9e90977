/**
 * Why a store cannot be used, in words for the person at the terminal. An engine's own errors may
 * quote a row, an address or a password; what stands here is made of fixed words and a code.
 */
export class StoreFailure extends Error {
  override readonly name = 'StoreFailure';
  /** Short code for logs and tests: a SQLSTATE, a code of the system, or a word of the engine's. */
  readonly code: string;

  constructor(code: string, words: string) {
    super(words);
    this.code = code;
  }
}
