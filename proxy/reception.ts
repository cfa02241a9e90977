/**
 * Receives a customer's request: what is known is answered, what is in hand is waited for, and only
 * what is new is charged and opened. A row is committed before anything is sent to Kelviq.
 */
import { isChallenge, type Challenges } from './challenge.ts';
import type { Clock } from './clock.ts';
import { createFailures } from './failures.ts';
import type { Identity } from './identity.ts';
import type { RotatingHash } from './key-ring.ts';
import { canonicalEmail } from './keys.ts';
import { withOpening } from './journal.ts';
import { createPatience } from './patience.ts';
import { newRow, type RefusalCode, type Row, type Wish } from './row.ts';
import { attempted } from './signup.ts';
import { refusalStands } from './signup-refusal.ts';
import type { Charge, Store } from './store.ts';
import type { Outcome, Waiter, Waiters } from './waiters.ts';
import { LEASE_MS, type Work } from './work.ts';

/** How long a browser waits for an outcome before it is told to ask again. */
const WAIT_MS = 8000;
/** What a browser is told to wait before it asks again. */
const ASK_AGAIN_MS = 2000;
/** Signups in hand at once; beyond it new ones are turned away. */
const MOST_IN_HAND = 2000;
/** Takers of one row may cross; each crossing means that another one has it. */
const MOST_CROSSINGS = 3;

/**
 * A checked request. `here` is false once the browser has left; `address` is null where it does not
 * count; `solved` is a solved challenge as it was sent, unchecked. `about` hears which signup it turned
 * out to be about, by the reference of the request that opened it.
 */
export type Visit = {
  identity: Identity;
  email: string;
  businessName: string | null;
  requestId: string;
  address: string | null;
  solved: string | null;
  here: () => boolean;
  about: (requestId: string) => void;
};

/** What a customer is told. */
export type Reply =
  | { reply: 'organization'; row: Row; created: boolean }
  | { reply: 'pending'; retryAfterMs: number }
  | { reply: 'refused'; code: RefusalCode }
  | { reply: 'unavailable'; retryAfterMs: number }
  | { reply: 'upstream_failed' }
  | { reply: 'overloaded'; retryAfterMs: number }
  | { reply: 'limited'; retryAfterMs: number; limit: Charge }
  | { reply: 'challenge_failed' };

/** What the reception works with. */
export type ReceptionOptions = {
  store: Store;
  work: Work;
  clock: Clock;
  emailHash: RotatingHash;
  charges: (visit: Visit) => Promise<Charge[]>;
  challenges: Challenges;
};

const pending: Reply = { reply: 'pending', retryAfterMs: ASK_AGAIN_MS };
/** Waits, and is told of no creation. */
const NOBODY: Waiter = { emailHash: '', here: () => false };

/** Receives requests. A rejected promise means that the store failed. */
export function createReception(options: ReceptionOptions): (visit: Visit) => Promise<Reply> {
  const { store, work, clock } = options;
  const patience = createPatience(clock, WAIT_MS);
  const failures = createFailures<Reply>(clock);

  async function receive(visit: Visit): Promise<Reply> {
    await work.open();
    const { identity, email, businessName, requestId } = visit;
    const wish: Wish = {
      email,
      businessName,
      emailHash: await options.emailHash(canonicalEmail(email)),
      requestId,
    };
    for (let crossing = 0; crossing < MOST_CROSSINGS; crossing++) {
      // Most customers are new: the commit that opens their row says, at no cost, who is not.
      const row = crossing === 0 && mayBeNew(visit) ? null : await store.find(identity.externalId);
      const reply = row ? await resume(row, wish, visit) : await open(null, wish, visit);
      if (reply) return reply;
    }
    return pending;
  }

  /** `wish` as the row says it: the e-mail that was hashed under the partner key before this one is the same. */
  async function asKnown({ emailHash }: Row, wish: Wish): Promise<Wish> {
    if (emailHash === null || emailHash === wish.emailHash) return wish;
    const former = await options.emailHash.former(canonicalEmail(wish.email));
    return former === emailHash ? { ...wish, emailHash } : wish;
  }

  /** Whether all that stands in the way of opening a row may be that there is one. */
  function mayBeNew(visit: Visit): boolean {
    const { identity, solved } = visit;
    if (work.inHand(identity.externalId) || turnedAway(visit)) return false;
    return solved !== null || !options.challenges.needed(identity, null);
  }

  /** Null: the row has changed hands meanwhile, look again. */
  async function resume(row: Row, asked: Wish, visit: Visit): Promise<Reply | null> {
    visit.about(row.requestId);
    const wish = await asKnown(row, asked);
    const known = await settled(row, wish, visit);
    if (known) return known;
    const inHand = work.inHand(row.externalId);
    if (inHand) return wait(inHand, row, wish, visit);
    const now = clock.now();
    if (row.leaseUntil > now) return pending;
    const away = turnedAway(visit);
    if (away) return away;
    if (row.state === 'refused') return open(row, asked, visit);
    const lease = { fence: work.fence(), until: now + LEASE_MS };
    const claimed = await store.claim(row, lease, now);
    if (!claimed) return null;
    const { waiters } = work.begin(claimed, 'customer', { seen: 'taken_up' });
    return toItsEnd(waiters, claimed, wish, visit);
  }

  /** Why Kelviq is not asked just now; null when it may be. */
  function turnedAway({ identity }: Visit): Reply | null {
    return failures.standing(identity.externalId) ?? (work.count() >= MOST_IN_HAND ? overloaded() : null);
  }

  /** What needs no work: an organization, or a refusal that still stands. */
  async function settled(row: Row, wish: Wish, { here }: Visit): Promise<Reply | null> {
    if (row.organizationIdentifier !== null) {
      const news = row.created && !row.told && row.emailHash === wish.emailHash && here();
      return { reply: 'organization', row, created: news && (await store.tell(row.externalId)) };
    }
    const stands = row.state === 'refused' && refusalStands(row, clock.now());
    if (row.refusal && stands && row.emailHash === wish.emailHash)
      return { reply: 'refused', code: row.refusal };
    return null;
  }

  async function open(refused: Row | null, wish: Wish, visit: Visit): Promise<Reply | null> {
    const away = turnedAway(visit);
    if (away) return away;
    visit.about(visit.requestId);
    const now = clock.now();
    const until = now + LEASE_MS;
    const base = refused ? { ...refused, ...wish } : newRow(visit.identity.externalId, wish, now);
    const row: Row = {
      ...withOpening(attempted(base, now), now),
      leaseUntil: until,
      dueAt: until,
      fence: work.fence(),
    };
    const charges = await options.charges(visit);
    const spent = await spending(refused, visit);
    if (spent === null) {
      // Whoever is known needs none.
      const stored = refused ? null : await store.find(row.externalId);
      if (stored) return resume(stored, wish, visit);
      const limited = await store.limited(charges, now);
      return limited ? { reply: 'limited', ...limited } : { reply: 'challenge_failed' };
    }
    const opened = await store.begin(row, refused?.fence ?? null, [...charges, ...spent], now);
    if (opened.outcome === 'exists') return refused ? null : resume(opened.row, wish, visit);
    if (opened.outcome === 'limited') {
      const { retryAfterMs, limit } = opened;
      return isChallenge(limit) ? { reply: 'challenge_failed' } : { reply: 'limited', retryAfterMs, limit };
    }
    // A challenge stays spent, whatever comes of the attempt.
    const keys = charges.map(({ key }) => key);
    const { waiters } = work.begin(row, 'customer', { seen: 'opened' }, keys);
    return toItsEnd(waiters, row, wish, visit);
  }

  /** Waits for the outcome of what this request has begun. */
  async function toItsEnd(waiters: Waiters, row: Row, wish: Wish, visit: Visit): Promise<Reply> {
    if (row.emailHash !== wish.emailHash) {
      // It hears nothing of the outcome, which counts all the same; of what was forgotten, that it failed again.
      const failing = waiters.wait(NOBODY).then((outcome) => remember(row, replyOf(outcome)));
      return (row.emailHash === null && (await patience(failing))) || pending;
    }
    const reply = await wait(waiters, row, wish, visit);
    remember(row, reply);
    return reply;
  }

  /** Gives the reply where it is a failure. */
  function remember({ externalId }: Row, reply: Reply): Reply | null {
    const failure = reply.reply === 'unavailable' || reply.reply === 'upstream_failed' ? reply : null;
    failures.ended(externalId, failure);
    return failure;
  }

  /** What a new attempt spends besides its limits; null when it lacks a good challenge. */
  async function spending(refused: Row | null, { identity, solved }: Visit): Promise<Charge[] | null> {
    if (!options.challenges.needed(identity, refused)) return [];
    const charge = await options.challenges.charge(identity, solved);
    return charge && [charge];
  }

  /** Waits for the outcome of what this very e-mail asked for; another one is told to come back. */
  async function wait(waiters: Waiters, row: Row, wish: Wish, visit: Visit): Promise<Reply> {
    if (row.emailHash !== wish.emailHash) return pending;
    let over = false;
    const here = () => !over && visit.here();
    const outcome = await patience(waiters.wait({ emailHash: wish.emailHash, here }));
    over = true;
    if (!outcome) return pending;
    // Who came after it was decided whom to tell may still be the first to hear of the creation.
    if (outcome.told === 'organization' && !outcome.first)
      return (await settled(outcome.row, wish, visit)) ?? pending;
    return replyOf(outcome);
  }

  return receive;
}

function overloaded(): Reply {
  return { reply: 'overloaded', retryAfterMs: ASK_AGAIN_MS };
}

function replyOf(outcome: Outcome): Reply {
  switch (outcome.told) {
    case 'organization':
      return { reply: 'organization', row: outcome.row, created: outcome.row.created };
    case 'refused':
      return { reply: 'refused', code: outcome.code };
    case 'unavailable':
      return { reply: 'unavailable', retryAfterMs: outcome.retryAfterMs };
    case 'upstream_failed':
      return { reply: 'upstream_failed' };
    case 'pending':
      return pending;
  }
}
