/**
 * Why a store cannot be used, in words for the person at the terminal. An engine's own errors may
 * quote a row, an address or a password; what stands here is made of fixed words and a code.
 */
import type { Environment } from './limits.ts';

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

/**
 * The rows are sandbox's and the server is production's, or the other way round: whoever has signed up
 * there would be told of an organization that is not here, and never get one.
 */
export class OtherEnvironment extends StoreFailure {
  constructor(stored: string, asked: Environment) {
    super('other_environment', `it holds the signups of ${stored}, and the environment here is ${asked}`);
  }
}

/** Throws where the rows are those of another environment than `asked`; nobody may have said yet whose they are. */
export function checkEnvironment(stored: unknown, asked: Environment): void {
  if (typeof stored === 'string' && stored !== asked) throw new OtherEnvironment(stored, asked);
}

/**
 * Throws where tables of schema `version` are not for this release, which knows `known`: a newer one made
 * them, or an older one did and a `guest` asks. A server of that release may run on them, and would take no
 * signup any more, or never start again, once they were brought up to date. Where there are none, 0 is fine.
 */
export function checkSchema(version: number, known: number, guest?: 'guest'): void {
  const age = version > known ? 'newer' : guest && version > 0 && version < known ? 'older' : null;
  if (age)
    throw new StoreFailure(
      `${age}_schema`,
      `the database has schema ${version}, made by ${age === 'newer' ? 'a newer' : 'an older'} release; this one knows ${known}`,
    );
}
