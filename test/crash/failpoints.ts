/**
 * The points of the real server at which a test may kill it: before and after each step between a
 * checked request and an acknowledged delivery, recovery included. They exist in front of the ports
 * that the server is started with, so the product itself holds none.
 */
import { writeSync } from 'node:fs';
import type { Ports } from '../../proxy/node/server.ts';
import type { Row } from '../../proxy/row.ts';
import type { Store } from '../../proxy/store.ts';

const SAVES = [
  'attempt',
  'echo',
  'waiting',
  'provisioned',
  'retry',
  'delivered',
  'undeliverable',
  'refused',
  'forgotten',
  'attention',
] as const;

const STEPS = [
  'open',
  'find',
  'begin',
  'claim',
  'claimDue',
  'renew',
  'tell',
  'remove',
  'tidy',
  ...SAVES.map((kind) => `save ${kind}` as const),
  'POST',
  'GET',
  'deliver',
] as const;

/** Steps of an engine's own transactions; in PostgreSQL only its migrations have any. */
const TRANSACTION_STEPS = ['BEGIN', 'COMMIT'] as const;

/** Statements of PostgreSQL, each a transaction: they are carried out and nobody hears of it. */
const SENT = ['begin', 'save', 'remove', 'claim', 'claim_due_lately', 'renew', 'tell', 'COMMIT'] as const;

type Step = (typeof STEPS)[number] | (typeof TRANSACTION_STEPS)[number];

/** Points inside the process. */
export type Failpoint =
  | `before ${Step}`
  | `after ${Step}`
  | `sent ${(typeof SENT)[number]}`
  | 'before answer';

/** Points at which a statement has left for PostgreSQL and its answer has not come. */
export const SENT_POINTS: readonly Failpoint[] = SENT.map((name) => `sent ${name}` as const);

/** Every point inside the process, whatever the engine. */
export const FAILPOINTS: readonly Failpoint[] = [
  ...[...STEPS, ...TRANSACTION_STEPS].flatMap((step) => [`before ${step}`, `after ${step}`] as const),
  'before answer',
];

/** Points that only the other side sees: it kills the server when it gets there. */
export const PEER_POINTS = ['Kelviq has created', 'receiver has stored', 'browser has heard'] as const;

/** One of `PEER_POINTS`. */
export type PeerPoint = (typeof PEER_POINTS)[number];

/** Says that a point is reached; it does not return from the one that is armed. */
export type Reach = (point: Failpoint) => void;

/** What the server writes to standard output with its last breath. */
export const KILLED_AT = 'killed_at';

/**
 * Points of one process, of which one may be armed: `name#n`, the nth time; `any#n` counts all alike.
 * It is killed there, or gets the signal of `name#n#SIGSTOP`.
 */
export class Failpoints {
  #name = '';
  #left = 0;
  #signal = '';

  /** Arms a point from now on; an empty text arms none. */
  arm(text: string): void {
    const [name = '', nth = '1', signal = 'SIGKILL'] = text.split('#');
    this.#name = name;
    this.#left = Number(nth);
    this.#signal = signal;
  }

  readonly reach: Reach = (point) => {
    if (this.#name !== point && this.#name !== 'any') return;
    if (--this.#left > 0) return;
    this.#name = '';
    writeSync(1, `${JSON.stringify({ event: KILLED_AT, point })}\n`);
    process.kill(process.pid, this.#signal);
  };
}

/** Which of the writes of a row this is; a row that keeps its lease is still being worked on. */
function saveOf(row: Row): (typeof SAVES)[number] {
  switch (row.state) {
    case 'requested':
      if (row.leaseUntil === 0) return 'waiting';
      return row.failure === 'echo_mismatch' ? 'echo' : 'attempt';
    case 'provisioned':
      return row.leaseUntil === 0 ? 'retry' : 'provisioned';
    case 'refused':
      return row.dueAt === null ? 'forgotten' : 'refused';
    case 'delivered':
    case 'undeliverable':
    case 'attention':
      return row.state;
  }
}

/** The same function with a point before and after it; after it only where it resolves. */
function between<Given extends unknown[], Result>(
  reach: Reach,
  step: Step | ((...given: Given) => Step),
  run: (...given: Given) => Promise<Result>,
): (...given: Given) => Promise<Result> {
  return async (...given) => {
    const name = typeof step === 'function' ? step(...given) : step;
    reach(`before ${name}`);
    const result = await run(...given);
    reach(`after ${name}`);
    return result;
  };
}

/** A store with its points. */
export function failingStore(store: Store, reach: Reach): Store {
  return {
    ...store,
    open: between(reach, 'open', store.open),
    find: between(reach, 'find', store.find),
    begin: between(reach, 'begin', store.begin),
    claim: between(reach, 'claim', store.claim),
    claimDue: between(reach, 'claimDue', store.claimDue),
    renew: between(reach, 'renew', store.renew),
    tell: between(reach, 'tell', store.tell),
    remove: between(reach, 'remove', store.remove),
    tidy: between(reach, 'tidy', store.tidy),
    save: between(reach, (row) => `save ${saveOf(row)}` as const, store.save),
  };
}

/** The client and the delivery with their points. */
export function failingOutside(
  { send, deliver }: Pick<Ports, 'send' | 'deliver'>,
  reach: Reach,
): Pick<Ports, 'send' | 'deliver'> {
  return {
    send: between(reach, ({ method }) => method, send),
    deliver: between(reach, 'deliver', deliver),
  };
}
