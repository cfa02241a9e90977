/**
 * What must never happen, watched while a schedule is played and looked over at its end. It knows
 * Kelviq's and the receiver's own books and every answer; of the product it reads the rows alone.
 */
import { isDeepStrictEqual } from 'node:util';
import type { Row } from '../../proxy/row.ts';
import type { Store } from '../../proxy/store.ts';
import { LEASE_MS } from '../../proxy/work.ts';
import { epochOf } from '../support/fence.ts';
import type { Heard } from './browser.ts';
import type { Kelviq, Made } from './kelviq.ts';
import type { Receiver } from './receiver.ts';
import type { Replica } from './replica.ts';

/** How every serverKey of a schedule begins. */
const SECRET = 'sk_sim_';

/** `exact` where no clock jumps: only then can times between processes be held to. */
export type WitnessOptions = { kelviq: Kelviq; receiver: Receiver; store: Store; exact: boolean };

/** Collects what must not be; the first entry of `wrongs` fails the schedule. */
export class Witness {
  readonly wrongs: string[] = [];
  readonly heard: Heard[] = [];
  /** Whose rows were erased by hand, and at which attempt. */
  readonly #forgotten = new Map<string, string>();
  readonly #options: WitnessOptions;

  constructor(options: WitnessOptions) {
    this.#options = options;
  }

  #must(holds: boolean, rule: string): void {
    if (!holds) this.wrongs.push(rule);
  }

  /** A POST leaves: its intent is committed, a customer asked for it, and no earlier one may still land. */
  async posting(replica: Replica, externalId: string, email: string): Promise<void> {
    const { kelviq, store, exact } = this.#options;
    this.#must(replica.visited.has(externalId), `${externalId}: posted by a worker`);
    const flying = kelviq.flying.get(externalId) ?? 0;
    if (!exact) return;
    if (!this.#mayRepeat(externalId)) {
      this.#must(flying === 0, `${externalId}: posted while an earlier POST may still land`);
      this.#must(!kelviq.made.has(externalId), `${externalId}: posted again after its creation`);
    }
    const row = await store.find(externalId);
    const intended = row?.state === 'requested' && row.attempt > 0 && !row.settled && row.email === email;
    this.#must(intended, `${externalId}: posted without a committed intent`);
  }

  /** The store as everybody uses it, watched: who holds no lease writes nothing, and none is taken from a holder. */
  watched(store: Store): Store {
    const free = (row: Row | null | undefined, now: number) =>
      this.#must(!row || row.leaseUntil <= now, `${row?.externalId}: taken from its holder`);
    return {
      ...store,
      save: async (row, known) => {
        const before = await this.#options.store.find(row.externalId);
        const saved = await store.save(row, known);
        const held = before?.fence === row.fence;
        this.#must(!saved || held, `${row.externalId}: written by one who had lost it`);
        const after = await this.#options.store.find(row.externalId);
        const isWritten = after?.fence === row.fence && after.state === row.state;
        const isForgotten = after && this.#forgotten.get(row.externalId) === attemptOf(after);
        const meant = isForgotten ? { ...row, email: null, businessName: null } : row;
        const isWhole = !isWritten || isDeepStrictEqual(ownOf(after), ownOf(meant));
        this.#must(!saved || isWhole, `${row.externalId}: written in part, or remembered again`);
        return saved;
      },
      claim: async (row, lease, now) => {
        const before = await this.#options.store.find(row.externalId);
        const claimed = await store.claim(row, lease, now);
        if (claimed) free(before, now);
        return claimed;
      },
      claimDue: async (fences, until, now, after) => {
        const before = await this.#options.store.list({ limit: 100 });
        const claimed = await store.claimDue(fences, until, now, after);
        for (const { externalId } of claimed)
          free(
            before.find((row) => row.externalId === externalId),
            now,
          );
        return claimed;
      },
    };
  }

  /** Somebody has what a row says of a person erased; until it is opened anew nothing of it comes back. */
  async forgetting(externalId: string): Promise<void> {
    const { store } = this.#options;
    const row = await store.find(externalId);
    const forgotten = row && row.state !== 'refused' && (await store.forget(externalId));
    if (forgotten) this.#forgotten.set(externalId, attemptOf(row));
  }

  repeated(externalId: string): void {
    const { exact } = this.#options;
    this.#must(!exact || this.#mayRepeat(externalId), `${externalId}: a second POST did its work`);
  }

  /** Whether Kelviq itself has seen to it that a POST may follow another one that did its work. */
  #mayRepeat(externalId: string): boolean {
    const { hopeless, overlooked } = this.#options.kelviq;
    return hopeless.has(externalId) || overlooked.has(externalId);
  }

  /** What a browser was told is true. */
  async answer(told: Heard): Promise<void> {
    const { kelviq, receiver, store } = this.#options;
    const { customer, email, stale, status, organization, text } = told;
    // What was refused without a look at what was made may have been another address of its customer.
    const isOverlooked = kelviq.overlooked.has(customer);
    this.#must(!text.includes(SECRET), `${customer}: a browser got a serverKey`);
    this.#must([200, 201, 202, 409, 422, 502, 503].includes(status), `${customer}: was told ${status}`);
    const made = kelviq.made.get(customer);
    if (status === 409 || status === 422) {
      const has = made?.email === email && !stale;
      this.#must(!has || isOverlooked, `${customer}: was refused, and has an organization`);
    }
    if (organization) {
      this.#must(organization.externalId === customer, `${customer}: was shown another one's organization`);
      const right = organization.organizationIdentifier === made?.organizationIdentifier;
      this.#must(right, `${customer}: was told of an organization that does not exist`);
      const row = await store.find(customer);
      const known = row?.organizationIdentifier === organization.organizationIdentifier;
      this.#must(known, `${customer}: was told before it was committed`);
      if (organization.delivery === 'delivered') {
        const arrived = receiver.stored.some(({ data }) => data.externalId === customer);
        this.#must(arrived, `${customer}: is said to be delivered, and nothing arrived`);
      }
    }
    if (status === 201) {
      const owns = made?.email === email || isOverlooked;
      this.#must(owns, `${customer}: another e-mail was told of the creation`);
      const before = this.heard.some((other) => other.customer === customer && other.status === 201);
      this.#must(!before, `${customer}: was told twice of the creation`);
    }
    this.heard.push(told);
  }

  log(line: string): void {
    this.#must(!line.includes(SECRET) && !line.includes('@'), `the log says too much: ${line}`);
  }

  /** No lease outlives its holder; called when everything has been well for longer than a lease. */
  leases(rows: readonly Row[], living: readonly Replica[], now: number): void {
    for (const { externalId, leaseUntil, fence } of rows) {
      if (leaseUntil === 0) continue;
      const holder = living.find(({ epoch }) => epochOf(fence) === epoch);
      this.#must(holder !== undefined, `${externalId}: leased by a dead process`);
      this.#must(leaseUntil <= now + LEASE_MS, `${externalId}: leased for longer than a lease lasts`);
    }
  }

  /** Everything is well again and everybody has asked: nothing is lost. */
  end(rows: readonly Row[]): void {
    const { kelviq, receiver } = this.#options;
    const byId = new Map(rows.map((row) => [row.externalId, row]));
    for (const made of kelviq.made.values()) this.#organization(made, byId.get(made.externalId));
    for (const row of rows) this.#row(row);
    for (const { customer, email, status, at, stale } of this.heard) {
      const made = kelviq.made.get(customer);
      const withdrawn = made?.email === email && made.postedAt < at && [409, 422].includes(status);
      this.#must(
        !withdrawn || stale || kelviq.overlooked.has(customer),
        `${customer}: was refused before its organization appeared`,
      );
    }
    const ids = new Map(receiver.stored.map(({ id, data }) => [id, data.organizationIdentifier]));
    for (const { id, data } of receiver.stored)
      this.#must(ids.get(id) === data.organizationIdentifier, `two organizations came under ${id}`);
  }

  #organization(made: Made, row: Row | undefined): void {
    const { externalId } = made;
    const stored = this.#options.receiver.stored.filter(({ data }) => data.externalId === externalId);
    this.#must(
      stored.length > 0,
      `${externalId}: never delivered, its row is ${row?.state} (${row?.failure})`,
    );
    this.#must(new Set(stored.map(({ id }) => id)).size <= 1, `${externalId}: came under several ids`);
    for (const { data } of stored) {
      const right = data.serverKey === made.serverKey && data.clientKey === made.clientKey;
      this.#must(right, `${externalId}: delivered with wrong keys`);
      this.#must(
        data.email === null || data.email === made.email || this.#options.kelviq.overlooked.has(externalId),
        `${externalId}: delivered with a wrong e-mail`,
      );
    }
    this.#must(row?.state === 'delivered', `${externalId}: is ${row?.state} in the end`);
  }

  #row(row: Row): void {
    const { externalId, state } = row;
    this.#must(!JSON.stringify(row).includes(SECRET), `${externalId}: its row holds a serverKey`);
    const erased = state !== 'delivered' && state !== 'refused';
    this.#must(erased || (row.email === null && row.businessName === null), `${externalId}: e-mail is kept`);
    const said = row.dueAt !== null || row.leaseUntil > 0 || row.failure !== null;
    this.#must(['delivered', 'refused'].includes(state) || said, `${externalId}: waits for nothing`);
    if (state === 'refused')
      this.#must(!this.#options.kelviq.made.has(externalId), `${externalId}: refused, with an organization`);
  }
}

/** What nobody but the holder of a row changes. */
function ownOf(row: Row) {
  return { ...row, told: null, emailHash: null, leaseUntil: null, dueAt: null };
}

/** One attempt of one row. */
const attemptOf = ({ createdAt, attempt }: Row): string => `${createdAt} ${attempt}`;
