/** Proof of work as the proxy asks for it: bound to a customer, good for one signup, and not for ever. */
import { time, type Request } from './stage.ts';

/** The challenges of one sequence. */
export type Challenges = ReturnType<typeof createChallenges>;

const GOOD_MS = 300_000;
const PARAMETERS = { nonce: '00', salt: '00', cost: 1, keyLength: 32, keyPrefix: '00' };

/** What a signup proves to have solved; null without a proof. */
export function provedBy({ body }: Request): string | null {
  if (!body?.challenge) return null;
  return (JSON.parse(atob(body.challenge)) as { challenge: { signature: string } }).challenge.signature;
}

/** Whom a challenge was given to. */
export const takerOf = (signature: string): string => signature.split(' ')[0]!;

/** No challenge is asked for yet. */
export function createChallenges() {
  let isAsked = false;
  let wereAsked = false;
  let given = 0;
  const goodUntil = new Map<string, number>();
  const refused = new Set<string>();

  return {
    isAsked: () => isAsked,
    /** Whether they are asked for, or were. */
    wereAsked: () => wereAsked,

    /** Whether a proof was refused before. */
    isRefused: (signature: string): boolean => refused.has(signature),

    /** The partner turns it on or off. */
    turn(isOn: boolean): void {
      isAsked = isOn;
      wereAsked ||= isOn;
    },

    /** A fresh challenge for a customer. */
    give(externalId: string): object {
      const signature = `${externalId} ${++given}`;
      goodUntil.set(signature, time() + GOOD_MS);
      return { parameters: PARAMETERS, signature };
    },

    /** Ends every challenge before its time. */
    endAll: () => goodUntil.clear(),

    /** Takes the proof of a signup; false where it is none. */
    spend(request: Request, externalId: string): boolean {
      if (!isAsked) return true;
      const signature = provedBy(request);
      if (signature === null) return false;
      const isGood = takerOf(signature) === externalId && goodUntil.get(signature)! > time();
      goodUntil.delete(signature);
      if (!isGood) refused.add(signature);
      return isGood;
    },
  };
}
