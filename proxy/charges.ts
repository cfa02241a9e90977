/**
 * What a new attempt is charged to: the mailbox it would reach, and whoever asks. That is a customer whom
 * the partner knows, or else the address it comes from, and a budget that all strangers share, so that no
 * number of addresses wears out the partner key. Keys are keyed hashes: the store says of nobody where
 * they were.
 */
import { canonicalAddress } from './address.ts';
import { canonicalEmail, type KeyedHash } from './keys.ts';
import type { Identity } from './identity.ts';
import { mailboxOf } from './mailbox.ts';
import type { Charge } from './store.ts';

/** The budget of all strangers together, in limits of one address: 2,000 in 10 minutes by default. */
const BUDGET_ADDRESSES = 200;
/** The budget is kept in so many parts, because everybody who charges one row waits for the other. */
const BUDGET_PARTS = 8;

/** At most `attempts` new signups in `windowMs` milliseconds. */
export type RateLimit = { attempts: number; windowMs: number };

/** What is limited unless somebody says otherwise, and how many e-mails a customer whom the partner knows may try. */
export const USUAL_LIMITS = {
  address: { attempts: 10, windowMs: 600_000 },
  email: { attempts: 5, windowMs: 3_600_000 },
  customer: { attempts: 10, windowMs: 600_000 },
} as const satisfies Record<string, RateLimit>;

/** Limits as a refusal names them; `budget` is not the customer's own. */
export type Policy = 'email' | 'address' | 'customer' | 'budget';

/** Who opens an attempt; `address` is null where it is not known. */
export type Opener = { identity: Identity; email: string; address: string | null };

/** Which of the limits a charge belongs to. */
export function policyOf({ key }: Pick<Charge, 'key'>): Policy {
  const policies = ['email', 'customer', 'budget'] as const;
  return policies.find((policy) => key.startsWith(`${policy}:`)) ?? 'address';
}

/**
 * Tells what an attempt is charged to; a limit of null is off, and with that of addresses the budget and
 * that of customers.
 */
export function createCharges(options: {
  rateLimit: RateLimit | null;
  rateLimitEmail: RateLimit | null;
  emailHash: KeyedHash;
  addressHash: KeyedHash;
  customerHash: KeyedHash;
  random: () => number;
}): (opener: Opener) => Promise<Charge[]> {
  const { rateLimit, rateLimitEmail, emailHash, addressHash, customerHash, random } = options;

  return async ({ identity, email, address }) => {
    const charges: Charge[] = [];
    if (rateLimit && address !== null) {
      const counted = canonicalAddress(address) ?? address;
      charges.push({ key: `address:${await addressHash(counted)}`, ...rateLimit });
    }
    if (rateLimit && !identity.open)
      charges.push({ key: `customer:${await customerHash(identity.externalId)}`, ...USUAL_LIMITS.customer });
    if (rateLimitEmail)
      charges.push({ key: `email:${await emailHash(mailboxOf(canonicalEmail(email)))}`, ...rateLimitEmail });
    if (rateLimit && identity.open) {
      const part = Math.floor(random() * BUDGET_PARTS) % BUDGET_PARTS;
      const attempts = Math.ceil((rateLimit.attempts * BUDGET_ADDRESSES) / BUDGET_PARTS);
      charges.push({ key: `budget:${part}`, attempts, windowMs: rateLimit.windowMs });
    }
    return charges;
  };
}
