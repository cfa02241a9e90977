/**
 * Proof of work before a new signup: ALTCHA challenges that are bound to one customer, kept nowhere
 * until they are spent, and spent once. What is signed with depends on the partner key and the
 * customer, so all replicas agree and another customer's solution is a wrong signature.
 */
import { createChallenge, randomInt, verifySolution } from 'altcha-lib';
import { deriveKey } from 'altcha-lib/algorithms/web/pbkdf2';
import * as z from './zod.ts';
import type { Clock } from './clock.ts';
import type { Challenge } from './contract.ts';
import type { Identity } from './identity.ts';
import type { RotatingHash } from './key-ring.ts';
import type { Row } from './row.ts';
import { createSlots } from './slots.ts';
import type { Charge } from './store.ts';

const ALGORITHM = 'PBKDF2/SHA-256';
/** Iterations of one try, about a millisecond: less, and a browser's overhead outweighs the work. */
const COST = 5000;
const LIFE_MS = 300_000;
/** A spent challenge is remembered until no replica's clock would take it any more. */
const REMEMBER_MS = 2 * LIFE_MS;
/**
 * Made at once. Each takes milliseconds on a thread that files and DNS share; a crowd that asks waits in
 * line, and who came last is next: whoever floods it makes others wait no longer than a few of them take.
 */
const AT_ONCE = 2;
const KEY = 'challenge:';

/** Who has to do the work: everybody, customers of open sign-up, or nobody. */
export type ChallengeFor = 'everybody' | 'open' | 'nobody';

/** The challenges of one proxy. */
export type Challenges = {
  /** Whether the next new attempt of this customer, who may have a row, needs a solved challenge. */
  needed(customer: Identity, row: Row | null): boolean;
  make(customer: Identity): Promise<Challenge>;
  /** What has to be charged to spend a solved challenge; null when it is not this customer's, wrong or expired. */
  charge(customer: Identity, solved: string | null): Promise<Charge | null>;
};

/** Whether `charge` is a challenge that is being spent. */
export function isChallenge({ key }: Charge): boolean {
  return key.startsWith(KEY);
}

/** What is read before anything is proved; the signature vouches for the rest. */
const solvedSchema = z.object({
  challenge: z.object({
    parameters: z.looseObject({
      algorithm: z.literal(ALGORITHM),
      cost: z.number(),
      expiresAt: z.number(),
      keyLength: z.number(),
      keyPrefix: z.string(),
      keySignature: z.string(),
      nonce: z.string(),
      salt: z.string(),
    }),
    signature: z.string(),
  }),
  solution: z.object({ counter: z.number(), derivedKey: z.string() }),
});

/** Challenges that take `difficulty` tries on average. `hash` and `keyHash` are of two purposes. */
export function createChallenges(options: {
  who: ChallengeFor;
  difficulty: number;
  hash: RotatingHash;
  keyHash: RotatingHash;
  clock: Clock;
}): Challenges {
  const { who, difficulty, clock } = options;
  const slots = createSlots(AT_ONCE, 'last');

  async function secrets({ externalId }: Identity) {
    return {
      hmacSignatureSecret: await options.hash(externalId),
      hmacKeySignatureSecret: await options.keyHash(externalId),
    };
  }

  /** Those under the partner key before this one: what was made under it can still be solved. */
  async function formerSecrets({ externalId }: Identity) {
    const [hmacSignatureSecret, hmacKeySignatureSecret] = [
      await options.hash.former(externalId),
      await options.keyHash.former(externalId),
    ];
    return hmacSignatureSecret === null || hmacKeySignatureSecret === null
      ? null
      : { hmacSignatureSecret, hmacKeySignatureSecret };
  }

  return {
    needed: (customer, row) =>
      (who === 'everybody' || (who === 'open' && customer.open)) && (row === null || row.state === 'refused'),

    async make(customer) {
      const made = await slots.run(async () =>
        createChallenge({
          algorithm: ALGORITHM,
          cost: COST,
          // From 0, where a solver begins, so that the mean is the difficulty.
          counter: randomInt(2 * difficulty - 1, 0),
          deriveKey,
          expiresAt: Math.floor((clock.now() + LIFE_MS) / 1000),
          ...(await secrets(customer)),
        }),
      );
      return made as Challenge;
    },

    async charge(customer, solved) {
      const { challenge, solution } = readSolved(solved) ?? {};
      if (!challenge || !solution || challenge.parameters.expiresAt * 1000 < clock.now()) return null;
      const proved = { challenge, solution, deriveKey };
      let { verified } = await verifySolution({ ...proved, ...(await secrets(customer)) });
      const former = verified ? null : await formerSecrets(customer);
      if (former) ({ verified } = await verifySolution({ ...proved, ...former }));
      if (!verified) return null;
      return { key: `${KEY}${challenge.parameters.nonce}`, attempts: 1, windowMs: REMEMBER_MS };
    },
  };
}

function readSolved(solved: string | null): z.output<typeof solvedSchema> | null {
  if (solved === null) return null;
  try {
    return solvedSchema.parse(JSON.parse(atob(solved)));
  } catch {
    return null;
  }
}
