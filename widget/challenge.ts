/**
 * Proof of work: what makes a thousand signups by a machine dear, and one by a person a moment. It is
 * solved on the platform's own PBKDF2, try after try, and each try ends outside the page's thread, so
 * that nothing freezes: no worker, no library, no third party. Knows nothing of requests.
 */
import type { Challenge } from '../proxy/contract.ts';
import { ports } from './ports.ts';

/** Longer than any proxy asks of the slowest phone; the POST then goes without, and says why it may not. */
const PATIENCE_MS = 60_000;

const bytesOf = (hex: string) => Uint8Array.from(hex.match(/../g)!, (pair) => parseInt(pair, 16));
const hexOf = (number: number, digits: number) => number.toString(16).padStart(digits, '0');

/**
 * The `challenge` member of the POST: base64 of the challenge with its solution (`SolvedChallenge` of
 * the contract); undefined when `signal` ends it or it takes too long. Rejects on what is no challenge.
 */
export async function solve(challenge: Challenge, signal: AbortSignal): Promise<string | undefined> {
  const { nonce, salt, cost, keyLength, keyPrefix } = challenge.parameters;
  const until = ports.clock.now() + PATIENCE_MS;
  for (let counter = 0; !signal.aborted && ports.clock.now() < until; counter++) {
    const password = bytesOf(nonce + hexOf(counter, 8));
    const key = await crypto.subtle.importKey('raw', password, 'PBKDF2', false, ['deriveBits']);
    const how = { name: 'PBKDF2', hash: 'SHA-256', salt: bytesOf(salt), iterations: cost };
    const bits = await crypto.subtle.deriveBits(how, key, keyLength * 8);
    const derivedKey = Array.from(new Uint8Array(bits), (byte) => hexOf(byte, 2)).join('');
    if (derivedKey.startsWith(keyPrefix))
      return btoa(JSON.stringify({ challenge, solution: { counter, derivedKey } }));
  }
  return undefined;
}
