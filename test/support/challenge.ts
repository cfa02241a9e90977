/** Solves challenges as a browser does, on nothing but the platform: the other side of the wire. */
import type { Challenge, SolvedChallenge } from '../../proxy/contract.ts';

const bytesOf = (hex: string) => Uint8Array.from(hex.match(/../g) ?? [], (byte) => Number.parseInt(byte, 16));

const hexOf = (bytes: Uint8Array) => [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');

/** The first counter that solves `challenge`, and its key. */
export async function solve({ parameters }: Challenge): Promise<SolvedChallenge['solution']> {
  const { nonce, salt, cost, keyLength, keyPrefix } = parameters;
  const password = new Uint8Array(20);
  password.set(bytesOf(nonce));
  for (let counter = 0; ; counter++) {
    new DataView(password.buffer).setUint32(16, counter);
    const key = await crypto.subtle.importKey('raw', password, 'PBKDF2', false, ['deriveBits']);
    const how = { name: 'PBKDF2', hash: 'SHA-256', salt: bytesOf(salt), iterations: cost };
    const derivedKey = hexOf(new Uint8Array(await crypto.subtle.deriveBits(how, key, keyLength * 8)));
    if (derivedKey.startsWith(keyPrefix)) return { counter, derivedKey };
  }
}

/** The `challenge` member of the POST. */
export function payloadOf(solved: unknown): string {
  return btoa(JSON.stringify(solved));
}

/** `challenge`, solved, as the `challenge` member of the POST. */
export async function solvedPayload(challenge: Challenge): Promise<string> {
  return payloadOf({ challenge, solution: await solve(challenge) } satisfies SolvedChallenge);
}
