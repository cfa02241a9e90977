/**
 * The partner key while it may change. Hashes that are stored or handed out derive from it, so the
 * key before the present one is remembered: what was made under it is still recognised.
 */
import { keyedHash, type Hashing, type KeyedHash } from './keys.ts';
import { Secret } from './secret.ts';
import type { Soon } from './soon.ts';

/** The partner key of one process. */
export type KeyRing = {
  /** The key to send. */
  current(): Secret;
  /** The one before; null when this process knows of none. */
  former(): Secret | null;
  /** Kelviq did not take `used`. Resolves when the source was looked at again; true when the key is another one now. */
  refused(used: Secret): Promise<boolean>;
};

/**
 * A key ring. `source` gives the present key and is asked whenever one is needed; `lookAgain` gives
 * it the chance to find another one.
 */
export function createKeyRing(
  source: () => string | Secret,
  lookAgain: () => Promise<void> = async () => undefined,
): KeyRing {
  let held = secretOf(source());
  let before: Secret | null = null;

  function current(): Secret {
    const found = source();
    const value = typeof found === 'string' ? found : found.reveal();
    if (value !== held.reveal()) {
      before = held;
      held = secretOf(found);
    }
    return held;
  }

  return {
    current,
    former: () => before,
    async refused(used) {
      await lookAgain();
      return current() !== used;
    },
  };
}

function secretOf(value: string | Secret): Secret {
  return typeof value === 'string' ? new Secret(value) : value;
}

/** A hash under the present key; `former` is the same value under the one before, null where there is none. */
export type RotatingHash = KeyedHash & { former(value: string): Soon<string | null> };

/** A `RotatingHash` for one purpose. */
export function rotatingHash(ring: KeyRing, purpose: string, hashing: Hashing): RotatingHash {
  const hashes = new WeakMap<Secret, KeyedHash>();

  function under(key: Secret): KeyedHash {
    const known = hashes.get(key) ?? keyedHash(key, purpose, hashing);
    hashes.set(key, known);
    return known;
  }

  return Object.assign((value: string) => under(ring.current())(value), {
    former(value: string) {
      const key = ring.former();
      return key && under(key)(value);
    },
  });
}
