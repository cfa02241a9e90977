/** How each point is reached: what the other sides do, and what a customer does meanwhile. */
import type { Failpoint, PeerPoint } from './failpoints.ts';
import type { Row, RowState } from '../../proxy/row.ts';
import { emailOf, externalIdOf, pause, type Site } from './site.ts';

/** Plays for one customer until the server dies, or until there is nothing left to play. */
export type Scenario = (site: Site, customer: string) => Promise<void>;

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
const LOOK_EVERY_MS = 20;

/** Waits, while the server lives, for the customer's row to be as `test` wants it. */
async function until(site: Site, customer: string, test: (row: Row) => boolean): Promise<void> {
  const externalId = externalIdOf(customer);
  for (;;) {
    const rows = await site.server().rows();
    if (rows === null) return;
    const row = rows.find((one) => one.externalId === externalId);
    if (row && test(row)) return;
    await pause(LOOK_EVERY_MS);
  }
}

/** Whether a row stands there and nobody works on it. */
const rests =
  (where: RowState) =>
  ({ state, leaseUntil }: Row) =>
    leaseUntil === 0 && state === where;

const signup: Scenario = async (site, customer) => void (await site.visit(customer));

/** A signup whose first POST meets `step` at Kelviq. */
const posting =
  (...steps: Parameters<Site['sandbox']['script']>[1]): Scenario =>
  async (site, customer) => {
    site.sandbox.script({ subject: emailOf(customer), method: 'POST' }, steps);
    await site.visit(customer);
  };

const wrongEcho: Scenario = async (site, customer) => {
  site.sandbox.script({ subject: externalIdOf(customer), method: 'GET' }, Array(8).fill('wrong-echo'));
  await posting('wrong-echo')(site, customer);
};

const backFromAttention: Scenario = async (site, customer) => {
  await wrongEcho(site, customer);
  await until(site, customer, rests('attention'));
  await site.visit(customer);
};

const deliveryRefused: Scenario = async (site, customer) => {
  site.refuseDeliveries((externalId) => (externalId === externalIdOf(customer) ? 500 : 0));
  await site.visit(customer);
  await until(site, customer, rests('provisioned'));
  site.refuseDeliveries(() => 0);
  await site.jump(MINUTE);
};

const deliveryGivenUp: Scenario = async (site, customer) => {
  site.refuseDeliveries((externalId) => (externalId === externalIdOf(customer) ? 410 : 0));
  await site.visit(customer);
  for (let attempt = 1; attempt < 10 && site.server().isAlive(); attempt++) {
    await site.settle();
    await site.jump(2 * DAY);
  }
};

const refusalForgotten: Scenario = async (site, customer) => {
  await posting('taken')(site, customer);
  await site.jump(11 * MINUTE);
};

/** The browser leaves while Kelviq is at work, and comes back for its answer. */
const comeBack: Scenario = async (site, customer) => {
  const leaving = new AbortController();
  site.sandbox.script({ subject: emailOf(customer), method: 'POST' }, [{ delayMs: 2000 }]);
  const first = site.visit(customer, leaving.signal);
  await pause(100);
  leaving.abort();
  await first;
  await until(site, customer, rests('delivered'));
  await site.visit(customer);
};

/** Asks again while Kelviq is at work. */
const askedAgain: Scenario = async (site, customer) => {
  site.sandbox.script({ subject: emailOf(customer), method: 'POST' }, [{ delayMs: 2000 }]);
  const first = site.visit(customer);
  await until(site, customer, ({ leaseUntil }) => leaseUntil > 0);
  await Promise.all([first, site.visit(customer)]);
};

const slow = posting({ delayMs: 8000 });
const lost = posting('lost');
const repost = posting('error');
const limited = posting('rate-limited');
const denied = posting('unauthorized');
const taken = posting('taken');

/** Which time a point is reached, and by which scenario; `start` is reached before anybody comes. */
export type Way = { scenario: Scenario; nth?: number; armed?: 'at start' };

const start = { scenario: async () => undefined, armed: 'at start' } satisfies Way;

/** The way to every point. */
export const WAYS: Readonly<Record<Failpoint | PeerPoint, Way>> = {
  'before open': start,
  'after open': start,
  'before BEGIN': start,
  'after BEGIN': start,
  'before COMMIT': start,
  'after COMMIT': start,
  'before tidy': start,
  'after tidy': start,
  'before find': { scenario: askedAgain },
  'after find': { scenario: askedAgain },
  'before begin': { scenario: signup },
  'after begin': { scenario: signup },
  'before POST': { scenario: signup },
  'Kelviq has created': { scenario: posting({ delayMs: 1 }) },
  'after POST': { scenario: signup },
  'before save provisioned': { scenario: signup },
  'after save provisioned': { scenario: signup },
  'before answer': { scenario: signup },
  'browser has heard': { scenario: signup },
  'before deliver': { scenario: signup },
  'receiver has stored': { scenario: signup },
  'after deliver': { scenario: signup },
  'before save delivered': { scenario: signup },
  'after save delivered': { scenario: signup },
  'before GET': { scenario: lost },
  'after GET': { scenario: lost },
  'before save attempt': { scenario: repost },
  'after save attempt': { scenario: repost },
  'before renew': { scenario: slow },
  'after renew': { scenario: slow },
  'before remove': { scenario: limited },
  'after remove': { scenario: limited },
  'before save waiting': { scenario: denied },
  'after save waiting': { scenario: denied },
  'before save refused': { scenario: taken },
  'after save refused': { scenario: taken },
  'before save forgotten': { scenario: refusalForgotten },
  'after save forgotten': { scenario: refusalForgotten },
  'before save echo': { scenario: wrongEcho },
  'after save echo': { scenario: wrongEcho },
  'before save attention': { scenario: wrongEcho },
  'after save attention': { scenario: wrongEcho },
  'before claim': { scenario: backFromAttention },
  'after claim': { scenario: backFromAttention },
  'before tell': { scenario: comeBack },
  'after tell': { scenario: comeBack },
  'before save retry': { scenario: deliveryRefused },
  'after save retry': { scenario: deliveryRefused },
  'before claimDue': { scenario: deliveryRefused },
  'after claimDue': { scenario: deliveryRefused },
  'before save undeliverable': { scenario: deliveryGivenUp },
  'after save undeliverable': { scenario: deliveryGivenUp },
  'sent COMMIT': start,
  'sent begin': { scenario: signup },
  'sent save': { scenario: signup },
  'sent remove': { scenario: limited },
  'sent claim': { scenario: backFromAttention },
  'sent claim_due_lately': { scenario: deliveryRefused },
  'sent renew': { scenario: slow },
  'sent tell': { scenario: comeBack },
};

const TAKE_UP = ['before claimDue', 'after claimDue', 'before GET', 'after GET'] as const;
const SAY_SO = ['before save waiting', 'after save waiting'] as const;
const NOTE = ['before save provisioned', 'after save provisioned'] as const;
const HAND_OVER = [
  'before deliver',
  'receiver has stored',
  'after deliver',
  'before save delivered',
  'after save delivered',
] as const;

/** A point, and those of what follows when the server is killed there. */
export type Recovery = readonly [Failpoint | PeerPoint, readonly (Failpoint | PeerPoint)[]];

/** Where a kill leaves something to recover, and what that recovery passes: it may be killed there too. */
export const RECOVERIES: readonly Recovery[] = [
  ['after begin', [...TAKE_UP, ...SAY_SO]],
  ['before remove', [...TAKE_UP, ...SAY_SO]],
  ['after save attempt', [...TAKE_UP, ...SAY_SO]],
  ['after save waiting', [...TAKE_UP, ...SAY_SO]],
  ['Kelviq has created', [...TAKE_UP, ...NOTE, ...HAND_OVER]],
  ['after POST', [...TAKE_UP, ...NOTE, ...HAND_OVER]],
  ['after save provisioned', [...TAKE_UP, ...HAND_OVER]],
  ['after deliver', [...TAKE_UP, ...HAND_OVER]],
  ['after save retry', [...TAKE_UP, ...HAND_OVER]],
];

/** The same where PostgreSQL carries out what nobody hears of, or where others see what it keeps. */
export const POSTGRES_RECOVERIES: readonly Recovery[] = [
  [
    'sent begin',
    ['before claimDue', 'sent claim_due_lately', 'before GET', 'sent save', 'after save waiting'],
  ],
  ['sent remove', ['sent claim_due_lately', 'sent save']],
  ['Kelviq has created', ['sent claim_due_lately', 'after GET', 'sent save', 'receiver has stored']],
  ['sent save', ['sent claim_due_lately', 'sent save', 'after deliver', 'after save delivered']],
  ['after save retry', ['sent claim_due_lately', 'before deliver', 'sent save']],
];
