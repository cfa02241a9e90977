/**
 * Finds secrets in bytes: each in every form of leak-forms.ts, whole or in pieces, in what is packed
 * too. One pass over each place, whatever the number of secrets.
 */
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { formsOf, splitNeedles, stripped } from './leak-forms.ts';

/** Named bytes to look through. */
export type Places = Readonly<Record<string, Buffer>>;

/** Secrets by name. Each must be long enough to be unmistakable. */
export type Secrets = Readonly<Record<string, string | Buffer>>;

type Needle = { bytes: Buffer; leak: string };

const PREFIX = 8;
const BITS = 22;

/** Needles by a hash of their first bytes, and one bit for each hash that there is. */
class Finder {
  readonly #byHash = new Map<number, Needle[]>();
  readonly #bits = new Uint8Array(1 << (BITS - 3));

  constructor(needles: readonly Needle[]) {
    for (const needle of needles) {
      const hash = hashAt(needle.bytes, 0);
      this.#bits[hash >>> 3] = (this.#bits[hash >>> 3] ?? 0) | (1 << (hash & 7));
      const others = this.#byHash.get(hash);
      if (others) others.push(needle);
      else this.#byHash.set(hash, [needle]);
    }
  }

  /** Adds to `found` what leaks in `text`. */
  search(text: Buffer, found: Set<string>): void {
    const bits = this.#bits;
    for (let at = 0; at + PREFIX <= text.length; at++) {
      const hash = hashAt(text, at);
      if (((bits[hash >>> 3] as number) & (1 << (hash & 7))) === 0) continue;
      for (const { bytes, leak } of this.#byHash.get(hash) ?? [])
        if (text.subarray(at, at + bytes.length).equals(bytes)) found.add(leak);
    }
  }
}

function hashAt(text: Buffer, at: number): number {
  let hash = 0;
  for (let index = 0; index < PREFIX; index++)
    hash = Math.imul(hash, 0x01000193) ^ (text[at + index] as number);
  return (hash ^ (hash >>> BITS)) & ((1 << BITS) - 1);
}

/** The bytes, and what is in them where they are compressed: a file, or the body of an HTTP answer. */
function views(place: string, bytes: Buffer): Buffer[] {
  const end = bytes.indexOf('\r\n\r\n');
  const head = end < 0 ? '' : bytes.toString('latin1', 0, end).toLowerCase();
  const body = head.startsWith('http/1.1') ? bytes.subarray(end + 4) : bytes;
  const brotli = place.endsWith('.br') || /^content-encoding: br/m.test(head);
  const gzip = body.length > 2 && body.readUInt16BE(0) === 0x1f8b;
  return [bytes, ...(brotli ? [brotliDecompressSync(body)] : []), ...(gzip ? [gunzipSync(body)] : [])];
}

/** Every leak in places: which secret, in which form, in which place. */
export type Sweep = (places: Places) => string[];

/** A sweep for these secrets. Throws for one that chance could write. */
export function createSweep(secrets: Secrets): Sweep {
  const needles: Needle[] = [];
  const split: Needle[] = [];
  for (const [name, secret] of Object.entries(secrets)) {
    if (secret.length < 12) throw new TypeError(`${name} is too short to be told from chance`);
    for (const form of formsOf(secret))
      for (const needle of form.needles)
        needles.push({ bytes: Buffer.from(needle, 'latin1'), leak: `${name}, ${form.name}` });
    for (const needle of splitNeedles(secret))
      split.push({ bytes: Buffer.from(needle, 'latin1'), leak: `${name}, split` });
  }
  const finder = new Finder(needles);
  const splitFinder = new Finder(split);
  return (places) =>
    Object.entries(places).flatMap(([place, bytes]) => {
      const found = new Set<string>();
      for (const view of views(place, bytes)) {
        finder.search(view, found);
        splitFinder.search(stripped(view), found);
      }
      return [...found].map((leak) => `${leak}, in ${place}`);
    });
}

/** The same, once. */
export function sweep(places: Places, secrets: Secrets): string[] {
  return createSweep(secrets)(places);
}
