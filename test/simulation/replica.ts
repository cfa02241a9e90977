/**
 * One process of the real proxy on a simulated machine: the real onboarding, work and worker, a store
 * that is slow, fails or is never heard of again, and the moment at which the process dies.
 */
import { createHash, createHmac } from 'node:crypto';
import type { Hashing } from '../../proxy/keys.ts';
import type { Log } from '../../proxy/log.ts';
import { createOnboarding, type Onboarding } from '../../proxy/onboarding.ts';
import { Secret } from '../../proxy/secret.ts';
import type { Store } from '../../proxy/store.ts';
import { webhook } from '../../proxy/webhook.ts';
import type { Dice } from './dice.ts';
import type { Kelviq } from './kelviq.ts';
import type { Receiver } from './receiver.ts';
import { Machine, type SimulatedTime } from './time.ts';

/** The one page that may use the proxy, and the header that says who its customer is. */
export const ORIGIN = 'https://app.example.com';
export const CUSTOMER_HEADER = 'x-customer';

/** How every replica reaches Kelviq. */
export const PARTNER_KEY = new Secret('kvqp_simulated');
export const BASE_URL = 'https://kelviq.example';

const hashing: Hashing = {
  sha256: (text) => createHash('sha256').update(text).digest(),
  hmac: (key, data) => createHmac('sha256', key).update(data).digest(),
};

/** Nothing in a schedule proves signatures; other tests do. */
const WEBHOOK_SECRET = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;

/** What everything in a schedule shares. `crashes`, `stalls`, `failures`: share of the store's operations. */
export type Surroundings = {
  time: SimulatedTime;
  dice: Dice;
  kelviq: Kelviq;
  receiver: Receiver;
  /** The one database. */
  store: Store;
  storeTrouble: { crashes: number; stalls: number; failures: number };
  log: Log;
  say: (line: string) => void;
};

/** One process, from its start to its end. */
export type Replica = {
  machine: Machine;
  onboarding: Onboarding;
  /** Number of its start; its fences begin with it. */
  epoch: number;
  /** Customers whose requests it has taken. */
  visited: Set<string>;
  /** When it died; null while it lives. */
  diedAt: number | null;
  kill: () => void;
};

const never = () => new Promise<never>(() => undefined);

/** Starts a process whose clock is off by `offset`. `epoch` is a number no other start has. */
export function startReplica(around: Surroundings, epoch: number, offset: number): Replica {
  const { time, dice: throws, kelviq, receiver, store: shared, storeTrouble, log, say } = around;
  const machine = new Machine(time);
  machine.offset = offset;
  let diedAt: number | null = null;

  function kill(): void {
    if (!machine.alive) return;
    machine.alive = false;
    diedAt = time.elapsed;
    say(`replica ${epoch} dies`);
  }

  async function pass(): Promise<void> {
    if (throws.chance(storeTrouble.stalls)) await machine.sleep(throws.between(100, 16_000));
    else if (throws.chance(0.3)) await machine.sleep(throws.between(1, 5));
  }

  /** The operation as this process sees it: late, failed, or cut off by its own death. */
  function seen<Given extends unknown[], Result>(
    name: string,
    run: (...given: Given) => Promise<Result>,
  ): (...given: Given) => Promise<Result> {
    return async (...given) => {
      if (!machine.alive) return never();
      await pass();
      if (throws.chance(storeTrouble.crashes)) {
        say(`before ${name}:`);
        kill();
      }
      if (!machine.alive) return never();
      if (throws.chance(storeTrouble.failures)) throw new Error('not written');
      time.busy++;
      const result = await run(...given).finally(() => time.busy--);
      if (throws.chance(storeTrouble.crashes)) {
        say(`after ${name}:`);
        kill();
      }
      if (!machine.alive) return never();
      await pass();
      if (throws.chance(storeTrouble.failures)) throw new Error('written, and nobody knows');
      return result;
    };
  }

  const store: Store = {
    ...shared,
    open: async () => epoch,
    // Nothing lingers in memory, and a checkpoint each second would cost more than all the rest.
    tidy: async () => undefined,
    find: seen('find', shared.find),
    begin: seen('begin', shared.begin),
    save: seen('save', shared.save),
    remove: seen('remove', shared.remove),
    claim: seen('claim', shared.claim),
    claimDue: seen('claimDue', shared.claimDue),
    renew: seen('renew', shared.renew),
    rewind: seen('rewind', shared.rewind),
    tell: seen('tell', shared.tell),
  };
  const onboarding = createOnboarding({
    partnerKey: PARTNER_KEY,
    baseUrl: BASE_URL,
    allowedOrigins: [ORIGIN],
    identify: (c) => ({ externalId: c.req.header(CUSTOMER_HEADER) ?? '' }),
    store,
    deliver: webhook({
      url: 'https://backend.example/hooks',
      secrets: [WEBHOOK_SECRET],
      send: receiver.from(machine),
      clock: machine,
      hmac: hashing.hmac,
    }),
    hashing,
    clock: machine,
    send: kelviq.from(machine),
    random: throws.random,
    rateLimit: null,
    rateLimitEmail: null,
    log,
  });
  onboarding.start();
  say(`replica ${epoch} starts`);
  return {
    machine,
    onboarding,
    epoch,
    visited: new Set(),
    get diedAt() {
      return diedAt;
    },
    kill,
  };
}
