/**
 * One database and everything around it: Kelviq, the partner's backend, browsers, and the one server
 * that is killed and started again on it. Keeps what each of them saw, for invariants.ts.
 */
import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startSandbox, type Sandbox } from '../../demo/sandbox/sandbox.ts';
import { systemClock } from '../../proxy/clock.ts';
import type { Organization } from '../../proxy/contract.ts';
import type { Row } from '../../proxy/row.ts';
import { startReceiver, type Receiver } from '../support/receiver.ts';
import { startFailing, type FailingProcess } from './failing-process.ts';
import type { PeerPoint } from './failpoints.ts';
import { scaledClock, type ScaledClock } from './scaled-clock.ts';

const ORIGIN = 'https://app.example.com';
/** How many times faster than the wall's the clock of all processes runs. */
const SPEED = 8;
/** A little more than a lease: after a restart every row of the dead process is free. */
export const LEASE_OVER_MS = 13_000;
const SERVER_KEYS = 'sk_test_';
const SETTLE_LIMIT_MS = 60_000;
const LOOK_EVERY_MS = 25;

/** What one browser was told; `clientKey` of an organization. */
export type Heard = { customer: string; status: number; organization: Organization | null };

/** What a delivery meets, by its customer. */
export type Refusal = (externalId: string) => number | 'cut';

/** A site under test. */
export type Site = {
  sandbox: Sandbox;
  receiver: Receiver;
  clock: ScaledClock;
  /** Where the rows are: the path of a SQLite file, or null for another engine. */
  path: string | null;
  /** What may appear in no file and no output: secrets, and how every serverKey begins. */
  secrets: readonly string[];
  heard: readonly Heard[];
  /** Everybody who has ever asked. */
  customers: ReadonlySet<string>;
  /** The running or the dead server. */
  server: () => FailingProcess;
  /** Everything that all servers of this site have written. */
  output: () => string;
  /** Starts the server, a lease later than the one before, with a point armed from its first step. */
  start: (point?: string) => Promise<FailingProcess>;
  /** Kills the server when the other side gets there. */
  killWhen: (point: PeerPoint) => void;
  /** What becomes of deliveries: a status refuses one, `cut` stores it without an answer, 0 is as usual. */
  refuseDeliveries: (refusal: Refusal) => void;
  /** Signs a customer up; null when the connection broke. */
  visit: (customer: string, signal?: AbortSignal) => Promise<Heard | null>;
  jump: (ms: number) => Promise<void>;
  /** Waits until nothing is in hand and nothing due; the rows, or null when the server died. */
  settle: () => Promise<Row[] | null>;
  close: () => Promise<void>;
};

/** The e-mail address that a customer signs up with. */
export const emailOf = (customer: string): string => `${customer}@example.com`;

/** The business name that a customer signs up with; no other one begins like it. */
export const nameOf = (customer: string): string => `House of ${customer}, Ltd`;

const keyOf = (customer: string): string => customer.padEnd(24, '_');

/** The externalId of a customer's open sign-up. */
export const externalIdOf = (customer: string): string =>
  `ks_${createHash('sha256').update(keyOf(customer)).digest('base64url').slice(0, 22)}`;

/** Resolves after so many real milliseconds, or when `signal` aborts. */
export const pause = (ms: number, signal?: AbortSignal): Promise<void> => systemClock.sleep(ms, signal);

/** Refuses nobody's delivery. */
const nobody: Refusal = () => 0;

/** Opens a site on a new SQLite file, or on the database that `databaseUrl` names. */
export async function openSite(databaseUrl?: string): Promise<Site> {
  const folder = await mkdtemp(join(tmpdir(), 'kelviq-crash-'));
  const path = databaseUrl === undefined ? join(folder, 'signups.db') : null;
  const clock = scaledClock({ epoch: Date.now(), speed: SPEED, aheadMs: 0 });
  const webhookSecret = randomBytes(32).toString('base64');
  const servers: FailingProcess[] = [];
  const heard: Heard[] = [];
  const customers = new Set<string>();
  let killPoint: PeerPoint | null = null;
  let refusal = nobody;

  const server = () => servers.at(-1) as FailingProcess;
  const reached = (point: PeerPoint) => {
    if (killPoint !== point) return;
    killPoint = null;
    server().kill();
  };

  const sandbox = await startSandbox({
    clock: {
      now: clock.now,
      // Only an answer that was delayed sleeps; what it tells of is done by then.
      sleep: (ms, signal) => {
        reached('Kelviq has created');
        return clock.sleep(ms, signal);
      },
    },
  });
  const receiver = await startReceiver(`whsec_${webhookSecret}`, {
    answer: ({ data }) => {
      const met = refusal(data.externalId);
      if (met !== 0) return met;
      reached('receiver has stored');
      return 'stored';
    },
  });

  async function start(point = ''): Promise<FailingProcess> {
    if (servers.length > 0) clock.jump(LEASE_OVER_MS);
    const started = await startFailing({
      KELVIQ_PARTNER_KEY: sandbox.partnerKey,
      KELVIQ_BASE_URL: sandbox.url,
      ALLOWED_ORIGINS: ORIGIN,
      WEBHOOK_URL: receiver.url,
      WEBHOOK_SECRET: `whsec_${webhookSecret}`,
      OPEN_SIGNUP: 'true',
      CHALLENGE: 'off',
      RATE_LIMIT: '100000/1h',
      RATE_LIMIT_EMAIL: '100000/1h',
      DATABASE_URL: databaseUrl ?? `sqlite:${path}`,
      PACE: JSON.stringify(clock.pace()),
      FAILPOINT: point,
    });
    servers.push(started);
    return started;
  }

  async function visit(customer: string, signal?: AbortSignal): Promise<Heard | null> {
    customers.add(customer);
    try {
      const response = await fetch(`${server().url}/v1/organizations`, {
        method: 'POST',
        headers: { origin: ORIGIN, 'content-type': 'application/json', 'idempotency-key': keyOf(customer) },
        body: JSON.stringify({ email: emailOf(customer), businessName: nameOf(customer) }),
        ...(signal && { signal }),
      });
      const body = (await response.json()) as Organization;
      const { status } = response;
      const answer = { customer, status, organization: status === 200 || status === 201 ? body : null };
      heard.push(answer);
      reached('browser has heard');
      return answer;
    } catch {
      return null;
    }
  }

  async function settle(): Promise<Row[] | null> {
    const until = Date.now() + SETTLE_LIMIT_MS;
    for (;;) {
      const busy = await server().busy();
      if (busy === null) return null;
      if (busy.length === 0) return server().rows();
      if (Date.now() > until) throw new Error(`These never come to rest: ${JSON.stringify(busy, null, 2)}`);
      await pause(LOOK_EVERY_MS);
    }
  }

  return {
    sandbox,
    receiver,
    clock,
    path,
    secrets: [sandbox.partnerKey, webhookSecret, SERVER_KEYS],
    heard,
    customers,
    server,
    output: () => servers.map((one) => one.output()).join(''),
    start,
    killWhen: (point) => void (killPoint = point),
    refuseDeliveries: (given) => void (refusal = given),
    visit,
    async jump(ms) {
      clock.jump(ms);
      await server().jump(ms);
    },
    settle,
    async close() {
      servers.at(-1)?.kill();
      await servers.at(-1)?.ended;
      await Promise.all([sandbox.close(), receiver.close()]);
      await rm(folder, { recursive: true, force: true });
    },
  };
}
