/** The loss of the whole database, when all else is well: what Kelviq has is delivered again. */
import type { Store } from '../../proxy/store.ts';
import type { Kelviq } from './kelviq.ts';
import { reconcileAll } from './operator.ts';
import type { Receiver } from './receiver.ts';
import type { Replica } from './replica.ts';
import type { SimulatedTime } from './time.ts';
import type { Witness } from './witness.ts';

const SECOND = 1000;
const HOUR = 3_600_000;

/** What is left of a schedule, and how time passes in it. */
export type Survivors = {
  time: SimulatedTime;
  /** Visits under way. */
  visiting: number;
  store: Store;
  kelviq: Kelviq;
  receiver: Receiver;
  witness: Witness;
  replicas: readonly Replica[];
  living: readonly Replica[];
  customers: readonly string[];
  say: (line: string) => void;
  pass: (ms: number) => Promise<void>;
  passQuickly: (ms: number) => Promise<void>;
  insist: (customer: string) => Promise<void>;
};

/** Removes every row, reconciles as the command does, and lets everybody come back. */
export async function loseDatabase(left: Survivors): Promise<void> {
  const { store, kelviq, receiver, witness, living } = left;
  if (living.length === 0) throw new TypeError('nobody is left to deliver');
  // Whoever asks between the loss and the command is sent to Kelviq, which knows them.
  while (left.visiting > 0) await left.pass(SECOND);
  left.say('the database is lost');
  for (const row of await store.list({ limit: 100 })) await store.remove(row);
  const before = receiver.stored.length;
  const done = reconcileAll(left);
  await left.pass(5 * SECOND);
  const { enqueued } = await done;
  const all = kelviq.made.size;
  if (enqueued !== all) witness.wrongs.push(`${enqueued} of ${all} are found again`);
  await left.passQuickly(HOUR);
  const again = new Set(receiver.stored.slice(before).map(({ data }) => data.externalId));
  if (again.size !== all) witness.wrongs.push(`${again.size} of ${all} are delivered again`);
  for (const customer of left.customers) await left.insist(customer);
  await left.passQuickly(HOUR);
  if (witness.wrongs.length === 0) witness.end(await store.list({ limit: 100 }));
}
