/** A person at a terminal beside the servers: each command is a process of its own, whose clock is right. */
import { createAsk } from '../../proxy/kelviq.ts';
import { listPages } from '../../proxy/kelviq-list.ts';
import { reconcile, type Reconciled } from '../../proxy/reconcile.ts';
import { FORGOTTEN } from '../../proxy/signup-terms.ts';
import type { Store } from '../../proxy/store.ts';
import type { Dice } from './dice.ts';
import type { Kelviq } from './kelviq.ts';
import { BASE_URL, PARTNER_KEY } from './replica.ts';
import { Machine, type SimulatedTime } from './time.ts';
import type { Witness } from './witness.ts';

/** Starts of commands are numbered from here on, and those of servers below. */
const FIRST_EPOCH = 1000;

/** What a command works on. */
export type Desk = {
  time: SimulatedTime;
  throws: Dice;
  store: Store;
  kelviq: Kelviq;
  witness: Witness;
  customers: readonly string[];
  say: (line: string) => void;
};

let commands = 0;

/** `reconcile --yes`. */
export async function reconcileAll({
  time,
  store,
  kelviq,
}: Pick<Desk, 'time' | 'store' | 'kelviq'>): Promise<Reconciled> {
  const machine = new Machine(time);
  const ask = createAsk({ partnerKey: PARTNER_KEY, baseUrl: BASE_URL, send: kelviq.from(machine) });
  const epoch = FIRST_EPOCH + ++commands;
  let references = 0;
  return reconcile({
    pages: () => listPages({ ask, clock: machine }),
    environment: 'sandbox',
    store: { ...store, open: async () => epoch },
    clock: machine,
    apply: true,
    reference: () => `req_by_hand_${++references}`,
    tell: () => undefined,
  });
}

/** The same where a person was done with a signup: it comes back in no other way. */
export async function recall(desk: Pick<Desk, 'time' | 'store' | 'kelviq'>): Promise<void> {
  const parked = await desk.store.list({ states: ['attention'], limit: 100 });
  if (parked.some(({ failure }) => failure === FORGOTTEN)) await reconcileAll(desk);
}

/** Some command, for some customer or for all. */
export async function operate(desk: Desk): Promise<void> {
  const { time, throws, store, witness, customers, say } = desk;
  const externalId = throws.pick(customers);
  const now = new Machine(time).now();
  const command = throws.pick(['forget', 'retry', 'retry --all', 'reconcile'] as const);
  say(`somebody types: ${command} ${externalId}`);
  if (command === 'reconcile') return void (await reconcileAll(desk));
  time.busy++;
  if (command === 'retry') await store.enqueue({ externalId }, now);
  else if (command === 'retry --all') await store.enqueue('undelivered', now);
  else await witness.forgetting(externalId);
  time.busy--;
}
