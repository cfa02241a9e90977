/**
 * Why a store cannot be used, in words for the person at the terminal. An engine's own errors may
 * quote a row, an address or a password; what stands here is made of fixed words and a code.
 */
import { errorFrames, type LogFields } from './log.ts';

/** A store that fails, and why; the message is for people. */
export class StoreFailure extends Error {
  override readonly name = 'StoreFailure';
  /** Short code for logs and tests: a SQLSTATE, a code of the system, or a word of the engine's. */
  readonly code: string;

  constructor(code: string, words: string) {
    super(words);
    this.code = code;
  }
}

/** What a log line says of a store that failed: a `StoreFailure`'s words are fit to be read. */
export function failureFields(error: unknown): Pick<LogFields, 'error' | 'hint'> {
  return { error: errorFrames(error), ...(error instanceof StoreFailure && { hint: error.message }) };
}
